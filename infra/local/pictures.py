"""Draws the pictures in the documents from real runs: the demo, the story of a ticket whose reactions go wrong, the console.

Times, ids and ports differ from run to run, and so do the pictures.
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import kept
import prepare
from places import BIN, ROOT, TARGET, TOOL, Trouble
from server import HOST

PICTURES = ROOT / "infra" / "pictures"
DRAW = Path(__file__).with_name("draw.py")
SHRINK = Path(__file__).with_name("shrink.py")
# How wide the terminal is. A table of the tool has a whole id in each row.
DEMO_COLUMNS, TOOL_COLUMNS = 110, 140
LONGEST_SECONDS = 30

# The ticket's life: what happened, how many seconds ago, and what becomes of it. Sent in this order.
LIFE = [
    ("ticket.created", 60, "settled"),
    ("ticket.status_changed", 30, "settled"),
    ("ticket.comment.added", 45, "settled"),  # too late to be reacted to before the change of status
    ("ticket.updated", 20, "parked"),
    ("ticket.assigned", 15, "waiting"),
    ("ticket.closed", 10, "waiting"),
]
# What the endpoint answers to the events that it does not take.
ANSWERS = {"ticket.updated": 422, "ticket.assigned": 503}
ATTEMPTS = 2

# The test that looks at every page of the console, and which of the pictures that it leaves are shown under which name.
LOOKS = "every_page_is_for_everybody"
PAGES = {"live-light": "console.png", "ticket-light": "console-ticket.png"}


def demo(environment):
    shown, code = terminal([BIN / "demo"], environment, DEMO_COLUMNS)
    if code != 0:
        raise Trouble(f"The demo has failed:\n{shown}")
    draw("make demo", shown, DEMO_COLUMNS, "demo.svg")


def stream(deployed, environment):
    """`deployed` returns the variables of a stack that reacts to a URL."""
    with endpoint() as url:
        environment = {**environment, **deployed(url)}
        ticket = str(uuid.uuid4())
        for event_type, seconds, state in LIFE:
            send(ticket, event_type, seconds, environment)
            wait_until(ticket, event_type, state, environment)
        name = story(ticket, environment)[0]["stream"]
        wait_until(ticket, "ticket.assigned", "waiting", environment, ATTEMPTS)
        shown, _ = terminal([BIN / TOOL, "stream", name], environment, TOOL_COLUMNS)
    draw(f"alga-webhooks stream {name}", shown, TOOL_COLUMNS, "stream.svg")


def console(environment):
    test = ["cargo", "test", "--quiet", "--test", "console", LOOKS]
    if kept.run(test, {**environment, "CARGO_TARGET_DIR": str(TARGET)}) != 0:
        raise Trouble("The console could not be looked at: see above.")
    for page, name in PAGES.items():
        shrinking = [prepare.pictures(), "-B", SHRINK, TARGET / "console" / f"{page}.png", PICTURES / name]
        if subprocess.run(shrinking).returncode != 0:
            raise Trouble("The picture could not be made smaller: see above.")
        print(f"Drawn: {(PICTURES / name).relative_to(ROOT)}", flush=True)


def send(ticket, event_type, seconds, environment):
    options = ["--ticket", ticket, "--type", event_type, "--occurred-at", f"{seconds}s"]
    told = subprocess.run([BIN / TOOL, "send", *options], env=environment, capture_output=True, text=True)
    if told.returncode != 0:
        raise Trouble(f"The receiver did not take {event_type}:\n{told.stdout}{told.stderr}")


def wait_until(ticket, event_type, state, environment, attempts=0):
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        [event] = [event for event in story(ticket, environment) if event["event_type"] == event_type]
        if event["state"] == state and event.get("attempts", 0) >= attempts and (not attempts or "failed_at" in event):
            return
        time.sleep(0.2)
    raise Trouble(f"{event_type} should be {state}, but it is {event}.")


def story(ticket, environment):
    command = [BIN / TOOL, "--json", "stream", ticket]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True).stdout or "[]")


def terminal(command, environment, columns):
    """What a command shows on a terminal, in colour, and its exit code."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with kept.kept(command, env=environment, stdout=its, stderr=its) as running:
        os.close(its)
        shown = b"".join(iter(lambda: read(ours), b""))
        code = running.wait()
    os.close(ours)
    return shown.decode().replace("\r\n", "\n"), code


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux raises this once the other end is closed
        return b""


def draw(command, shown, columns, name):
    PICTURES.mkdir(exist_ok=True)
    text = f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m\n\n{shown.strip()}\n"
    title = " ".join(command.split()[:2])
    drawing = [prepare.pictures(), "-B", DRAW, str(columns), title, PICTURES / name]
    if subprocess.run(drawing, input=text, text=True, encoding="utf-8").returncode != 0:
        raise Trouble("The picture could not be drawn: see above.")
    print(f"Drawn: {(PICTURES / name).relative_to(ROOT)}", flush=True)


class Endpoint(BaseHTTPRequestHandler):
    """Where the reactions go; it takes some events and not others."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(ANSWERS.get(self.headers["X-Alga-Event-Type"], 204))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words):
        pass


@contextmanager
def endpoint():
    with ThreadingHTTPServer((HOST, 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}/"
        server.shutdown()
