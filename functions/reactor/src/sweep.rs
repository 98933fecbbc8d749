//! The sweep: rings for what has waited so long that its doorbell may be gone.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use shared::event::{Place, Position, StreamId};
use shared::inbox::{Inbox, Waiting};
use shared::queue::Queue;

/// How long an event may wait before it is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// How many doorbells are rung at the same time.
const AT_ONCE: usize = 10;

#[derive(Debug, Default)]
pub struct Swept {
    /// Each stream with something overdue, and whether the ring for it succeeded.
    pub rung: Vec<(StreamId, anyhow::Result<()>)>,
    /// Why the rest of the index could not be read, if so.
    pub unread: Option<anyhow::Error>,
}

/// Rings one doorbell per stream, up to the last event that is overdue there. A ring too many does no harm, and a ring that
/// fails does not stop the others.
pub async fn sweep(inbox: &Inbox, queue: &Queue, now: Timestamp) -> Swept {
    let mut swept = Swept::default();
    let mut from = None;
    loop {
        let (waiting, rest) = match inbox.waiting(from).await {
            Ok(page) => page,
            Err(error) => {
                swept.unread = Some(error);
                return swept;
            }
        };
        let ringing = stream::iter(overdue(waiting, now - OVERDUE))
            .map(|(stream, position)| ring(queue, Place { stream, position }));
        let rung: Vec<_> = ringing.buffer_unordered(AT_ONCE).collect().await;
        swept.rung.extend(rung);
        from = rest;
        if from.is_none() {
            return swept;
        }
    }
}

async fn ring(queue: &Queue, place: Place) -> (StreamId, anyhow::Result<()>) {
    let rung = queue.ring(&place).await;
    (place.stream, rung)
}

fn overdue(waiting: Vec<Waiting>, before: Timestamp) -> BTreeMap<StreamId, Position> {
    let mut last: BTreeMap<StreamId, Position> = BTreeMap::new();
    let overdue = waiting.into_iter().filter(|one| one.kept_at < before);
    for Place { stream, position } in overdue.map(|one| one.place) {
        match last.get_mut(&stream) {
            Some(last) => *last = position.max(last.clone()),
            None => drop(last.insert(stream, position)),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_is_rung_once_and_up_to_its_last_overdue_event() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let waiting = [
            ("a", 2, 61),
            ("a", 1, 90),
            ("a", 3, 59),
            ("b", 1, 60),
            ("c", 1, 61),
        ];
        let waiting = waiting.map(|(ticket, n, minutes)| {
            let position = format!("2026-01-01T00:00:0{n}.000000000Z/0/{n}/ticket.created");
            let position = Position::parse(&position).unwrap();
            let stream = StreamId::of_ticket("t", ticket).unwrap();
            let place = Place { stream, position };
            let kept_at = now - SignedDuration::from_mins(minutes);
            Waiting { place, kept_at }
        });
        let found = overdue(waiting.into(), now - OVERDUE).into_iter();
        let rung = found.map(|(stream, position)| format!("{stream} {}", position.event_id()));
        let rung: Vec<_> = rung.collect();
        assert_eq!(rung, ["t/ticket/a 2", "t/ticket/c 1"]);
    }
}
