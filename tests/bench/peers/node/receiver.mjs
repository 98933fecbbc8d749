// A webhook receiver as one writes it for Node.js: verify, keep the event's identity once, pass the event on.
import { createHmac, timingSafeEqual } from "node:crypto";
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const queue = new SQSClient({});
const FIVE_MINUTES = 300;
const RETENTION = Number(process.env.RETENTION_DAYS) * 24 * 3600;

const { SecretString: secret } = await new SecretsManagerClient({}).send(
  new GetSecretValueCommand({ SecretId: process.env.SECRET_ID }),
);

export async function handler(request) {
  const body = request.isBase64Encoded ? Buffer.from(request.body, "base64").toString() : request.body;
  if (!isAuthentic(request.headers["x-alga-signature"], body)) {
    log("rejected", {});
    return answer(401, { error: "unauthorized" });
  }
  const event = JSON.parse(body);
  const status = (await isNew(event)) ? "accepted" : "duplicate";
  if (status === "accepted") {
    await passOn(event, body);
  }
  log(status, { eventId: event.event_id, eventType: event.event_type, ticketId: event.data.ticket_id });
  return answer(200, { status, event_id: event.event_id });
}

function isAuthentic(header, body) {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
  if (!signature || Math.abs(Date.now() / 1000 - Number(time)) > FIVE_MINUTES) {
    return false;
  }
  const expected = createHmac("sha256", secret).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

async function isNew(event) {
  try {
    await table.send(
      new PutCommand({
        TableName: process.env.INBOX_TABLE,
        Item: {
          id: identity(event),
          received_at: Date.now(),
          expires_at: Math.floor(Date.now() / 1000) + RETENTION,
        },
        ConditionExpression: "attribute_not_exists(id)",
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

function passOn(event, body) {
  return queue.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageBody: body,
      MessageGroupId: event.data.ticket_id,
      MessageDeduplicationId: identity(event).replace("/", "_"),
    }),
  );
}

function identity(event) {
  return `${event.event_id}/${event.event_type}`;
}

function answer(statusCode, body) {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function log(message, fields) {
  console.log(JSON.stringify({ level: "info", message, ...fields }));
}
