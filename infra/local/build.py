"""The builds. What runs on this machine is built in cargo's dev profile and with the same features as the tests, so that the
AWS SDK is compiled once. What is deployed or measured is built in the release profile."""

import os
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

    Leaves each function at target/local/functions/NAME/bootstrap, and the other programs in target/local/bin.
    """
    debug(*FUNCTIONS, *programs)
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


def deployable(architecture):
    """Builds the functions for AWS, with a template that names them, in target/deploy/ARCHITECTURE."""
    folder = DEPLOY / architecture
    tools = prepare.cross_compiler()
    how = ["--release", "--arm64" if architecture == "arm64" else "--x86-64", "--lambda-dir", folder]
    path = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    what = f"{', '.join(FUNCTIONS)} for AWS on {architecture}, the first time about 6 minutes"
    cargo(what, ["lambda", "build", *how, *flags("--package", FUNCTIONS)], path)
    template = TEMPLATE.read_text()
    for name in FUNCTIONS:
        template = template.replace(f"CodeUri: target/deploy/arm64/{name}\n", f"CodeUri: {name}\n")
    (folder / "template.yaml").write_text(template)


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
