"""Runs a command so that no process of it outlives our caller: `python3 keeper.py COMMAND…`.

The caller holds our standard input open. The command gets a process group of its own. The group ends when the command ends,
when our standard input closes, which it also does when the caller is killed, or when we are told to end.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 2


def main(command):
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as refused:
        print(f"error: {command[0]} cannot be run: {refused.strerror}", file=sys.stderr)
        sys.exit(127)
    signal.signal(signal.SIGTERM, lambda *_: end_group(child.pid, signal.SIGTERM))
    threading.Thread(target=end_with_parent, args=(child.pid,), daemon=True).start()
    code = child.wait()
    end_group(child.pid, signal.SIGKILL)
    sys.exit(code if code >= 0 else 128 - code)


def end_with_parent(group):
    os.read(sys.stdin.fileno(), 1)
    end_group(group, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    end_group(group, signal.SIGKILL)


def end_group(group, how):
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    main(sys.argv[1:])
