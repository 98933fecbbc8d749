"""Proves the build for ARM: its functions serve a signed delivery on the local AWS, under an emulator unless this machine is ARM."""

import json
import shutil
import subprocess
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import build
from places import BIN, TOOL, Trouble, architecture
from server import HOST

QEMU = "qemu-aarch64"
LIBRARIES = Path("/usr/aarch64-linux-gnu")
EMULATED = f'#!/bin/sh\nexec {QEMU} -L {LIBRARIES} "$(dirname "$0")/arm" "$@"\n'
LONGEST_SECONDS = 60


def check():
    if not (native() or shutil.which(QEMU) and (LIBRARIES / "lib" / "ld-linux-aarch64.so.1").exists()):
        raise Trouble(
            "This machine cannot run ARM programs: install qemu-user and the ARM C library "
            "(on Debian and Ubuntu: apt install qemu-user libc6-arm64-cross)."
        )


def native():
    return architecture() == "arm64"


def code():
    """The functions for ARM, as the local AWS can run them here."""
    built = build.deployed("arm64")
    if native():
        return built
    return {name: {"bootstrap": EMULATED.encode(), "arm": files["bootstrap"]} for name, files in built.items()}


class Target(ThreadingHTTPServer):
    """An endpoint that reactions go to; it remembers the events."""

    def __init__(self):
        super().__init__((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self.server_port}/"
        self.events = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.events.append(self.headers["X-Alga-Event-Id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words):
        pass


@contextmanager
def target():
    with Target() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def prove(target, environment):
    """Sends one delivery and follows its event until it has settled."""
    ticket = str(uuid.uuid4())
    tool = lambda *words: subprocess.run([BIN / TOOL, *words], env=environment, capture_output=True, text=True)
    started = time.monotonic()
    sent = tool("send", "--ticket", ticket)
    if sent.returncode != 0:
        raise Trouble(f"The ARM receiver did not take the delivery:\n{sent.stdout}{sent.stderr}")
    print(f"The ARM receiver has kept a signed delivery, {time.monotonic() - started:.1f} s after it was sent.", flush=True)
    while not settled(seen := tool("--json", "stream", ticket)):
        if time.monotonic() - started > LONGEST_SECONDS:
            raise Trouble(f"The ARM reactor did not settle the event within {LONGEST_SECONDS} s:\n{seen.stdout}{seen.stderr}")
        time.sleep(0.5)
    [event] = json.loads(seen.stdout)
    if target.events != [event["event_id"]]:
        raise Trouble(f"The endpoint should have got the event once, but it got {target.events}.")
    print(f"The ARM reactor has answered its doorbell, and the endpoint has got the event, after {time.monotonic() - started:.1f} s.")


def prove_reconciler(functions, name):
    """Runs it once. It has no key, so that a run without a failure of the function itself is all that can be seen."""
    answer = functions.invoke(FunctionName=name, Payload=b'{"reconcile": true}')
    if "FunctionError" in answer:
        raise Trouble(f"The ARM reconciler failed:\n{answer['Payload'].read().decode()}")
    print("The ARM reconciler has run.")


def settled(seen):
    return seen.returncode == 0 and all(event["state"] == "settled" for event in json.loads(seen.stdout))
