"""Follows what the functions log."""

import json
import sys
import time
from datetime import datetime

from stack import client

POLL_SECONDS = 0.5
OVERLAP_SECONDS = 5  # how far each look goes back before the last one, for lines that came late
DULL = ("_aws", "Stack", "timestamp")
COLOURS = {"receiver": 36, "reactor": 35, "reconciler": 33}
# The local AWS writes these lines whatever the template says of logging.
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


def follow(aws, groups, metrics):
    """Prints the lines of some log groups, `{name: group}`, and hands them to the metrics, until we are interrupted."""
    logs = client(aws.variables["AWS_ENDPOINT_URL"], "logs")
    shown = {group: set() for group in groups.values()}
    looked_at = time.time()
    while True:
        aws.check()
        since, looked_at = looked_at - OVERLAP_SECONDS, time.time()
        for name, group in groups.items():
            events = logs.filter_log_events(logGroupName=group, startTime=int(since * 1000))["events"]
            for event in events:
                if identity(event) not in shown[group]:
                    show(name, event)
                    metrics.line(event)
            shown[group] = set(map(identity, events))
        metrics.measure()
        time.sleep(POLL_SECONDS)


def identity(event):
    return event["logStreamName"], event["timestamp"], event["message"]


def show(name, event):
    message = event["message"].strip()
    if not message or message.startswith(PLATFORM):
        return
    at = datetime.fromtimestamp(event["timestamp"] / 1000).strftime("%H:%M:%S.%f")[:-3]
    print(paint(2, at), paint(COLOURS[name], f"{name:10}"), pretty(message), flush=True)


def pretty(message):
    """One JSON object as `name=value` words; anything else as it is."""
    try:
        fields = json.loads(message).items()
    except (ValueError, AttributeError):
        return message
    return " ".join(f"{paint(2, name + '=')}{plain(value)}" for name, value in fields if name not in DULL)


def plain(value):
    if isinstance(value, float):
        value = round(value, 3)
    return value if isinstance(value, str) else json.dumps(value)


def paint(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text
