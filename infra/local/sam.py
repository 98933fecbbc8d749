"""Deploys to AWS with SAM. What could stop it is looked for before minutes of building."""

import os
import shlex
import shutil
import subprocess
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError, MissingDependencyException

import answers
import build
import stack
from places import DEPLOY, ROOT, STACK, Trouble


def deploy(wanted):
    """Builds and deploys; gives SAM's exit status."""
    told = answers.read()
    if "AWS_REGION" in os.environ:  # which other tools read, and sam does not
        os.environ.setdefault("AWS_DEFAULT_REGION", os.environ["AWS_REGION"])
    first = "stack_name" not in told
    asks = first and sys.stdin.isatty()
    architecture = answers.chosen(wanted, told, asks)
    parameters = {**answers.overrides(told), "Architecture": architecture}
    check_sam()
    stack.check(shlex.join(f"{name}={value}" for name, value in parameters.items()))
    check_credentials(told, asks)
    build.deployable(architecture)
    answers.seed(architecture, asks)
    template = DEPLOY / architecture / "template.yaml"
    command = ["sam", "deploy", "--template-file", template, "--config-file", answers.FILE]
    if first:
        command += named(parameters)
    if asks:
        command += ["--guided"]
    return subprocess.run(command, cwd=ROOT).returncode


def check_sam():
    if not shutil.which("sam"):
        raise Trouble("sam is missing: install it by `pipx install aws-sam-cli` and see that it is on your PATH.")
    started = subprocess.run(["sam", "--version"], capture_output=True, text=True)
    if started.returncode != 0:
        raise Trouble(f"{shutil.which('sam')} does not start:\n{started.stderr.strip()}")


def check_credentials(told, asks):
    try:
        session = boto3.Session(profile_name=told.get("profile"), region_name=told.get("region"))
        region = session.region_name or asks and "us-east-1"
        if not region:
            raise Trouble("The region is not known: set AWS_REGION.")
        who = session.client("sts", region_name=region).get_caller_identity()
    except MissingDependencyException:
        return  # credentials of a kind that SAM may know, and this does not
    except (BotoCoreError, ClientError) as refused:
        raise Trouble(f"Log in to AWS first, or choose a profile with AWS_PROFILE: {refused}")
    where = os.environ.get("AWS_ENDPOINT_URL") or f"account {who['Account']}"  # a shell may still lead to the local AWS
    answers.tell(f"Deploying to {where} as {who['Arn']}.")


def named(parameters):
    """What a first deployment makes. Values are quoted as SAM does it, so that spaces and commas stay in them."""
    quoted = [name + '="' + value.replace('"', '\\"') + '"' for name, value in parameters.items()]
    return ["--stack-name", STACK, "--parameter-overrides", *quoted]
