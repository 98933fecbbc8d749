"""alga-webhooks on a local AWS. `make` lists the ways in; `python3 infra/local --help` lists the commands."""

import argparse
import json
import os
import shlex
import sys

sys.dont_write_bytecode = True

import prepare
from places import LOCAL, Trouble

STACK = "alga-webhooks"
ENV = LOCAL / "env"


def main():
    arguments = parse()
    return prepare.inside(lambda: arguments.command(arguments))


def parse():
    parser = argparse.ArgumentParser(prog="python3 infra/local", description="alga-webhooks on a local AWS")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function, text):
        added = commands.add_parser(function.__name__.rstrip("_"), help=text, description=text)
        added.set_defaults(command=function)
        return added

    parameters = {"metavar": "'K=V …'", "default": "", "help": "template parameters"}

    up_ = command(up, "start a local AWS, deploy the template, follow the logs until Ctrl-C")
    up_.add_argument("--port", type=int, default=4566)
    up_.add_argument("--params", **parameters)

    watch_ = command(watch, "run the functions under cargo lambda watch beside a local AWS, until Ctrl-C")
    watch_.add_argument("--port", type=int, default=9001)
    watch_.add_argument("--params", **parameters)

    command(demo, "play a short story through a local AWS of its own")

    with__ = command(with_, "run a command beside a local AWS without a stack")
    with__.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")

    deploy_ = command(deploy, "deploy one more stack to the running local AWS; prints its variables as JSON")
    deploy_.add_argument("--stack", required=True)
    deploy_.add_argument("--params", **parameters)

    command(delete, "delete such a stack").add_argument("--stack", required=True)

    command(policy, "hold the template against the policy checker's rules")
    return parser.parse_args()


def up(arguments):
    import build, logs, metrics, server, stack

    stack.parsed(arguments.params)
    server.check_free(arguments.port)
    build.functions()
    with server.running(arguments.port, LOCAL / "up.log") as aws:
        variables = stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK, arguments.params)
        try:
            write(variables)
            print(HOW_TO_SEND.format(**variables), flush=True)
            groups = {"receiver": variables["RECEIVER_LOG_GROUP"], "reactor": variables["REACTOR_LOG_GROUP"]}
            logs.follow(aws, groups, metrics.Metrics(variables))
        except KeyboardInterrupt:
            return print()
        finally:
            ENV.unlink(missing_ok=True)  # it would lead nowhere


def watch(arguments):
    import build, server, stack, watch

    stack.parsed(arguments.params)
    server.check_free(arguments.port)
    build.functions()
    with server.running(server.free_port(), LOCAL / "watch.log") as aws:
        variables = stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK, arguments.params)
        variables["WEBHOOK_URL"] = f"http://{server.HOST}:{arguments.port}/lambda-url/receiver/"
        write(variables)
        print(HOW_TO_SEND.format(**variables), flush=True)
        print("The first delivery waits for a debug build, some minutes.\n", flush=True)
        try:
            return watch.run(aws, variables, arguments.port)
        finally:
            ENV.unlink(missing_ok=True)


def demo(_arguments):
    import build, kept, server, stack

    build.functions()
    player = build.demo()
    with server.running(server.free_port(), LOCAL / "demo.log") as aws:
        variables = stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK)
        return kept.run([player], {**without_aws(), **variables})


def with_(arguments):
    import build, kept, server

    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    if not words:
        raise Trouble("Say which command to run: with -- COMMAND.")
    build.functions()
    with server.running(server.free_port(), LOCAL / "with.log") as aws:
        return kept.run(words, {**without_aws(), **aws.variables, "LOCAL_AWS_PYTHON": str(prepare.PYTHON)})


def deploy(arguments):
    import stack

    print(json.dumps(stack.deploy(local_endpoint(), arguments.stack, arguments.params)))


def delete(arguments):
    import stack

    stack.delete(local_endpoint(), arguments.stack)


def policy(_arguments):
    import policy

    return policy.check()


def local_endpoint():
    import server

    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not (endpoint.startswith(f"http://{server.HOST}:") and server.answers(endpoint)):
        raise Trouble(f"AWS_ENDPOINT_URL should lead to a running local AWS, and it is '{endpoint}'.")
    return endpoint


def without_aws():
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def write(variables):
    """Leaves the variables where a shell can source them."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    ENV.touch(mode=0o600)
    ENV.write_text("".join(lines))


HOW_TO_SEND = """
AlgaPSA would send to  {WEBHOOK_URL}

To send in its place, and to see what becomes of it, in another shell:

  . target/local/env
  cargo install --locked --path infra/cli     # once; or `cargo run -q -p alga-webhooks --` in its place
  alga-webhooks send --ticket demo-1
  alga-webhooks stream demo-1

Ctrl-C ends it. What the functions log:
"""

if __name__ == "__main__":
    sys.exit(main())
