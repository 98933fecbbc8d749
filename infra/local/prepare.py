"""Makes the Python environments of the local AWS and of the policy checker under target/, once."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from places import LOCAL, Trouble

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# In an environment of its own: it insists on an older boto3 than the local AWS.
POLICY_REQUIREMENTS = Path(__file__).with_name("requirements-policy.txt")
# What builds for AWS: cargo-lambda, which brings zig.
CROSS_REQUIREMENTS = Path(__file__).with_name("requirements-cross.txt")
WATCH_REQUIREMENTS = Path(__file__).with_name("requirements-watch.txt")
PICTURES_REQUIREMENTS = Path(__file__).with_name("requirements-pictures.txt")

VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
POLICY_VENV = LOCAL / "policy"
CROSS_VENV = LOCAL / "cross"
WATCH_VENV = LOCAL / "watch"
PICTURES_VENV = LOCAL / "pictures"
# They are meant for the Python that make found, and would mislead the others: those of our environments, and sam's.
OF_ONE_PYTHON = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def inside(work):
    """Does `work` in the prepared environment of the local AWS, and returns the exit status."""
    return told(lambda: enter() or work())


def told(work):
    """Does `work` and returns the exit status. Prints trouble as a sentence, and cleans up when a signal ends it."""
    for name in OF_ONE_PYTHON:
        os.environ.pop(name, None)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _frame: sys.exit(128 + number))
    try:
        return work()
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def enter():
    """Starts this program again in the prepared environment of the local AWS, and returns only there."""
    if Path(sys.prefix) == VENV:
        return
    check_tools()
    LOCAL.mkdir(parents=True, exist_ok=True)
    install(VENV, "the local AWS", REQUIREMENTS)
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def policy_checker():
    """The policy checker's command, installed when it is first needed."""
    install(POLICY_VENV, "the policy checker", POLICY_REQUIREMENTS)
    return POLICY_VENV / "bin" / "checkov"


def cross_compiler():
    """The folder of the tools that build for AWS, installed when they are first needed."""
    check_tools()
    LOCAL.mkdir(parents=True, exist_ok=True)
    install(CROSS_VENV, "cargo-lambda and its cross-compiler, which take 450 MB", CROSS_REQUIREMENTS)
    return CROSS_VENV / "bin"


def cargo_lambda():
    """cargo-lambda for this machine without its cross-compiler, installed when it is first needed."""
    install(WATCH_VENV, "cargo-lambda", WATCH_REQUIREMENTS, "--no-deps")
    return WATCH_VENV / "bin" / "cargo-lambda"


def pictures():
    """The Python that makes the pictures in the documents, installed when it is first asked for."""
    install(PICTURES_VENV, "what draws the pictures", PICTURES_REQUIREMENTS)
    return PICTURES_VENV / "bin" / "python"


def check_tools():
    if sys.version_info < (3, 10):
        raise Trouble(f"Python 3.10 or later is needed, but this is {sys.version.split()[0]}: install a newer one.")
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


def install(venv, what, requirements, *options):
    """Makes an environment unless it is there already."""
    with one_at_a_time():
        stamp, wanted = venv / "stamp", wanted_stamp(venv, requirements)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        started = time.monotonic()
        print(f"Setting up {os.path.relpath(venv)} with {what}, once …", file=sys.stderr, flush=True)
        shutil.rmtree(venv, ignore_errors=True)
        run(sys.executable, "-m", "venv", venv)
        pip = (venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        run(*pip, *options, "--requirement", requirements)
        stamp.write_text(wanted)
        print(f"… done in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def wanted_stamp(venv, requirements):
    wanted = requirements.read_bytes() + sys.version.encode() + str(venv).encode()
    return hashlib.sha256(wanted).hexdigest()


def run(*command):
    if subprocess.run(command).returncode != 0:
        raise Trouble(f"{' '.join(map(str, command[:4]))} … failed: see above. Run it again to start over.")
