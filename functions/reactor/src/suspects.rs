//! Suspects: streams whose last attempt may have killed the function.

use anyhow::Result;
use futures_util::future::join_all;
use shared::event::Place;

use crate::batch::Stream;
use crate::event::Events;

/// The streams of a batch, the suspects apart.
pub struct Apart {
    /// The least attempted first, and last those that could not be looked at.
    pub suspects: Vec<Stream>,
    pub others: Vec<Stream>,
    /// Why some could not be looked at.
    pub errors: Vec<anyhow::Error>,
}

/// A batch of one stream has no suspect: it can harm no other.
pub async fn apart(streams: Vec<Stream>, events: &Events) -> Apart {
    let (mut suspects, mut others, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    if streams.len() < 2 {
        others = streams;
    } else {
        let looks = streams
            .iter()
            .map(|stream| unended_attempts(stream, events));
        for (attempts, stream) in join_all(looks).await.into_iter().zip(streams) {
            match attempts {
                Ok(Some(attempts)) => suspects.push((attempts, stream)),
                Ok(None) => others.push(stream),
                Err(error) => {
                    errors.push(error);
                    suspects.push((u32::MAX, stream));
                }
            }
        }
    }
    suspects.sort_by_key(|(attempts, _)| *attempts);
    Apart {
        suspects: suspects.into_iter().map(|(_, stream)| stream).collect(),
        others,
        errors,
    }
}

/// How often the stream's event has been attempted, if its last attempt never ended and it still waits.
async fn unended_attempts(stream: &Stream, events: &Events) -> Result<Option<u32>> {
    if stream.receives() < 2 {
        return Ok(None);
    }
    let watermark = events.watermarks.read(stream.id()).await?;
    let is_unended = watermark.failed_at.is_none();
    let Some(position) = watermark.attempted.filter(|_| is_unended) else {
        return Ok(None);
    };
    let stream = stream.id().clone();
    let place = Place { stream, position };
    let waits = events.inbox.waits(&place).await?;
    Ok(waits.then_some(watermark.attempts))
}
