"""A webhook receiver as one writes it with Powertools for AWS Lambda: verify, once, pass the event on."""

import hashlib
import hmac
import json
import os
import re
import time

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent, event_source
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parameters import get_secret

FIVE_MINUTES = 300
RETENTION = int(os.environ["RETENTION_DAYS"]) * 24 * 3600
SIGNATURE = re.compile(r"t=(\d+),v1=([0-9a-f]{64})")

logger = Logger(service="receiver")
queue = boto3.client("sqs")
once = DynamoDBPersistenceLayer(table_name=os.environ["INBOX_TABLE"])
config = IdempotencyConfig(event_key_jmespath="[event_id, event_type]", expires_after_seconds=RETENTION)


@event_source(data_class=LambdaFunctionUrlEvent)
def handler(request, context):
    config.register_lambda_context(context)
    body = request.decoded_body
    if not is_authentic(request.headers.get("x-alga-signature", ""), body):
        logger.info("rejected")
        return answer(401, {"error": "unauthorized"})
    event = json.loads(body)
    receipt = pass_on(event={"event_id": event["event_id"], "event_type": event["event_type"]}, parsed=event, body=body)
    logger.info("received", extra={"event_id": event["event_id"], "event_type": event["event_type"]})
    return answer(200, receipt)


def is_authentic(header, body):
    signature = SIGNATURE.fullmatch(header)
    if not signature or abs(time.time() - int(signature[1])) > FIVE_MINUTES:
        return False
    secret = get_secret(os.environ["SECRET_ID"], max_age=300)
    expected = hmac.new(secret.encode(), f"{signature[1]}.{body}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature[2])


@idempotent_function(data_keyword_argument="event", persistence_store=once, config=config)
def pass_on(event, parsed, body):
    queue.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=body,
        MessageGroupId=parsed["data"]["ticket_id"],
        MessageDeduplicationId=f"{event['event_id']}_{event['event_type']}",
    )
    return {"status": "accepted", "event_id": event["event_id"]}


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
