//! The `sqs` reaction: the envelope as a message of a FIFO queue of the user's choice, in a group for each stream.

mod arn;
mod message;

use anyhow::Context;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use shared::aws::SdkConfig;
use shared::bucket::Bucket;
use shared::queue::hashed;

pub use self::arn::QueueArn;
use self::message::Message;
use super::attempt::Attempt;
use super::refusal::{code, is_413};
use crate::failure::Failure;

/// What SQS takes as a message, in bytes. A queue may be set to take less.
const LARGEST: usize = 1024 * 1024;

pub struct Sqs {
    client: Client,
    url: String,
    large: Option<Objects>,
}

/// Where the bodies go that are too large for a message.
struct Objects {
    name: String,
    bucket: Bucket,
}

/// Why the queue did not take a message.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// It would take a smaller one.
    TooLarge(String),
    Other(Failure),
}

impl Sqs {
    pub fn new(config: &SdkConfig, queue: &QueueArn, large_into: Option<String>) -> Self {
        let large = large_into.map(|name| Objects {
            bucket: Bucket::new(config, &name),
            name,
        });
        let there = config.to_builder().region(queue.region()).build();
        Self {
            client: Client::new(&there),
            url: queue.to_string(),
            large,
        }
    }

    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        let sent = self.send(Message::of(attempt)?).await;
        match (sent, &self.large) {
            (Err(Refusal::TooLarge(_)), Some(objects)) => {
                let object = objects.keep(attempt).await?;
                let message = Message::of(attempt)?.naming(&objects.name, &object);
                Ok(self.send(message).await?)
            }
            (sent, _) => Ok(sent?),
        }
    }

    /// The SDK may send it again: SQS knows it by its deduplication id.
    async fn send(&self, message: Message) -> Result<(), Refusal> {
        let size = message.size();
        if size > LARGEST {
            let why = format!("the event takes {size} bytes, and SQS takes {LARGEST} at most");
            return Err(Refusal::TooLarge(why));
        }
        let send = self.client.send_message().queue_url(&self.url);
        let send = send
            .message_group_id(&message.group)
            .message_deduplication_id(&message.deduplication_id)
            .message_body(&message.body)
            .set_message_attributes(Some(message.attributes()));
        send.send().await.map_err(|error| refused(&error))?;
        Ok(())
    }
}

impl Objects {
    /// Stores the body as it came, and gives the name of the object. The name is its hash, so that an attempt more changes
    /// nothing.
    async fn keep(&self, attempt: &Attempt<'_>) -> Result<String, Failure> {
        let body = &attempt.event.body;
        let object = format!("events/{}", hashed(body));
        let kept = self.bucket.put(&object, body.clone()).await;
        kept.context("the event could not be stored for the queue")?;
        Ok(object)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge(why) => Self::last(why),
            Refusal::Other(failure) => failure,
        }
    }
}

/// A missing permission or queue may still be fixed. Of the message's own faults SQS has an error code for one only; that it is
/// too large is one of the things that `InvalidParameterValue` says.
fn refused<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Refusal {
    let code = code(error);
    let says_shorter = error.message().is_some_and(|why| why.contains("shorter"));
    if is_413(error) || (code == "InvalidParameterValue" && says_shorter) {
        return Refusal::TooLarge("the event is too large for the queue".into());
    }
    let why = format!("the queue did not take the event: {code}");
    Refusal::Other(match code {
        "InvalidMessageContents" => Failure::last(why),
        _ => Failure::again(why),
    })
}

#[cfg(test)]
mod tests {
    use super::super::refusal::answered;
    use super::*;

    #[test]
    fn what_the_message_is_to_blame_for_is_final_and_all_else_may_be_fixed() {
        let quoting = "Value 'a customer' is invalid";
        let long = "One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes.";
        for (status, code, message, last) in [
            (400, "InvalidParameterValue", long, true),
            (413, "RequestEntityTooLarge", quoting, true),
            (400, "InvalidMessageContents", quoting, true),
            (400, "InvalidParameterValue", quoting, false),
            (403, "AccessDenied", "a shorter session is wanted", false),
            (
                400,
                "AWS.SimpleQueueService.NonExistentQueue",
                quoting,
                false,
            ),
            (403, "AccessDenied", quoting, false),
            (400, "KMS.AccessDeniedException", quoting, false),
            (400, "RequestThrottled", quoting, false),
            (503, "ServiceUnavailable", quoting, false),
        ] {
            let failure = Failure::from(refused(&answered(status, code, message)));
            let is_last = matches!(failure, Failure::Final { .. });
            assert_eq!(is_last, last, "{failure:?}");
            let is_told = failure.why().contains(code) || failure.why().contains("too large");
            assert!(
                is_told && !failure.why().contains("customer"),
                "{failure:?}"
            );
        }
    }
}
