"""alga-webhooks on a local AWS. `make` lists the ways in; `python3 infra/local --help` lists the commands."""

import argparse
import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True

import prepare
from places import ARCHITECTURES, BIN, FUNCTIONS, LOCAL, PACKAGE, STACK, TOOL, Trouble, architecture


def main():
    arguments = parse()
    if arguments.command in (tool, deployable, package):  # they need no local AWS
        return prepare.told(lambda: arguments.command(arguments))
    return prepare.inside(lambda: arguments.command(arguments))


def parse():
    parser = argparse.ArgumentParser(prog="python3 infra/local", description="alga-webhooks on a local AWS")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function, text):
        added = commands.add_parser(function.__name__.rstrip("_").replace("_", "-"), help=text, description=text)
        added.set_defaults(command=function)
        return added

    parameters = {"metavar": "'K=V …'", "default": "", "help": "template parameters"}

    up_ = command(up, "start a local AWS, deploy the template, follow the logs until Ctrl-C")
    up_.add_argument("--port", type=int, default=4566)
    up_.add_argument("--params", **parameters)

    watch_ = command(watch, "run the functions under cargo lambda watch next to a local AWS, until Ctrl-C")
    watch_.add_argument("--port", type=int, default=9001)
    watch_.add_argument("--params", **parameters)

    demo_ = command(demo, "play a short story through a local AWS of its own")
    demo_.add_argument("--console", action="store_true", help="open a page on which you can watch it, until Ctrl-C")

    command(pictures, "draw the pictures in the documents from real runs on a local AWS of its own")

    with__ = command(with_, "run a command next to a local AWS without a stack")
    with__.add_argument("--browser", action="store_true", help="name it a browser too, if there is one")
    with__.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")

    command(policy, "check the template against the policy checker's rules")
    command(tool, "build the operator's tool")
    command(once, "check that the tests and what runs locally share their dependencies")

    architecture = {"default": "", "help": "arm64 or x86_64; by default what the stack runs on"}
    command(deployable, "build the functions for AWS, under target/deploy").add_argument("--architecture", **architecture)
    command(to_aws, "build the functions and deploy them to AWS with SAM").add_argument("--architecture", **architecture)

    package_ = command(package, "make what a release publishes, in target/package")
    package_.add_argument("--local", type=Path, metavar="FOLDER", help="make it there, of the functions built for this machine")

    command(arm, "let the functions for ARM do their work on a local AWS, emulated unless this machine is ARM")
    return parser.parse_args()


def up(arguments):
    import build, logs, metrics, server, stack

    stack.check(arguments.params)
    server.check_free(arguments.port)
    build.local(TOOL, "algapsa")
    with server.running(arguments.port, LOCAL / f"up-{arguments.port}.log") as aws:
        variables = stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK, arguments.params)
        file = LOCAL / f"env-{arguments.port}"
        with written(variables, file):
            print(HOW_TO_SEND.format(file=shlex.quote(str(file)), **variables), flush=True)
            groups = {name: variables[f"{name.upper()}_LOG_GROUP"] for name in FUNCTIONS}
            try:
                logs.follow(aws, {name: group for name, group in groups.items() if group}, metrics.Metrics(variables))
            except KeyboardInterrupt:
                print()


def watch(arguments):
    import build, prepare, server, stack, watch

    stack.check(arguments.params)
    server.check_free(arguments.port)
    prepare.cargo_lambda()
    build.local(TOOL, "algapsa")  # what cargo lambda watch starts is built by then
    with server.running(server.free_port(), LOCAL / f"watch-{arguments.port}.log") as aws:
        variables = stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK, arguments.params)
        variables["WEBHOOK_URL"] = f"http://{server.HOST}:{arguments.port}/lambda-url/receiver/"
        file = LOCAL / f"env-{arguments.port}"
        with written(variables, file):
            print(HOW_TO_SEND.format(file=shlex.quote(str(file)), **variables), flush=True)
            try:
                return watch.run(aws, variables, arguments.port)
            except KeyboardInterrupt:
                print()


def demo(arguments):
    import build, kept, server

    build.local("demo", *([TOOL] if arguments.console else []))
    with server.running(server.free_port(), LOCAL / "demo.log") as aws:
        environment = {**without_proxy(), **of_the_demo(aws)}
        if not arguments.console:
            return kept.run([BIN / "demo"], environment)
        code = 1
        with kept.kept([BIN / TOOL, "console", "--port", "0"], env=environment) as console:
            try:
                input("Press Enter once the page is open.\n")
                code = kept.run([BIN / "demo"], environment)
                print("The page stays until Ctrl-C.", flush=True)
                console.wait()
            except (KeyboardInterrupt, EOFError):
                print()
        return code


