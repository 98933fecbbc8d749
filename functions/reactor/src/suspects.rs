//! Suspects: streams whose last attempt may have killed the function.

use futures_util::future::join_all;
use shared::event::Place;

use crate::batch::Stream;
use crate::event::Events;

/// The suspects, least attempted first, and the other streams. A batch of one stream has no suspect: it can harm no other.
pub async fn apart(streams: Vec<Stream>, events: &Events) -> (Vec<Stream>, Vec<Stream>) {
    if streams.len() < 2 {
        return (Vec::new(), streams);
    }
    let attempts = streams
        .iter()
        .map(|stream| unended_attempts(stream, events));
    let attempts = join_all(attempts).await;
    let (mut suspects, mut others) = (Vec::new(), Vec::new());
    for (attempts, stream) in attempts.into_iter().zip(streams) {
        match attempts {
            Some(attempts) => suspects.push((attempts, stream)),
            None => others.push(stream),
        }
    }
    suspects.sort_by_key(|(attempts, _)| *attempts);
    let suspects = suspects.into_iter().map(|(_, stream)| stream).collect();
    (suspects, others)
}

/// How often the stream's event has been attempted, if its last attempt never ended and it still waits.
async fn unended_attempts(stream: &Stream, events: &Events) -> Option<u32> {
    if stream.receives() < 2 {
        return None;
    }
    let asked = async {
        let watermark = events.watermarks.read(stream.id()).await?;
        let is_unended = watermark.failed_at.is_none();
        let Some(position) = watermark.attempted.filter(|_| is_unended) else {
            return anyhow::Ok(None);
        };
        let stream = stream.id().clone();
        let place = Place { stream, position };
        let waits = events.inbox.waits(&place).await?;
        Ok(waits.then_some(watermark.attempts))
    };
    // A stream that cannot be looked at is served last.
    asked.await.unwrap_or(Some(u32::MAX))
}
