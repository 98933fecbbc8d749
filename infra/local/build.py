"""Builds the functions for this machine, and the demo's sender."""

import os
import subprocess

from places import FUNCTIONS, ROOT, TARGET, Trouble
from prepare import VENV


def functions():
    """Leaves each function at target/lambda/NAME/bootstrap, where template.yaml looks for it."""
    packages = [word for name in FUNCTIONS for word in ("--package", name)]
    # Cargo.toml says how to optimize. cargo-lambda's own wishes name a processor that may not be this one, and would
    # have every dependency built once more.
    how = ["--release", "--compiler", "cargo", "--disable-optimizations"]
    cargo(VENV / "bin" / "cargo-lambda", "lambda", "build", *how, *packages)


def demo():
    """Builds the demo beside the functions, out of the same dependencies, and gives its path."""
    target = host()
    cargo("cargo", "build", "--release", "--target", target, "--package", "pipeline", "--bin", "demo")
    return TARGET / target / "release" / "demo"


def host():
    told = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    return next(line.split()[1] for line in told.splitlines() if line.startswith("host: "))


def cargo(*command):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
        raise Trouble("The build failed: see above.")
