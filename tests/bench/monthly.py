"""What alga-webhooks costs a month on AWS: `make cost` prints it, and `--write` puts it into COST.md and the README.

What an invocation asks for was measured: invocations.json, which `make bench` writes. What a stack consists of is read from
template.yaml.
"""

import argparse
import json
import logging
import math
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "infra" / "local"))

import cost
import prepare
import scans
from cost import COLD_START_MS, GB, HOURS, WARM_SECONDS
from places import ROOT, TEMPLATE, Trouble
from prices import FREE, PRICES

MEASURED = HERE / "invocations.json"
COST = HERE / "COST.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- cost -->\n", "<!-- /cost -->\n"
MONTHS = (0, 1_000, 10_000, 1_000_000)
# As most will use it.
USUAL = "ReactionUrl=https://host.example/"

# In what rows the prices are shown.
ROWS = {
    "alarms": ["CloudWatch alarm on one metric"],
    "dashboard": ["CloudWatch dashboard"],
    "metrics": ["CloudWatch metric"],
    "secrets": ["Secrets Manager secret", "Secrets Manager call"],
    "SQS": ["SQS FIFO request of 64 kB"],
    "S3": [*cost.OBJECTS.values(), "S3 GB"],
    "DynamoDB": ["DynamoDB write unit, on demand", "DynamoDB read unit, on demand", "DynamoDB GB", "DynamoDB GB of point-in-time recovery"],
    "logs": ["CloudWatch Logs, GB taken in", "CloudWatch Logs, GB kept"],
    "Lambda": ["Lambda request", "Lambda GB-second, arm64"],
    "else": ["KMS call", "EventBridge Scheduler call", "EventBridge event of 64 kB", "GB sent to the internet"],
}

# How many requests for messages Lambda has open at an idle queue, and for how long each waits; COST.md says why.
POLLERS, POLL_SECONDS = 5, 20
# The metrics of an event in its usual course, of a repeated delivery, and of a sweep: names in the functions' report.rs.
EVENT_METRICS = ("Accepted", "Deliveries", "BodySize", "ReceiveTime", "ReactionsInOrder", "LateShare", "Lag", "ReactorTime", "ColdStarts")
REPEATED_METRICS = ("Duplicates",)
SWEEP_METRICS = ("ReactorTime", "ColdStarts")

# Guesses, rather too high than too low.
REACTION_MS = 200  # until your endpoint answers
ITEM_OVERHEAD = 100  # bytes that DynamoDB adds to each item
WATERMARK = 400  # bytes; one for each event, as if each were about a ticket of its own
SIZE_BYTES = dict(zip(cost.SIZES, (300, 2_000, 50_000, 600_000)))
ANSWER = 500  # bytes, with its headers
HEADERS = 1000  # bytes of a request to your endpoint

# What of the template costs nothing by itself, or is counted by its use.
BY_USE = {
    "AWS::IAM::Role", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::Events::EventBus", "AWS::Logs::LogGroup",
    "AWS::Serverless::Function", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
}


def main():
    arguments = parse()
    return prepare.inside(lambda: run(arguments))


def parse():
    parser = argparse.ArgumentParser(prog="make cost", description="What alga-webhooks costs a month, in USD in us-east-1.")
    parser.add_argument("--events", type=int, action="append", metavar="N", help="events a month; may be repeated")
    parser.add_argument("--size", default="2 kB", choices=cost.SIZES, help="of an event's body")
    parser.add_argument("--duplicates", type=int, choices=range(100), default=10, metavar="PERCENT", help="deliveries that are repetitions")
    parser.add_argument("--params", default="", metavar="'K=V …'", help=f"template parameters, after {USUAL}")
    parser.add_argument("--no-alarms", action="store_true", help="as if the alarms were taken out of the template")
    parser.add_argument("--write", action="store_true", help="put the usual table into COST.md, and into the README between its marks")
    parser.add_argument("--check", action="store_true", help="say whether both are as they would be written")
    return parser.parse_args()


