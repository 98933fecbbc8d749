//! The least that a reactor can do: read each message's event and mark it as done, one after another.

mod config;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

struct Floor {
    table: aws_sdk_dynamodb::Client,
    table_name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let floor = Floor {
        table: aws_sdk_dynamodb::Client::new(&config::config()?),
        table_name: config::setting("INBOX_TABLE")?,
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| {
        floor.hear(event.payload)
    }))
    .await
}

impl Floor {
    async fn hear(&self, event: SqsEvent) -> Result<SqsBatchResponse, Error> {
        let mut response = SqsBatchResponse::default();
        for message in event.records {
            let id = message.message_id.clone().unwrap_or_default();
            // In a FIFO queue what comes after a failure must fail too.
            if !response.batch_item_failures.is_empty() || self.take(message).await.is_err() {
                response.add_failure(id);
            }
        }
        Ok(response)
    }

    async fn take(&self, message: SqsMessage) -> Result<(), Error> {
        let id = AttributeValue::S(message.body.unwrap_or_default());
        self.table
            .get_item()
            .table_name(&self.table_name)
            .key("id", id.clone())
            .consistent_read(true)
            .send()
            .await?;
        self.table
            .update_item()
            .table_name(&self.table_name)
            .key("id", id)
            .update_expression("SET done = :done")
            .expression_attribute_values(":done", AttributeValue::Bool(true))
            .send()
            .await?;
        Ok(())
    }
}
