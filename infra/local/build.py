"""The builds. What runs on this machine is built in cargo's dev profile and with the same features as the tests, so that the
AWS SDK is compiled once. What is deployed or measured is built in the release profile."""

import os
import shlex
import shutil
import subprocess
import sys
import time

import prepare
from places import BIN, DEPLOY, FUNCTIONS, LOCAL, ROOT, TARGET, TEMPLATE, TOOL, Trouble

DEBUG = TARGET / "debug"
RELEASE = TARGET / "release"


def local(*programs):
    """Builds the functions and other programs for this machine.

    Leaves each function at target/local/functions/NAME/bootstrap, and the other programs in target/local/bin, next to `aws`.
    """
    debug(*FUNCTIONS, *programs)
    offer_aws()
    for name in FUNCTIONS:
        put(DEBUG / name, LOCAL / "functions" / name / "bootstrap")


def debug(*names):
    """Builds programs; those that are not functions go into a folder for the path."""
    first = "" if (DEBUG / names[0]).exists() else ", the first time about 2 minutes"
    # Without --package, cargo combines the features of all default members, as `cargo test` does.
    cargo(f"{', '.join(names)}{first}", ["build", *flags("--bin", names)])
    for name in set(names).difference(FUNCTIONS):
        put(DEBUG / name, BIN / name)


def released(*packages):
    """Builds packages for this machine as they would be deployed, and returns the folder that their programs are in."""
    cargo(f"{', '.join(packages)} in release mode", ["build", "--release", *flags("--package", packages)])
    return RELEASE


def offer_aws():
    """Puts the AWS CLI on the path. Its commands for SQS leave AWS_ENDPOINT_URL out, so it is told where to go."""
    aws = shlex.quote(str(prepare.PYTHON.with_name("aws")))
    script = LOCAL / "aws"
    script.write_text(f'#!/bin/sh\nexec {aws} ${{AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"}} "$@"\n')
    script.chmod(0o755)
    put(script, BIN / "aws")


def deployable(architecture):
    """Builds the functions for AWS, with a template that names them, in target/deploy/ARCHITECTURE."""
    check_target(architecture)
    folder = DEPLOY / architecture
    tools = prepare.cross_compiler()
    how = ["--release", "--arm64" if architecture == "arm64" else "--x86-64", "--lambda-dir", folder]
    path = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    what = f"{', '.join(FUNCTIONS)} for AWS on {architecture}, the first time about 6 minutes"
    cargo(what, ["lambda", "build", *how, *flags("--package", FUNCTIONS)], path)
    (folder / "template.yaml").write_text(template(architecture))


def template(architecture):
    """The template for what was built: it names the code next to it, and takes no other architecture."""
    text = TEMPLATE.read_text()
    changes = {f"CodeUri: target/deploy/arm64/{name}\n": f"CodeUri: {name}\n" for name in FUNCTIONS}
    changes["Default: arm64\n    AllowedValues: [arm64, x86_64]\n"] = f"Default: {architecture}\n    AllowedValues: [{architecture}]\n"
    for written, wanted in changes.items():
        if written not in text:
            raise Trouble(f"{TEMPLATE.name} does not say '{written.strip()}'.")
        text = text.replace(written, wanted)
    return text


def check_target(architecture):
    """Whether Rust can build for it: a target is a folder of its own."""
    processor = "aarch64" if architecture == "arm64" else "x86_64"
    target = f"{processor}-unknown-linux-gnu"
    asked = ["rustc", "--print", "target-libdir", "--target", target]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    if told.returncode != 0:
        raise Trouble(f"rustc does not start: {told.stderr.strip()}")
    if not os.path.isdir(told.stdout.strip()):
        raise Trouble(f"Rust cannot build for {architecture} yet: `rustup target add {target}`.")


def flags(name, values):
    return [word for value in values for word in (name, value)]


def cargo(what, arguments, environment=None):
    print(f"Building {what} …", file=sys.stderr, flush=True)
    started = time.monotonic()
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET), **(environment or {})}
    if subprocess.run(["cargo", *arguments], cwd=ROOT, env=environment).returncode != 0:
        raise Trouble("The build failed: see above.")
    print(f"… done in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def put(built, there):
    """Replaces a program in one step, so that a copy that runs or is being read stays whole."""
    there.parent.mkdir(parents=True, exist_ok=True)
    fresh = there.with_name(f"{there.name}-{os.getpid()}")
    shutil.copy2(built, fresh)
    os.replace(fresh, there)
