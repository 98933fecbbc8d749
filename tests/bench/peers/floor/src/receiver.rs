//! The least that a receiver can do: keep the event once, and send a message. It proves nothing and reports nothing.

mod config;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Envelope {
    event_id: String,
    event_type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    ticket_id: String,
}

struct Floor {
    table: aws_sdk_dynamodb::Client,
    queue: aws_sdk_sqs::Client,
    table_name: String,
    queue_url: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = config::config()?;
    let floor = Floor {
        table: aws_sdk_dynamodb::Client::new(&config),
        queue: aws_sdk_sqs::Client::new(&config),
        table_name: config::setting("INBOX_TABLE")?,
        queue_url: config::setting("QUEUE_URL")?,
    };
    run(service_fn(|request| floor.receive(request))).await
}

impl Floor {
    async fn receive(&self, request: Request) -> Result<Response<Body>, Error> {
        let Body::Text(body) = request.into_body() else {
            return Err("the body is not text".into());
        };
        let event: Envelope = serde_json::from_str(&body)?;
        let id = format!("{}/{}", event.event_id, event.event_type);
        if self.keep(&id, body).await? {
            self.ring(id, event.data.ticket_id).await?;
        }
        Ok(Response::new(Body::Text(r#"{"status":"ok"}"#.into())))
    }

    async fn keep(&self, id: &str, body: String) -> Result<bool, Error> {
        let put = self.table.put_item().table_name(&self.table_name);
        let put = put
            .item("id", AttributeValue::S(id.to_owned()))
            .item("body", AttributeValue::S(body))
            .condition_expression("attribute_not_exists(id)")
            .send()
            .await;
        match put.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    async fn ring(&self, id: String, ticket: String) -> Result<(), Error> {
        self.queue
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(ticket)
            .message_deduplication_id(&id)
            .message_body(id)
            .send()
            .await?;
        Ok(())
    }
}
