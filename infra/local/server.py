"""The local AWS itself: ministack on 127.0.0.1, with IAM enforced and functions run as processes."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError

from kept import kept
from places import LOCAL, Trouble

HOST = "127.0.0.1"
REGION = "us-east-1"
START_SECONDS = 120  # only one that does not start takes so long


def check_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Trouble(f"Port {port} is in use: stop what listens there, or choose another one (PORT=…).")


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextmanager
def running(port, log):
    """Starts the local AWS with its output in a log file, and stops it afterwards."""
    check_free(port)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # they lead to another AWS
    folder = scratch(port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with open(log, "wb") as output:
            options = {"cwd": folder, "env": environment(port, folder), "stdout": output, "stderr": output}
            with kept([sys.executable, "-m", "ministack"], **options) as process:
                wait_until_ready(port, process, log)
                aws = Aws(port, process, log)
                try:
                    yield aws
                except BotoCoreError:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=5)  # its keeper ends a moment after it
                    aws.check()
                    raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scratch(port):
    """What belongs to the local AWS at that port, as long as it runs."""
    return LOCAL / f"aws-{port}"


class Aws:
    """A running local AWS."""

    def __init__(self, port, process, log):
        self.variables = variables(f"http://{HOST}:{port}")
        self.process = process
        self.log = log

    def check(self):
        if self.process.poll() is not None:
            raise Trouble(f"The local AWS has stopped: {os.path.relpath(self.log)} says why.")


def variables(endpoint):
    """The variables that lead tools and SDKs to the local AWS and to nothing real: dummy credentials, no profile, no metadata."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def environment(port, folder):
    """The whole environment of ministack and of the functions."""
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ},
        **variables(f"http://{HOST}:{port}"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
    }


def wait_until_ready(port, process, log):
    deadline = time.monotonic() + START_SECONDS
    while not answers(f"http://{HOST}:{port}"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Trouble(f"The local AWS did not start: {os.path.relpath(log)} says why.")
        time.sleep(0.05)


def answers(endpoint):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        direct.open(f"{endpoint}/_ministack/health", timeout=5).close()
    except OSError:
        return False
    return True
