"""Processes that end when we do, however we end."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")


@contextmanager
def kept(command, **options):
    """Runs a command, and ends it with everything that it started when the block is left."""
    keeper = subprocess.Popen(
        [sys.executable, KEEPER, *command], stdin=subprocess.PIPE, start_new_session=True, **options
    )
    try:
        yield keeper
    finally:
        keeper.stdin.close()
        keeper.wait()


def run(command, environment):
    """Runs a command to its end and returns its exit code."""
    with kept(command, env=environment) as running:
        return running.wait()
