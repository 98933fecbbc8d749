"""What a million events cost: counted calls, units and bytes, at list prices."""

import math
from statistics import median

SIZES = ("0.3 kB", "2 kB", "50 kB", "600 kB")
DUPLICATES = (0, 10, 50)
# In one batch, of ten tickets; ten messages of such events fit into one request of 64 kB.
BATCHED = {"2 kB": "10 events of 10 tickets"}

S3 = "[an article](https://devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples), class Standard"
# US dollars in us-east-1, without free tiers, and where each was read.
PRICES = {
    "Lambda request": (0.20e-6, "0.20 a million", "[a guide](https://unanswered.io/guide/aws-lambda-pricing-after-free-tier)"),
    "Lambda GB-second, arm64": (0.0000133334, "0.0000133334", "[a guide](https://cloudchipr.com/blog/aws-lambda-pricing), first tier"),
    "DynamoDB write unit, on demand": (0.625e-6, "0.625 a million", "[a guide](https://airbyte.com/data-engineering-resources/dynamodb-pricing), and articles on the change of November 2024"),
    "DynamoDB read unit, on demand": (0.125e-6, "0.125 a million", "the same"),
    "SQS FIFO request of 64 kB": (0.50e-6, "0.50 a million", "[a guide of March 2026](https://cloudburn.io/blog/amazon-sqs-pricing)"),
    "S3 request that puts": (5.00e-6, "5.00 a million", S3),
    "S3 request that gets": (0.40e-6, "0.40 a million", S3),
    "CloudWatch Logs, GB taken in": (0.50, "0.50", "[a guide of June 2026](https://c3x.dev/blog/cloudwatch-logs-cost-optimization)"),
}
PARTS = ("Lambda requests", "Lambda time", "DynamoDB", "SQS", "S3", "logs")

HOURS = 730.5  # in a month
GB = 1e9
# Guesses, rather too high than too low.
COLD_START_MS = 200  # billed with the first invocation
WARM_SECONDS = 300  # after which an idle function starts cold again

MEMORY_MB = 256
MB_OF_A_CORE = 1769  # with which Lambda gives a whole one
# Guesses at what a call takes within a region; the CPU time is measured, these are not.
WAITS_MS = {"DynamoDB": 5, "SQS": 10, "S3": 100}
SERVICES = {
    **dict.fromkeys(("SendMessage", "ChangeMessageVisibilityBatch", "DeleteMessage"), "SQS"),
    **dict.fromkeys(("PutObject", "GetObject"), "S3"),
}
# What S3 charges for, by call.
OBJECTS = {"PutObject": "S3 request that puts", "GetObject": "S3 request that gets"}


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


def took(function, scenario):
    """The same of a scenario, with the share of its calls that it waits for in a row, if that was measured."""
    found, delayed = invocation(function["warm"][scenario]), function["warm"].get(f"{scenario}, delayed")
    if delayed:
        calls = sum(delayed[0]["calls"].values()) / delayed[0]["invocations"]
        found["in_a_row"] = min(1, median(one["trips"] for one in delayed) / max(1, calls))
    return found


def invocations(measured, name):
    """What invocations of a contender take, by scenario."""
    warm = {**measured["receivers"][name]["warm"], **measured["reactors"][name]["warm"]}
    wanted = [f"{word} {size}" for word in ("new", "duplicate", "1 event") for size in SIZES]
    took = {scenario: invocation(warm[scenario]) for scenario in wanted}
    return {name: {**each, "cpu_us": round(each["cpu_us"]), "logged": round(each["logged"])} for name, each in took.items()}


def billed_ms(took):
    """How long Lambda says that an invocation ran."""
    waits = sum(times * WAITS_MS[SERVICES.get(name, "DynamoDB")] for name, times in took["calls"].items())
    return math.ceil(waits * took.get("in_a_row", 1) + took["cpu_us"] / 1000 * MB_OF_A_CORE / MEMORY_MB)


def of_invocation(took):
    """US dollars by part."""
    price = {name: dollars for name, (dollars, _, _) in PRICES.items()}
    writes = took["write_units"] * price["DynamoDB write unit, on demand"]
    return {
        "Lambda requests": price["Lambda request"],
        "Lambda time": billed_ms(took) / 1000 * MEMORY_MB / 1024 * price["Lambda GB-second, arm64"],
        "DynamoDB": writes + took["read_units"] * price["DynamoDB read unit, on demand"],
        "SQS": took["queue_requests"] * price["SQS FIFO request of 64 kB"],
        "S3": sum(times * price[OBJECTS[name]] for name, times in took["calls"].items() if name in OBJECTS),
        "logs": took["logged"] / 1e9 * price["CloudWatch Logs, GB taken in"],
    }


def of_events(receiver, reactor, size, duplicates, batched=False):
    """US dollars by part for a million events, when that many of a hundred deliveries are duplicates, and each event comes in
    a batch of its own or ten come in one. Nothing if the contender cannot do it."""
    together, reacts = (10, BATCHED[size]) if batched else (1, f"1 event {size}")
    scenarios = [(receiver, f"new {size}"), (receiver, f"duplicate {size}"), (reactor, reacts)]
    if any(name not in function["warm"] for function, name in scenarios):
        return None
    new, duplicate, batch = (took(function, name) for function, name in scenarios)
    # Lambda's poller takes the messages off the queue, and deletes them after the batch.
    received = 1 if batched else new["queue_requests"]
    polled = (received + 1) * PRICES["SQS FIFO request of 64 kB"][0]
    again = duplicates / (100 - duplicates)
    parts = {}
    for part in PARTS:
        reacted = of_invocation(batch)[part] + (polled if part == "SQS" else 0)
        dollars = of_invocation(new)[part] + again * of_invocation(duplicate)[part] + reacted / together
        parts[part] = 1e6 * dollars
    return parts
