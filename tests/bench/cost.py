"""What a million events cost: counted calls, units and bytes, at list prices."""

import math
from statistics import median

SIZES = ("0.3 kB", "2 kB", "50 kB", "600 kB")
DUPLICATES = (0, 10, 50)

# US dollars in us-east-1, without free tiers, and where each was read.
PRICES = {
    "Lambda request": (0.20e-6, "0.20 a million", "articles and copies of AWS's page"),
    "Lambda GB-second, arm64": (0.0000133334, "0.0000133334", "the same, first tier"),
    "DynamoDB write unit, on demand": (0.625e-6, "0.625 a million", "several articles on the change of November 2024"),
    "DynamoDB read unit, on demand": (0.125e-6, "0.125 a million", "the same articles"),
    "SQS FIFO request of 64 kB": (0.50e-6, "0.50 a million", "several articles of 2026"),
    "CloudWatch Logs, GB taken in": (0.50e-9, "0.50", "several articles of 2025 and 2026, first tier"),
}
PARTS = ("Lambda requests", "Lambda time", "DynamoDB", "SQS", "logs")

MEMORY_MB = 256
MB_OF_A_CORE = 1769  # with which Lambda gives a whole one
# Guesses at what a call takes within a region; the CPU time is measured, these are not.
WAITS_MS = {"DynamoDB": 5, "SQS": 10}
# START, END and REPORT, as Lambda writes them for each invocation.
PLATFORM_LOG = 300
QUEUE_CALLS = ("SendMessage", "ChangeMessageVisibilityBatch", "DeleteMessage")


def invocation(rounds):
    """What one invocation of a scenario takes, from its rounds."""
    first = rounds[0]
    each = lambda held: held / first["invocations"]
    return {
        "cpu_us": median(one["cpu_us"] for one in rounds),
        "calls": {name: each(times) for name, times in first["calls"].items()},
        "write_units": each(first["write_units"]),
        "read_units": each(first["read_units"]),
        "queue_requests": each(first["queue_requests"]),
        "logged": each(first["logged"]),
    }


def of_invocation(took):
    """US dollars by part."""
    waits = sum(times * WAITS_MS["SQS" if name in QUEUE_CALLS else "DynamoDB"] for name, times in took["calls"].items())
    billed_ms = math.ceil(waits + took["cpu_us"] / 1000 * MB_OF_A_CORE / MEMORY_MB)
    price = {name: dollars for name, (dollars, _, _) in PRICES.items()}
    writes = took["write_units"] * price["DynamoDB write unit, on demand"]
    return {
        "Lambda requests": price["Lambda request"],
        "Lambda time": billed_ms / 1000 * MEMORY_MB / 1024 * price["Lambda GB-second, arm64"],
        "DynamoDB": writes + took["read_units"] * price["DynamoDB read unit, on demand"],
        "SQS": took["queue_requests"] * price["SQS FIFO request of 64 kB"],
        "logs": (took["logged"] + PLATFORM_LOG) * price["CloudWatch Logs, GB taken in"],
    }


def of_events(receiver, reactor, size, duplicates):
    """US dollars by part for a million events, when that many of a hundred deliveries are duplicates. Nothing if the
    contender cannot do it."""
    scenarios = [(receiver, f"new {size}"), (receiver, f"duplicate {size}"), (reactor, f"1 event {size}")]
    if any(name not in function["warm"] for function, name in scenarios):
        return None
    new, duplicate, batch = (invocation(function["warm"][name]) for function, name in scenarios)
    # Lambda's poller takes a message off the queue, and deletes it after the batch.
    polled = (new["queue_requests"] + 1) * PRICES["SQS FIFO request of 64 kB"][0]
    again = duplicates / (100 - duplicates)
    parts = {}
    for part in PARTS:
        dollars = of_invocation(new)[part] + again * of_invocation(duplicate)[part] + of_invocation(batch)[part]
        parts[part] = 1e6 * (dollars + (polled if part == "SQS" else 0))
    return parts
