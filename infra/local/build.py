"""The builds. What runs on this machine is built in cargo's dev profile and with the same features as the tests, so that the
AWS SDK is compiled once. What is deployed or measured is built in the release profile."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import prepare
import template
from places import BIN, DEPLOY, FUNCTIONS, LOCAL, ROOT, TARGET, TOOL, Trouble

DEBUG = TARGET / "debug"
RELEASE = TARGET / "release"


def local(*programs):
    """Builds the functions and other programs for this machine.

    Leaves each function at target/local/functions/NAME/bootstrap, and the other programs in target/local/bin, next to `aws`.
    """
    debug(*FUNCTIONS, *programs)
    offer_aws()
    for name in FUNCTIONS:
        put(DEBUG / name, program(name))


def debug(*names):
    """Builds programs; those that are not functions go into a folder for the path."""
    first = "" if (DEBUG / names[0]).exists() else ", the first time about 2 minutes"
    # Without --package, cargo combines the features of all default members, as `cargo test` does.
    cargo(f"{', '.join(names)}{first}", ["build", *flags("--bin", names)])
    for name in set(names).difference(FUNCTIONS):
        put(DEBUG / name, BIN / name)


def released(*packages, environment=None):
    """Builds packages for this machine as they would be deployed, and returns the folder that their programs are in."""
    arguments = ["build", "--release", *flags("--package", packages)]
    cargo(f"{', '.join(packages)} in release mode", arguments, environment)
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
    environment = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", **without_local_paths()}
    what = f"{', '.join(FUNCTIONS)} for AWS on {architecture}, the first time about 6 minutes"
    cargo(what, ["lambda", "build", *how, *flags("--package", FUNCTIONS)], environment)
    (folder / "template.yaml").write_text(template_for(architecture))


def template_for(architecture):
    """The template for what was built: it names the code next to it, and takes no other architecture."""
    written = template.with_code({name: name for name in FUNCTIONS})
    either = "Default: arm64\n    AllowedValues: [arm64, x86_64]\n"
    return template.replaced(written, either, f"Default: {architecture}\n    AllowedValues: [{architecture}]\n")


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


def without_local_paths():
    """Compiler flags that keep this machine's paths out of programs, so that the same source gives the same bytes anywhere."""
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    cargo_home = os.environ.get("CARGO_HOME", Path.home() / ".cargo")
    names = {ROOT: "/alga-webhooks", cargo_home: "/cargo", sysroot: "/rust"}
    rust = [f"--remap-path-prefix={path}={name}" for path, name in names.items()]
    c = [f"-ffile-prefix-map={path}={name}" for path, name in names.items()]
    return {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join([*os.environ.get("RUSTFLAGS", "").split(), *rust]),
        "CFLAGS": shlex.join([*shlex.split(os.environ.get("CFLAGS", "")), *c]),
        "CC_SHELL_ESCAPED_FLAGS": "1",  # so that a path may have spaces
    }


def deployed(architecture):
    """What `deployable` has built: `{name: files}`, where files is `{name in the zip: content}`."""
    return {name: {"bootstrap": (DEPLOY / architecture / name / "bootstrap").read_bytes()} for name in FUNCTIONS}


def native():
    """The same as it was built for this machine."""
    return {name: {"bootstrap": program(name).read_bytes()} for name in FUNCTIONS}


def started(folder):
    """The same as scripts that start it: the local AWS would copy and hash 40 MB for each stack, and again for each instance.

    What they start is kept in the folder, so that a later build changes nothing.
    """
    kept = {name: folder / name / "bootstrap" for name in FUNCTIONS}
    for name, there in kept.items():
        put(program(name), there)
    return {name: starting(there) for name, there in kept.items()}


def starting(path):
    return {"bootstrap": f"#!/bin/sh\nexec {shlex.quote(str(path))}\n".encode()}


def program(name):
    return LOCAL / "functions" / name / "bootstrap"


def flags(name, values):
    return [word for value in values for word in (name, value)]


def cargo(what, arguments, environment=None):
    print(f"Building {what} …", file=sys.stderr, flush=True)
    started = time.monotonic()
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET), **(environment or {})}
    locked = ["--locked"] if os.environ.get("CI") else []  # as in the Makefile
    if subprocess.run(["cargo", *arguments, *locked], cwd=ROOT, env=environment).returncode != 0:
        raise Trouble("The build failed: see above.")
    print(f"… done in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def put(built, there):
    """Replaces a program in one step, so that a copy that runs or is being read stays whole."""
    there.parent.mkdir(parents=True, exist_ok=True)
    fresh = there.with_name(f"{there.name}-{os.getpid()}")
    shutil.copy2(built, fresh)
    os.replace(fresh, there)
