"""A consumer of a FIFO queue as one writes it with Powertools for AWS Lambda: partial batches, each event once."""

import json
import os

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

RETENTION = int(os.environ["RETENTION_DAYS"]) * 24 * 3600

logger = Logger(service="reactor")
once = DynamoDBPersistenceLayer(table_name=os.environ["INBOX_TABLE"])
config = IdempotencyConfig(event_key_jmespath="[event_id, event_type]", expires_after_seconds=RETENTION)
processor = SqsFifoPartialProcessor()


def handler(batch, context):
    config.register_lambda_context(context)
    return process_partial_response(event=batch, record_handler=take, processor=processor, context=context)


def take(record):
    react(event=json.loads(record["body"]))


@idempotent_function(data_keyword_argument="event", persistence_store=once, config=config)
def react(event):
    logger.info(
        "reacted",
        extra={
            "event_id": event["event_id"],
            "event_type": event["event_type"],
            "occurred_at": event["occurred_at"],
            "ticket_id": event["data"]["ticket_id"],
        },
    )
