//! The lease on a stream: while it lasts, SQS shows the stream's doorbells to no other reactor.

use std::time::Duration;

use shared::queue::Queue;

use crate::batch::Stream;

/// How long a lease outlasts the deadline of the invocation.
const GRACE: Duration = Duration::from_secs(10);

/// The streams of a batch, once their leases were asked for.
pub struct Claimed {
    pub ours: Vec<Stream>,
    /// No longer ours, because their receipts have expired: another reactor may be serving them.
    pub lost: Vec<Stream>,
    /// Calls to SQS that failed. Those streams keep the lease that they came with.
    pub errors: Vec<anyhow::Error>,
}

/// Makes the leases end [`GRACE`] after the deadline of this invocation, which has `left` to go.
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
