//! The lease on a stream: while it lasts, SQS shows the stream's doorbells to no other reactor.

use std::time::Duration;

use jiff::Timestamp;
use shared::queue::Queue;

use crate::batch::Stream;
use crate::time::Time;

/// How long SQS hides a doorbell that was received, as template.yaml sets it: the lease that a stream comes with.
const VISIBILITY: Duration = Duration::from_secs(90);

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

/// Makes the leases end [`GRACE`] after the deadline of this invocation, except for those that are long enough as they came.
pub async fn claim(queue: &Queue, streams: Vec<Stream>, time: &Time) -> Claimed {
    let (fresh, others): (Vec<_>, Vec<_>) = streams
        .into_iter()
        .partition(|stream| is_long_enough(stream, time));
    let receipts: Vec<&str> = others.iter().flat_map(Stream::receipts).collect();
    let hidden = queue.hide(&receipts, time.left() + GRACE).await;
    let is_lost = |stream: &Stream| {
        let mut receipts = stream.receipts();
        receipts.any(|receipt| hidden.expired.iter().any(|expired| expired == receipt))
    };
    let (lost, mut ours): (_, Vec<_>) = others.into_iter().partition(is_lost);
    ours.extend(fresh);
    let errors = hidden.errors;
    Claimed { ours, lost, errors }
}

/// Whether the lease that a stream came with is known to outlast the invocation: it is its first, and began moments ago.
fn is_long_enough(stream: &Stream, time: &Time) -> bool {
    let now = time.clock.now();
    let ends_at = stream.first_received_at().map(|at| at + VISIBILITY);
    let is_plausible = |ends_at: &Timestamp| *ends_at <= now + VISIBILITY + GRACE;
    let ends_at = ends_at.filter(is_plausible);
    ends_at.is_some_and(|ends_at| ends_at >= time.ends_at() + GRACE)
}

/// How long to leave a stream alone that another reactor serves `until` then.
pub fn after(until: Timestamp, now: Timestamp) -> Duration {
    let wait = (until + GRACE).duration_since(now);
    wait.try_into().unwrap_or(GRACE)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::{SqsEvent, SqsMessage};

    use super::*;
    use crate::batch::Batch;

    /// A stream of one doorbell, with such attributes.
    fn stream(attributes: &[(&str, String)]) -> Stream {
        let position = "2026-01-01T00:00:00.000000000Z/0/e/ticket.created";
        let mut message = SqsMessage::default();
        message.message_id = Some("m".into());
        message.receipt_handle = Some("r".into());
        message.body = Some(format!(
            r#"{{"stream":"t/ticket/1","position":"{position}"}}"#
        ));
        let attributes = attributes.iter();
        let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone()));
        message.attributes = attributes.collect();
        let mut event = SqsEvent::default();
        event.records = vec![message];
        Batch::of(event).streams.remove(0)
    }

    #[test]
    fn only_a_first_lease_that_began_moments_ago_is_long_enough() {
        let now: Timestamp = "2026-08-24T15:04:05Z".parse().unwrap();
        let [receives, at] = [
            "ApproximateReceiveCount",
            "ApproximateFirstReceiveTimestamp",
        ];
        let time = |left: i64| Time::start(now, now + Duration::from_secs(left.unsigned_abs()));
        for (received, seconds_ago, left, is_enough) in [
            ("1", 0, 60, true),
            ("1", 19, 60, true),
            ("1", 21, 60, false),
            ("1", 21, 30, true),
            ("1", -9, 60, true),
            ("1", -11, 60, false), // by a clock that is wrong
            ("2", 0, 60, false),
            ("", 0, 60, false),
        ] {
            let received_at = now.as_millisecond() - 1000 * seconds_ago;
            let stream = stream(&[(receives, received.into()), (at, received_at.to_string())]);
            let seen = is_long_enough(&stream, &time(left));
            assert_eq!(seen, is_enough, "{received}, {seconds_ago} s, {left} s");
        }
        let unknown = stream(&[(receives, "1".into())]);
        assert!(!is_long_enough(&unknown, &time(60)));
    }

    #[test]
    fn the_template_hides_doorbells_for_as_long() {
        let template = include_str!("../../../template.yaml");
        let hidden = format!("\n      VisibilityTimeout: {}\n", VISIBILITY.as_secs());
        assert!(template.contains(&hidden));
    }
}
