"""Runs the functions under `cargo lambda watch`, which builds them again when their code changes."""

import http.client
import json
import os
import subprocess
import threading
import urllib.request

import logs
import prepare
from kept import kept
from places import FUNCTIONS, ROOT, TARGET
from server import HOST
from stack import client

LONGEST_BUILD_SECONDS = 600


def run(aws, variables, port):
    """Serves the receiver at a local URL, and hands its doorbells to the reactor, until we are interrupted."""
    functions = client(variables["AWS_ENDPOINT_URL"], "lambda")
    silence(functions, variables["REACTOR_FUNCTION"], client(variables["AWS_ENDPOINT_URL"], "scheduler"))
    deployed = (variables[f"{name.upper()}_FUNCTION"] for name in FUNCTIONS)
    settings = {name: value for function in deployed if function for name, value in settings_of(functions, function).items()}
    queue = client(variables["AWS_ENDPOINT_URL"], "sqs")
    command = [prepare.cargo_lambda(), "lambda", "watch", "--invoke-address", HOST, "--invoke-port", str(port)]
    environment = {**os.environ, **settings, **variables, "CARGO_TARGET_DIR": str(TARGET)}
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with kept(command, cwd=ROOT, env=environment, **told) as watching:
        threading.Thread(target=tell, args=(watching.stdout,), daemon=True).start()
        while watching.poll() is None:
            aws.check()
            hand_over(queue, variables["QUEUE_URL"], f"http://{HOST}:{port}")
    return watching.returncode


def tell(lines):
    for line in lines:
        if line.strip():
            print(logs.pretty(line.strip()), flush=True)


def settings_of(functions, name):
    return functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]


def silence(functions, reactor, scheduler):
    """Stops the deployed functions, so that the watched reactor gets the doorbells, and no schedule runs older code."""
    for mapping in functions.list_event_source_mappings(FunctionName=reactor)["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"])


def hand_over(queue, url, lambdas):
    """Hands over one batch as the event source would, and deletes what is not reported as failed."""
    batch = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"])
    messages = batch.get("Messages", [])
    if messages:
        failed = invoke(lambdas, {"Records": [record(message) for message in messages]})
        for message in messages:
            if message["MessageId"] not in failed:
                queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def record(message):
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def invoke(lambdas, event):
    """The message ids that the reactor reports as failed; all of them if it does not answer."""
    request = urllib.request.Request(
        f"{lambdas}/2015-03-31/functions/reactor/invocations", json.dumps(event).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=LONGEST_BUILD_SECONDS) as answer:
            failures = json.load(answer)["batchItemFailures"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return {record["messageId"] for record in event["Records"]}
    return {failure["itemIdentifier"] for failure in failures}
