//! The lease on a stream: until when other reactors do not see its doorbells.

use std::time::Duration;

use shared::queue::Queue;

use crate::batch::Stream;

/// How long a stream stays ours after the invocation must have ended.
const GRACE: Duration = Duration::from_secs(10);

/// The streams of a batch after their lease was asked for.
pub struct Claimed {
    pub ours: Vec<Stream>,
    /// Not ours any more, because their receipts have expired: somebody else may be serving them.
    pub lost: Vec<Stream>,
    /// What SQS could not be asked for. Those streams are ours for as long as they were.
    pub errors: Vec<anyhow::Error>,
}

/// Makes the lease end soon after this invocation at the latest, which has that much time left.
pub async fn claim(queue: &Queue, streams: Vec<Stream>, left: Duration) -> Claimed {
    let receipts: Vec<&str> = streams.iter().flat_map(Stream::receipts).collect();
    let hidden = queue.hide(&receipts, left + GRACE).await;
    let is_lost = |stream: &Stream| {
        let mut receipts = stream.receipts();
        receipts.any(|receipt| hidden.expired.iter().any(|expired| expired == receipt))
    };
    let (lost, ours) = streams.into_iter().partition(is_lost);
    let errors = hidden.errors;
    Claimed { ours, lost, errors }
}
