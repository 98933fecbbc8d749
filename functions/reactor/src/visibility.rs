//! Until when other reactors do not see a doorbell: the lease on its stream, and the delay of its next try.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry as Entry;
use futures_util::future::join_all;
use shared::aws::SdkConfig;

use crate::batch::{Bell, Stream};
use crate::seconds;

/// How long a stream stays ours after the invocation must have ended.
const GRACE: Duration = Duration::from_secs(10);

/// The queue of doorbells, as seen by who hears them.
#[derive(Clone, Debug)]
pub struct Visibility {
    client: Client,
    queue_url: String,
}

impl Visibility {
    pub fn new(config: &SdkConfig, queue_url: String) -> Self {
        Self {
            client: Client::new(config),
            queue_url,
        }
    }

    /// Makes the lease end soon after this invocation at the latest, and finds the streams that are not ours any more
    /// because their receipts have expired: somebody else may be serving them. Returns ours, then those.
    pub async fn claim(&self, streams: Vec<Stream>, left: Duration) -> (Vec<Stream>, Vec<Stream>) {
        let bells: Vec<&Bell> = streams.iter().flat_map(|stream| &stream.bells).collect();
        let expired = self.hide(&bells, left + GRACE).await;
        streams.into_iter().partition(|stream| {
            !stream
                .bells
                .iter()
                .any(|bell| expired.contains(&bell.message_id))
        })
    }

    /// Hides doorbells for `delay` from now. Returns the message ids of those whose receipt has expired. If SQS cannot
    /// be asked they stay hidden for as long as they were: that delays, and loses nothing.
    pub async fn hide(&self, bells: &[&Bell], delay: Duration) -> Vec<String> {
        let mut expired = Vec::new();
        for bells in bells.chunks(10) {
            let entries = bells
                .iter()
                .enumerate()
                .map(|(n, bell)| entry(n, bell, delay))
                .collect();
            let change = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.queue_url);
            match change.set_entries(Some(entries)).send().await {
                Ok(changed) => {
                    let failed = changed
                        .failed()
                        .iter()
                        .filter_map(|failed| failed.id().parse::<usize>().ok());
                    expired.extend(
                        failed
                            .filter_map(|n| bells.get(n))
                            .map(|bell| bell.message_id.clone()),
                    );
                }
                Err(error) => {
                    let error = anyhow::Error::from(error.into_service_error());
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "could not change when doorbells come back"
                    );
                }
            }
        }
        expired
    }

    /// Deletes doorbells that are done with, without waiting for Lambda to do it after the invocation. If SQS cannot be
    /// asked, Lambda still does.
    pub async fn delete(&self, bells: &[Bell]) {
        let deletions = bells.iter().map(|bell| {
            let delete = self.client.delete_message().queue_url(&self.queue_url);
            delete.receipt_handle(&bell.receipt_handle).send()
        });
        join_all(deletions).await;
    }
}

fn entry(n: usize, bell: &Bell, delay: Duration) -> Entry {
    Entry::builder()
        .id(n.to_string())
        .receipt_handle(&bell.receipt_handle)
        .visibility_timeout(seconds(delay))
        .build()
        .expect("id and receipt handle are set")
}