def of_the_demo(aws):
    """Deploys the demo's stack, and returns its variables. Its reconciler asks a ticket API that the demo serves."""
    import server, stack

    port = server.free_port()
    parameters = f"TicketApiUrl=http://{server.HOST}:{port} ReconcileMinutes=60 ReconcileGraceMinutes=0"
    return {**stack.deploy(aws.variables["AWS_ENDPOINT_URL"], STACK, parameters), "TICKET_API_PORT": str(port)}


def pictures(_arguments):
    import browser, build, pictures, server, stack

    browsers = browser.needed()
    build.local("demo", TOOL)
    with server.running(server.free_port(), LOCAL / "pictures.log") as aws:
        deployed = lambda name, parameters: stack.deploy(aws.variables["AWS_ENDPOINT_URL"], name, parameters)
        pictures.demo({**without_proxy(), **of_the_demo(aws)})
        pictures.stream(lambda url: deployed("told", f"HoldSeconds=0 ReactionUrl={url}"), without_proxy())
        with of_the_tests(aws) as variables:
            pictures.console({**variables, **browsers})


def with_(arguments):
    import browser, build, kept, server

    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    if not words:
        raise Trouble("Say which command to run: with -- COMMAND.")
    browsers = browser.wanted() if arguments.browser else {}
    build.local()
    with server.running(server.free_port(), LOCAL / "with.log") as aws:
        with of_the_tests(aws) as variables:
            return kept.run(words, {**variables, **browsers})


@contextmanager
def of_the_tests(aws):
    """The variables of a command next to a local AWS, at whose request stacks are deployed to it."""
    import deployer

    with deployer.serving(aws.variables["AWS_ENDPOINT_URL"]) as orders:
        tools = {"LOCAL_AWS_DEPLOYER": orders, "LOCAL_AWS_PYTHON": str(prepare.PYTHON)}
        path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}  # `aws`
        yield {**without_proxy(), **aws.variables, **tools, **path}


def policy(_arguments):
    import policy

    return policy.check()


def tool(_arguments):
    import build

    build.debug(TOOL)
    print(f"It is {BIN / TOOL}; to have it on the path of this shell:\n\n  export PATH={shlex.quote(str(BIN))}:$PATH")


def once(_arguments):
    import once

    once.check()


def deployable(arguments):
    import answers, build

    build.deployable(answers.chosen(arguments.architecture, answers.read(), asks=False))


def to_aws(arguments):
    import sam

    return sam.deploy(arguments.architecture)


def package(arguments):
    import archive, build, notices, package

    folder = arguments.local or PACKAGE
    if arguments.local:
        package.make({architecture(): build.native()}, folder, level=1)  # they are large, and go nowhere
    else:
        for each in ARCHITECTURES:
            build.deployable(each)
        tool = build.released(TOOL, environment=build.without_local_paths()) / TOOL
        package.make({each: build.deployed(each) for each in ARCHITECTURES}, folder)
        archive.tool(tool, folder)
        (folder / "LICENSES.txt").write_text(notices.text())
    package.summed(folder)
    print(f"It is in {os.path.relpath(folder)}.")


def arm(_arguments):
    import arm, build, server, stack

    arm.check()
    build.deployable("arm64")
    build.debug(TOOL)
    with arm.target() as target, server.running(server.free_port(), LOCAL / "arm.log") as aws:
        endpoint = aws.variables["AWS_ENDPOINT_URL"]
        variables = stack.deploy(endpoint, STACK, f"Architecture=arm64 ReactionUrl={target.url}", arm.code())
        arm.prove(target, {**without_proxy(), **variables})
        option = f"Architecture=arm64 ReconcileMinutes=60 TicketApiUrl={target.url}"
        variables = stack.deploy(endpoint, "with-reconciler", option, arm.code())
        arm.prove_reconciler(stack.client(endpoint, "lambda"), variables["RECONCILER_FUNCTION"])
    print("The build for ARM works.")


def without_proxy():
    """Our environment, without what leads away from this machine."""
    return {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@contextmanager
def written(variables, file):
    """While the block runs, keeps the variables and the operator's tool's folder in a file for a shell to source."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    file.touch(mode=0o600)
    lines.append(f"export PATH={shlex.quote(str(BIN))}:$PATH\n")
    lines.append("export NO_PROXY=127.0.0.1${NO_PROXY:+,$NO_PROXY}\n")
    file.write_text("".join(lines))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)  # it would lead nowhere


HOW_TO_SEND = """
AlgaPSA would send to  {WEBHOOK_URL}

To send something yourself and see what becomes of it, in another shell:

  . {file}
  alga-webhooks send --ticket demo-1
  alga-webhooks stream demo-1
  alga-webhooks console          # the same in a browser, while it happens

Ctrl-C ends it. What the functions log:
"""

if __name__ == "__main__":
    sys.exit(main())