def run(arguments):
    if arguments.check:
        return check()
    if arguments.write:
        return write()
    stack = Stack.of(arguments.params, arguments.no_alarms)
    print(table(arguments.events or MONTHS, stack, arguments.size, arguments.duplicates))


def check():
    stale = [path.name for path, text in documents() if not path.exists() or path.read_text() != text]
    if stale:
        raise Trouble(f"{' and '.join(stale)} should say what `make cost` prints: run `make cost ARGS=--write`.")


def write():
    for path, text in documents():
        path.write_text(text)
        print(f"Written: {path.relative_to(ROOT)}")


def documents():
    """The files that show the table, each with its whole text. The README shows the sums, if it has marks for them."""
    usual = table(MONTHS, Stack.of(""), "2 kB", 10)
    text = README.read_text()
    if BEGIN in text and END in text:
        before, rest = text.split(BEGIN, 1)
        lines = usual.split("\n")
        short = "\n".join(lines[:2] + lines[-2:])
        yield README, before + BEGIN + short + "\n" + END + rest.split(END, 1)[1]
    yield COST, explained(usual)


class Stack:
    """What a stack consists of, as the template makes it."""

    @classmethod
    def of(cls, parameters, no_alarms=False):
        import stack

        logging.disable()  # ministack warns of packages that nothing here needs
        from ministack.services.cloudformation import engine  # its inner functions: the version is pinned

        template = engine._parse_template(TEMPLATE.read_text())
        given = {**stack.parsed(USUAL), **stack.parsed(parameters), "Architecture": "arm64"}
        values = engine._resolve_parameters(template, [{"Key": name, "Value": value} for name, value in given.items()])
        conditions = engine._evaluate_conditions(template, values)
        there = lambda resource: conditions.get(resource.get("Condition"), True)
        resources = [resource for resource in template["Resources"].values() if there(resource)]
        return cls(resources, conditions, {name: held["Value"] for name, held in values.items()}, no_alarms)

    def __init__(self, resources, conditions, values, no_alarms):
        of_type = lambda name: [held["Properties"] for held in resources if held["Type"] == name]
        alarms = [] if no_alarms else of_type("AWS::CloudWatch::Alarm")
        # One that computes is charged for each metric that it computes with.
        self.alarms = sum(max(1, len([one for one in alarm.get("Metrics", []) if "MetricStat" in one])) for alarm in alarms)
        self.dashboards = len(of_type("AWS::CloudWatch::Dashboard"))
        self.secrets = len(of_type("AWS::SecretsManager::Secret"))
        self.minutes = float(values["ReconcileMinutes"]) if conditions["Reconciles"] else 0
        # No other function names a memory of its own.
        self.reconciler_mb = max(held.get("MemorySize", 0) for held in of_type("AWS::Serverless::Function"))
        self.posts, self.publishes, self.sends = (conditions[name] for name in ("HasReactionUrl", "Publishes", "Sends"))
        days = ("RetentionDays", "LargeBodyDays", "LogRetentionDays")
        self.keeps_days, self.bodies_days, self.logs_days = (float(values[name]) for name in days)
        known = BY_USE | {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SecretsManager::Secret"}
        if strange := {held["Type"] for held in resources} - known:
            raise Trouble(f"{Path(__file__).name} does not know what {', '.join(sorted(strange))} costs: tell it.")


def used(stack, events, size, duplicates):
    """How much of what a month takes, by the names in PRICES."""
    beside = scans.used(stack.minutes, stack.reconciler_mb, events)
    return {name: amount + beside.get(name, 0) for name, amount in path(stack, events, size, duplicates).items()}


def path(stack, events, size, duplicates):
    """How much the events and a stack at rest take."""
    repeated = events * duplicates / (100 - duplicates)
    # How often each function starts cold, or reads again what it keeps for that long.
    receivers, reactors = (min(times, HOURS * 3600 / WARM_SECONDS) for times in (events + repeated, events + HOURS))
    # The receiver reads two versions of its secret.
    others = stack.secrets - 1 - bool(stack.minutes)  # one is the reconciler's
    reads = 2 * receivers + (reactors * others if events else 0)
    return {
        **asked_for(stack, runs(events, repeated, size), receivers + reactors, events, size),
        **stored(stack, events, size),
        "CloudWatch metric": metrics(events, repeated),
        "CloudWatch alarm on one metric": stack.alarms,
        "CloudWatch dashboard": stack.dashboards,
        "Secrets Manager secret": stack.secrets,
        "Secrets Manager call": reads,
        "KMS call": receivers + reactors + reads,
        "EventBridge Scheduler call": HOURS,
        "EventBridge event of 64 kB": chunks(size) * events * stack.publishes,
        "GB sent to the internet": sent(stack, events, size) + (events + repeated) * ANSWER / GB,
    }


def runs(events, repeated, size):
    """What each kind of invocation takes, and how often there is one."""
    measured = json.loads(MEASURED.read_text())
    new, again, batch = (measured[f"{word} {size}"] for word in ("new", "duplicate", "1 event"))
    # A sweep asks for less than a batch of one event: one scan of an index that is usually empty.
    calls = {name: times for name, times in batch["calls"].items() if name not in cost.OBJECTS}
    sweep = {**batch, "calls": calls, "write_units": 0, "queue_requests": 0}
    return [(new, events), (again, repeated), (batch, events), (sweep, HOURS)]


def asked_for(stack, runs, cold, events, size):
    """By invocations: each cold start makes one call of DynamoDB and one of SQS to open its connections."""
    total = lambda name: sum(took[name] * times for took, times in runs)
    called = lambda name: sum(took["calls"].get(name, 0) * times for took, times in runs)
    requests = sum(times for _, times in runs)
    reacted_ms = REACTION_MS * events if stack.posts else 0
    ran_ms = sum(cost.billed_ms(took) * times for took, times in runs) + COLD_START_MS * cold + reacted_ms
    logged = total("logged") / GB
    return {
        "Lambda request": requests,
        "Lambda GB-second, arm64": ran_ms / 1000 * cost.MEMORY_MB / 1024,
        "DynamoDB write unit, on demand": total("write_units"),
        "DynamoDB read unit, on demand": total("read_units") + cold,
        # Lambda receives and deletes each message.
        "SQS FIFO request of 64 kB": polls() + total("queue_requests") + 2 * events + cold + chunks(size) * events * stack.sends,
        **{price: called(name) for name, price in cost.OBJECTS.items()},
        "CloudWatch Logs, GB taken in": logged,
        "CloudWatch Logs, GB kept": logged * stack.logs_days * 24 / HOURS,
    }


def stored(stack, events, size):
    """In table and bucket, once as many events come as go. An event's write units are its size in kB, twice: the index holds
    it too, while it waits. A large body is taken not to shrink."""
    new = json.loads(MEASURED.read_text())[f"new {size}"]
    each = 1000 * new["write_units"] / 2 + WATERMARK + 2 * ITEM_OVERHEAD
    kept = events * stack.keeps_days * 24 / HOURS * each / GB
    objects = events * stack.bodies_days * 24 / HOURS * new["calls"].get("PutObject", 0)
    return {"DynamoDB GB": kept, "DynamoDB GB of point-in-time recovery": kept, "S3 GB": objects * SIZE_BYTES[size] / GB}


def chunks(size):
    """Of 64 kB, by which a bus and a queue charge."""
    return math.ceil(SIZE_BYTES[size] / 64_000)


def sent(stack, events, size):
    return events * (SIZE_BYTES[size] + HEADERS) / GB if stack.posts else 0


def polls():
    return HOURS * 3600 / POLL_SECONDS * POLLERS


def metrics(events, repeated):
    """Metrics of a whole month, when what happens is spread over its hours: the dearest case."""
    known = emitted()
    if strange := {*EVENT_METRICS, *REPEATED_METRICS, *SWEEP_METRICS} - known:
        raise Trouble(f"No function's report.rs names {', '.join(sorted(strange))} any more.")
    spread = lambda times: min(1, times / HOURS)
    parts = {name: spread(events) for name in EVENT_METRICS} | {name: 1 for name in SWEEP_METRICS}
    return sum(parts.values()) + len(REPEATED_METRICS) * spread(repeated)


def emitted():
    """The names of all metrics that the functions write."""
    reports = [(ROOT / "functions" / name / "src" / "report.rs").read_text() for name in ("receiver", "reactor", "reconciler")]
    return set(re.findall(r'"([A-Z][A-Za-z]+)"', "".join(reports))) - {"Stack"}


def dollars(amounts, with_free):
    """By row."""
    def of(name):
        free, _ = FREE.get(name, (0, "")) if with_free else (0, "")
        return PRICES[name][0] * max(0, amounts[name] - free)

    return {row: sum(map(of, names)) for row, names in ROWS.items()}


def table(months, stack, size, duplicates):
    amounts = [used(stack, events, size, duplicates) for events in months]
    columns = [dollars(amount, False) for amount in amounts]
    free = [dollars(amount, True) for amount in amounts]
    idle = polls() * PRICES["SQS FIFO request of 64 kB"][0]
    shown = {"alarms": f"alarms ({stack.alarms})", "secrets": f"secrets ({stack.secrets})", "SQS": f"SQS, {idle:.2f} of it idle polls"}
    lines = [["USD a month"] + [f"{events:,} events" if events else "at rest" for events in months], ["---"] + ["---:"] * len(months)]
    paid = [row for row in ROWS if any(column[row] for column in columns)]
    lines += [[shown.get(row, row)] + [f"{column[row]:.2f}" for column in columns] for row in paid]
    lines += [["**all**"] + [f"**{sum(column.values()):.2f}**" for column in columns]]
    lines += [["all, less what AWS gives free"] + [f"{sum(column.values()):.2f}" for column in free]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def explained(usual):
    import words

    stack = Stack.of("")
    measured = json.loads(MEASURED.read_text())
    new, again, batch = (measured[f"{word} 2 kB"] for word in ("new", "duplicate", "1 event"))
    hidden = "ChangeMessageVisibilityBatch" in batch["calls"]
    rest = used(stack, 0, "2 kB", 10)
    rows = dollars(rest, with_free=False)
    facts = {
        "polls": f"{polls():,.0f}",
        "writes": f"{new['write_units'] + batch['write_units']:.0f}",
        "reads": f"{new['read_units'] + batch['read_units']:.0f}",
        "again": f"{again['write_units']:.0f}",
        # Lambda receives and deletes it.
        "requests": f"{new['queue_requests'] + batch['queue_requests'] + 2:.0f}",
        "doorbell": "sent, received, hidden and deleted" if hidden else "sent, received and deleted",
        "rest": f"{sum(rows.values()):.2f}",
        "alarms": stack.alarms,
        "metrics": len(emitted()),
        **scans.facts(lambda parameters: dollars(used(Stack.of(parameters), 1_000, "2 kB", 10), with_free=False)),
        "rest_metrics": f"{rest['CloudWatch metric']:.0f}",
        "event_metrics": len({*EVENT_METRICS, *REPEATED_METRICS}),
        "hour": f"{PRICES['CloudWatch metric'][0] / HOURS:.4f}",
        **{f"{row}_dollars": f"{found:.2f}" for row, found in rows.items()},
    }
    return words.MONTHLY.strip().format(table=usual, prices=price_list(), **facts) + "\n"


def price_list():
    lines = [["price", "USD", "free each month", "read in"], ["---", "---:", "---:", "---"]]
    lines += [[name, shown, FREE.get(name, (0, "–"))[1], source] for name, (_, shown, source) in PRICES.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
