// A consumer of a FIFO queue as one writes it for Node.js: each event once, and nothing of a batch after a failure.
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler(batch) {
  const failed = [];
  for (const record of batch.Records) {
    if (failed.length > 0) {
      failed.push(record.messageId); // what comes after a failure must wait for it
      continue;
    }
    try {
      await take(JSON.parse(record.body));
    } catch (error) {
      console.error(JSON.stringify({ level: "error", message: "could not react", error: String(error) }));
      failed.push(record.messageId);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function take(event) {
  if (await claim(event)) {
    react(event);
  }
}

async function claim(event) {
  try {
    await table.send(
      new UpdateCommand({
        TableName: process.env.INBOX_TABLE,
        Key: { id: `${event.event_id}/${event.event_type}` },
        UpdateExpression: "SET processed_at = :now",
        ConditionExpression: "attribute_not_exists(processed_at)",
        ExpressionAttributeValues: { ":now": Date.now() },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}

function react(event) {
  const { event_id: eventId, event_type: eventType, occurred_at: occurredAt, data } = event;
  console.log(JSON.stringify({ level: "info", message: "reacted", eventId, eventType, occurredAt, ticketId: data.ticket_id }));
}
