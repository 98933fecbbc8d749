"""Runs a program at a terminal of its own, and types an answer whenever its question is shown.

Arguments: the program and its arguments. ANSWERS: a JSON list of [question, answer, whether typing is to be hidden]."""

import json
import os
import pty
import sys
import termios
import time

answers = json.loads(os.environ.pop("ANSWERS"))
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said, seen = b"", 0


def more():
    """What the program says next; false at its end."""
    global said
    try:
        part = os.read(terminal, 4096)
    except OSError:
        part = b""
    said += part
    return bool(part)


def is_shown():
    return termios.tcgetattr(terminal)[3] & termios.ECHO


for question, answer, hidden in answers:
    while question.encode() not in said[seen:] and more():
        pass
    seen = len(said)
    patience = time.monotonic() + 60
    while hidden and is_shown():  # it asks first, and hides then
        if time.monotonic() > patience:
            sys.exit(f"what is typed after {question!r} would be shown")
        time.sleep(0.01)
    os.write(terminal, answer.encode())
while more():
    pass
sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
sys.stdout.flush()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
