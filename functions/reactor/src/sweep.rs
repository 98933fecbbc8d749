//! The sweep: rings for what has waited so long that its doorbell may be gone.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use shared::event::{Place, Position, StreamId};
use shared::inbox::{Inbox, Part, Waiting};
use shared::queue::Queue;

use crate::time::Time;

/// How long an event may wait before it is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// How many doorbells are rung at the same time.
const AT_ONCE: usize = 10;
/// In how many parts the list of what waits is read.
const PARTS: i32 = 8;
/// How long before its function's end a sweep ends: as long as a doorbell may take to ring.
const ENDS_BEFORE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub struct Swept {
    /// Each stream with something overdue, and whether the ring for it succeeded.
    pub rung: Vec<(StreamId, anyhow::Result<()>)>,
    /// Why the rest of the index could not be read, if so.
    pub unread: Option<anyhow::Error>,
    /// Whether the time was up before all was read. The next sweep begins elsewhere.
    pub is_cut_short: bool,
}

/// Rings one doorbell per stream, up to the last event that is overdue there. A ring too many does no harm, and a ring that
/// fails does not stop the others. It begins anywhere, so that another sweep begins with what this one has no time for.
pub async fn sweep(inbox: &Inbox, queue: &Queue, now: Timestamp, time: &Time) -> Swept {
    let mut swept = Swept::default();
    let first = fastrand::i32(0..PARTS);
    for nth in (first..first + PARTS).map(|nth| nth % PARTS) {
        let part = Part { nth, of: PARTS };
        if let Err(error) = sweep_part(part, inbox, queue, now - OVERDUE, time, &mut swept).await {
            swept.unread = Some(error);
        }
        if swept.unread.is_some() || swept.is_cut_short {
            break;
        }
    }
    swept
}

async fn sweep_part(
    part: Part,
    inbox: &Inbox,
    queue: &Queue,
    before: Timestamp,
    time: &Time,
    swept: &mut Swept,
) -> anyhow::Result<()> {
    let mut from = None;
    let is_time_up = || time.left() < ENDS_BEFORE;
    loop {
        if is_time_up() {
            swept.is_cut_short = true;
            return Ok(());
        }
        let (waiting, rest) = inbox.waiting(part, from).await?;
        let overdue: Vec<_> = overdue(waiting, before).collect();
        for some in overdue.chunks(AT_ONCE) {
            if is_time_up() {
                swept.is_cut_short = true;
                return Ok(());
            }
            let ringing = some.iter().map(|place| ring(queue, place));
            swept.rung.extend(join_all(ringing).await);
        }
        from = rest;
        if from.is_none() {
            return Ok(());
        }
    }
}

async fn ring(queue: &Queue, place: &Place) -> (StreamId, anyhow::Result<()>) {
    let rung = queue.ring(place).await;
    (place.stream.clone(), rung)
}

/// The last overdue place of each stream.
fn overdue(waiting: Vec<Waiting>, before: Timestamp) -> impl Iterator<Item = Place> {
    let mut last: BTreeMap<StreamId, Position> = BTreeMap::new();
    let overdue = waiting.into_iter().filter(|one| one.kept_at < before);
    for Place { stream, position } in overdue.map(|one| one.place) {
        match last.get_mut(&stream) {
            Some(last) => *last = position.max(last.clone()),
            None => drop(last.insert(stream, position)),
        }
    }
    let places = last.into_iter();
    places.map(|(stream, position)| Place { stream, position })
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
        let found = overdue(waiting.into(), now - OVERDUE);
        let rung = found.map(|place| format!("{} {}", place.stream, place.position.event_id()));
        let rung: Vec<_> = rung.collect();
        assert_eq!(rung, ["t/ticket/a 2", "t/ticket/c 1"]);
    }
}
