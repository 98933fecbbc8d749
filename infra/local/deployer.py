"""Deploys stacks for a command next to the local AWS, at whose request: to start Python for each took the tests a fifth of their time."""

import json
import threading
import traceback
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import build
import stack
from places import TEMPLATE, Trouble
from server import HOST


@contextmanager
def serving(endpoint):
    """While the block runs, takes orders at the URL that it gives.

    An order is a POST of `{"stack_name": …, "parameters": …}`, with `template` and `reactor` if these are not the repository's, or with
    the folder of a `package` instead. The answer is the stack's variables, or why there are none.
    """
    deployer = ThreadingHTTPServer((HOST, 0), type("Orders", (Handler,), {"endpoint": endpoint}))
    threading.Thread(target=deployer.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{deployer.server_port}/"
    finally:
        deployer.shutdown()
        deployer.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            status, answer = 200, json.dumps(deployed(self.endpoint, **order))
        except Trouble as trouble:
            status, answer = 422, str(trouble)
        except Exception:
            status, answer = 500, traceback.format_exc()
        body = answer.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def deployed(endpoint, stack_name, parameters, template=TEMPLATE, reactor=None, package=None):
    if package:
        return stack.deploy_package(endpoint, stack_name, parameters, Path(package))
    code = stack.started(endpoint)
    if reactor:
        code = {**code, "reactor": build.starting(Path(reactor).resolve())}
    return stack.deploy(endpoint, stack_name, parameters, code, Path(template).read_text())
