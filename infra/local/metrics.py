"""Feeds the local CloudWatch with the metrics that AWS itself would take from logs, queues and the function URL.

The local CloudWatch judges alarms only when a metric is put. It takes an alarm's window as a whole, whatever the dimensions,
and does not know about missing data. Hence the zeros: without them no alarm would end.
"""

import json
import time
from datetime import datetime, timezone

from stack import client

MEASURE_EVERY_SECONDS = 5
AT_ONCE = 1000  # PutMetricData takes no more
REFUSALS = ("rejected", "not found")  # outcomes that the receiver answers with 4xx


class Metrics:
    """The metrics of one stack, which is given by the variables of its deployment."""

    def __init__(self, variables):
        endpoint = variables["AWS_ENDPOINT_URL"]
        self.cloudwatch = client(endpoint, "cloudwatch")
        self.queues = client(endpoint, "sqs")
        self.variables = variables
        self.zeros = list(zeros(self.cloudwatch, variables["STACK_NAME"]))
        self.empty_at = time.time()
        self.next_at = 0

    def line(self, event):
        """Takes in a line of a function's log, as CloudWatch Logs does with the embedded metric format."""
        try:
            fields = json.loads(event["message"])
            at = fields["_aws"]["Timestamp"] / 1000
        except (ValueError, TypeError, KeyError):
            return  # an ordinary line
        for namespace, data in embedded(fields):
            self.put(namespace, data, at)
        if fields.get("outcome") in REFUSALS:
            dimensions = {"FunctionName": self.variables["RECEIVER_FUNCTION"]}
            self.put("AWS/Lambda", [datum("Url4xxCount", dimensions, 1)], at)

    def measure(self):
        """Looks at the queues from time to time."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + MEASURE_EVERY_SECONDS
        now = time.time()
        visible, _ = self.depth("DEAD_LETTER_QUEUE_URL")
        dead_letters = {"QueueName": name_of(self.variables["DEAD_LETTER_QUEUE_URL"])}
        self.put("AWS/SQS", [datum("ApproximateNumberOfMessagesVisible", dead_letters, visible)], now)
        # The queue does not say when the oldest message came, but that was after it was last seen empty.
        _, all_doorbells = self.depth("QUEUE_URL")
        if not all_doorbells:
            self.empty_at = now
        doorbells = {"QueueName": name_of(self.variables["QUEUE_URL"])}
        self.put("AWS/SQS", [datum("ApproximateAgeOfOldestMessage", doorbells, now - self.empty_at)], now)
        for namespace, zero in self.zeros:
            self.put(namespace, [zero], now)

    def depth(self, queue):
        """How many messages are visible, and how many there are."""
        url = self.variables[queue]
        attributes = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        visible = int(attributes["ApproximateNumberOfMessages"])
        others = ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
        return visible, visible + sum(int(attributes[name]) for name in others)

    def put(self, namespace, data, at):
        timestamp = datetime.fromtimestamp(at, timezone.utc)
        data = [{**item, "Timestamp": timestamp} for item in data]
        for first in range(0, len(data), AT_ONCE):
            self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[first : first + AT_ONCE])


def embedded(fields):
    """What a line in the embedded metric format measures: pairs of a namespace and its data."""
    for directive in fields["_aws"]["CloudWatchMetrics"]:
        data = [
            datum(metric["Name"], {name: fields[name] for name in names}, fields[metric["Name"]])
            for names in directive["Dimensions"]
            for metric in directive["Metrics"]
        ]
        yield directive["Namespace"], data


def datum(name, dimensions, value):
    written = {"MetricName": name, "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()]}
    if isinstance(value, dict):
        return {**written, **value}  # values and how often each was seen
    return {**written, "Values": value if isinstance(value, list) else [value]}


def zeros(cloudwatch, stack):
    """A zero for every alarm of the stack that takes missing data for good, and that a zero does not mislead."""
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=f"{stack}-")["MetricAlarms"]:
        measured = alarm["Namespace"] == "AWS/SQS"
        if alarm["TreatMissingData"] == "notBreaching" and alarm["Statistic"] == "Sum" and not measured:
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
            yield alarm["Namespace"], datum(alarm["MetricName"], dimensions, 0)


def name_of(queue_url):
    return queue_url.rsplit("/", 1)[1]
