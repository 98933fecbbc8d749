//! What has arrived of late, as the receiver's log remembers it.

use anyhow::{Context, Result};
use aws_sdk_cloudwatchlogs::Client;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::arrival::Arrival;
use crate::context::{Stack, explained};
use crate::output::{Time, progress};

/// How far back it is looked, piece by piece: what is searched for is mostly in the latest.
const PIECES: [SignedDuration; 5] = [
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(7 * 24),
];

/// The lines that are of use, by the rules of CloudWatch Logs.
const AUTHENTIC: &str = r#"{ $.outcome = "accepted" || $.outcome = "duplicate" || $.outcome = "ignored" || $.outcome = "test" || $.outcome = "quarantined" }"#;
const REFUSED: &str = r#"{ $.outcome = "rejected" }"#;

/// Something that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Arrived {
    pub at: Time,
    #[serde(flatten)]
    pub what: Arrival,
}

/// A time from one moment up to another.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: Timestamp,
    to: Timestamp,
}

/// The last authentic delivery within a week, but for the test deliveries of this tool.
pub async fn last_authentic(stack: &Stack) -> Result<Option<Arrived>> {
    let bar = progress::busy("Looking for deliveries of AlgaPSA's");
    let now = Timestamp::now();
    let mut to = now;
    for back in PIECES {
        let piece = Piece {
            from: now - back,
            to,
        };
        let arrived = arrived(stack, piece, AUTHENTIC).await?;
        let mut authentic = arrived.into_iter().filter(|one| one.what.is_authentic());
        if let Some(last) = authentic.next_back() {
            bar.finish_and_clear();
            return Ok(Some(last));
        }
        to = piece.from;
    }
    bar.finish_and_clear();
    Ok(None)
}

/// What was refused since then, in order.
pub async fn refused(stack: &Stack, since: Timestamp) -> Result<Vec<Arrived>> {
    let (from, to) = (since, Timestamp::now());
    let mut arrived = arrived(stack, Piece { from, to }, REFUSED).await?;
    arrived.retain(|one| matches!(one.what, Arrival::Refused { .. }));
    Ok(arrived)
}

/// What the receiver has logged in that time, in order.
async fn arrived(stack: &Stack, piece: Piece, pattern: &str) -> Result<Vec<Arrived>> {
    let group = stack
        .source
        .required("ReceiverLogGroup", "RECEIVER_LOG_GROUP")?;
    let client = Client::new(&stack.config);
    let (mut arrived, mut page) = (Vec::new(), None);
    loop {
        let look = client.filter_log_events().log_group_name(&group);
        let look = look
            .start_time(piece.from.as_millisecond())
            .end_time(piece.to.as_millisecond());
        let look = look.filter_pattern(pattern).set_next_token(page);
        let found = look.send().await.map_err(explained);
        let found = found.with_context(|| format!("failed to read the log group {group}"))?;
        for event in found.events() {
            let fields: Option<Map<String, Value>> = event.message().and_then(parsed);
            let what = fields.as_ref().and_then(Arrival::of);
            let at = event
                .timestamp()
                .and_then(|at| Timestamp::from_millisecond(at).ok());
            arrived.extend(
                at.zip(what)
                    .map(|(at, what)| Arrived { at: Time(at), what }),
            );
        }
        page = found.next_token;
        if page.is_none() {
            arrived.sort_by_key(|one| one.at);
            return Ok(arrived);
        }
    }
}

fn parsed(message: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(message).ok()
}
