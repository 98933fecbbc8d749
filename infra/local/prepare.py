"""Makes the Python environment of the local AWS under target/, once, and goes on inside it."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from places import LOCAL, Trouble

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# By itself: it asks for a 411 MB cross-compiler, which builds for this machine do not need.
CARGO_LAMBDA = "cargo-lambda==1.9.2"

VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"


def enter():
    """Continues in the prepared environment: returns there, and nowhere else."""
    if Path(sys.prefix) == VENV:
        return
    check_tools()
    LOCAL.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        if not is_current():
            install()
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def check_tools():
    if sys.version_info < (3, 10):
        raise Trouble(f"Python 3.10 or later is needed, and this is {sys.version.split()[0]}: install a newer one.")
    if not importlib.util.find_spec("ensurepip"):
        raise Trouble("Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv).")
    if not shutil.which("cargo"):
        raise Trouble("cargo is missing: install Rust with rustup.")
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        raise Trouble("A C compiler is missing: install one (on Debian and Ubuntu: apt install gcc libc6-dev).")


@contextmanager
def one_at_a_time():
    with open(LOCAL / "venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_current():
    stamp = VENV / "stamp"
    return stamp.exists() and stamp.read_text() == wanted_stamp()


def wanted_stamp():
    wanted = REQUIREMENTS.read_bytes() + CARGO_LAMBDA.encode() + sys.version.encode() + str(VENV).encode()
    return hashlib.sha256(wanted).hexdigest()


def install():
    started = time.monotonic()
    print(f"Setting up {os.path.relpath(VENV)} with the local AWS and cargo-lambda, once …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", VENV)
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
    run(*pip, "--no-deps", CARGO_LAMBDA)
    run(*pip, "--requirement", REQUIREMENTS)
    (VENV / "stamp").write_text(wanted_stamp())
    print(f"… done in {time.monotonic() - started:.0f} s.", flush=True)


def run(*command):
    if subprocess.run(command).returncode != 0:
        raise Trouble(f"{' '.join(map(str, command[:4]))} … failed: see above. Running this again starts afresh.")
