//! Whether every ticket's reactions came in order, by what the sender's ledger says.

use std::collections::HashMap;
use std::time::Duration;

use algapsa::causal_order::rank;
use algapsa::{Entry, Ledger};
use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use support::Call;

/// An event's place among those of its ticket.
type Place<'a> = (Timestamp, usize, &'a str);

/// One event on its way in: it was kept between these two.
struct Arrival<'a> {
    place: Place<'a>,
    left_at: Timestamp,
    kept_by: Timestamp,
}

/// Checks each ticket's reactions against promise 4: an event that was overtaken by no more than the hold comes before all
/// that overtook it. Gives how many events were overtaken by more than that, and so may come late.
pub fn check(
    ledger: &Ledger,
    calls: &[Call],
    real: impl Fn(SignedDuration) -> Duration,
    hold: Duration,
) -> Result<usize> {
    let mut arrivals: HashMap<&str, Vec<Arrival>> = HashMap::new();
    for entry in ledger.acknowledged() {
        let arrival = Arrival::of(entry);
        arrivals.entry(ticket(entry)).or_default().push(arrival);
    }
    let mut heard: HashMap<&str, Vec<&Call>> = HashMap::new();
    for call in calls {
        let stream = call.header("x-alga-stream");
        let ticket = stream.rsplit('/').next().unwrap_or_default();
        heard.entry(ticket).or_default().push(call);
    }
    let mut loose = 0;
    for (ticket, arrivals) in &mut arrivals {
        arrivals.sort_by_key(|arrival| arrival.place);
        let promised = promised(arrivals, &real, hold);
        loose += promised.values().filter(|promised| !**promised).count();
        in_order(ticket, &heard[ticket], arrivals, &promised)?;
    }
    Ok(loose)
}

impl<'a> Arrival<'a> {
    fn of(entry: &'a Entry) -> Self {
        let event = &entry.event;
        let first = entry.rows.first().expect("it was sent");
        let kept_by = entry.rows.iter();
        let kept_by = kept_by.filter_map(|row| row.ended).map(|(_, at)| at);
        Self {
            place: (event.occurred_at, rank(&event.event_type), &event.event_id),
            left_at: first.left_at,
            kept_by: kept_by.max().expect("it was answered"),
        }
    }
}

/// For each event whether it was certainly kept within the hold after the first one that it should precede.
fn promised<'a>(
    arrivals: &[Arrival<'a>],
    real: impl Fn(SignedDuration) -> Duration,
    hold: Duration,
) -> HashMap<&'a str, bool> {
    let mut first_after: Option<Timestamp> = None;
    let mut promised = HashMap::new();
    for arrival in arrivals.iter().rev() {
        let (left_at, kept_by) = (arrival.left_at, arrival.kept_by);
        let overtaken_by = first_after.map(|first| real(kept_by.duration_since(first)));
        promised.insert(arrival.place.2, overtaken_by.is_none_or(|by| by <= hold));
        first_after = Some(first_after.map_or(left_at, |first| first.min(left_at)));
    }
    promised
}

fn in_order(
    ticket: &str,
    calls: &[&Call],
    arrivals: &[Arrival],
    promised: &HashMap<&str, bool>,
) -> Result<()> {
    let places = arrivals
        .iter()
        .map(|arrival| (arrival.place.2, arrival.place));
    let places: HashMap<&str, Place> = places.collect();
    let mut reached = None;
    for call in calls {
        let id = call.header("x-alga-event-id");
        let place = Some(places[id]);
        let late = call.header("x-alga-order") == "late";
        let overtaken = place < reached;
        ensure!(
            !promised[id] || !(overtaken || late),
            "{} {id} of ticket {ticket} came after something that it precedes",
            call.header("x-alga-event-type"),
        );
        reached = reached.max(place);
    }
    Ok(())
}

fn ticket(entry: &Entry) -> &str {
    let mut fields = entry.event.data.0.iter();
    let id = fields.find(|(name, _)| name == "ticket_id");
    let id = id.and_then(|(_, id)| id.as_str());
    id.expect("it is about a ticket")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use algapsa::{AlgaPsa, Habits, Lives, Outcome};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};
    use support::Reply;

    use super::*;

    const HOLD: Duration = Duration::from_secs(5);

    /// Two tickets' lives, sent, and their reactions in order.
    fn played(answer: impl Fn(usize) -> Outcome) -> (AlgaPsa, Vec<Call>) {
        let from = Timestamp::UNIX_EPOCH;
        let events = Lives::new(3).town(2, 30, from, SignedDuration::from_secs(1));
        let mut alga = AlgaPsa::new(3, Habits::default());
        for event in &events {
            alga.happens(event.clone(), event.occurred_at);
        }
        alga.play(|attempt, _| match attempt.number {
            1 => answer(attempt.entry),
            _ => Outcome::Status(200),
        });
        let mut entries: Vec<_> = alga.ledger().entries.iter().collect();
        entries.sort_by_key(|entry| Arrival::of(entry).place);
        let calls = entries.into_iter().map(call).collect();
        (alga, calls)
    }

    fn call(entry: &Entry) -> Call {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-alga-event-id", entry.event.event_id.clone()),
            ("x-alga-stream", format!("tenant/ticket/{}", ticket(entry))),
            ("x-alga-order", "in-order".into()),
        ] {
            let value = HeaderValue::try_from(value).expect("a header's value");
            headers.insert(name, value);
        }
        Call {
            at: Instant::now(),
            method: Method::POST,
            headers,
            body: Bytes::new(),
            reply: Reply::Status(200),
        }
    }

    fn judged(alga: &AlgaPsa, calls: &[Call]) -> Option<usize> {
        let real = |span: SignedDuration| Duration::from_secs_f64(span.as_secs_f64().max(0.0));
        check(alga.ledger(), calls, real, HOLD).ok()
    }

    #[test]
    fn it_sees_two_reactions_to_one_ticket_that_changed_places() {
        let (alga, mut calls) = played(|_| Outcome::Status(200));
        assert_eq!(judged(&alga, &calls), Some(0));
        let one = calls[0].header("x-alga-stream").to_owned();
        let is_second = |call: &Call| call.header("x-alga-stream") == one;
        let second = calls[1..].iter().position(is_second);
        calls.swap(0, 1 + second.unwrap());
        assert_eq!(judged(&alga, &calls), None);
    }

    #[test]
    fn it_sees_an_event_that_is_late_without_a_reason() {
        let (alga, mut calls) = played(|_| Outcome::Status(200));
        let late = HeaderValue::from_static("late");
        calls[4].headers.insert("x-alga-order", late);
        assert_eq!(judged(&alga, &calls), None);
    }

    #[test]
    fn it_lets_an_event_be_late_that_was_sent_again() {
        let (alga, mut calls) = played(|entry| Outcome::Status(if entry == 0 { 503 } else { 200 }));
        let first = calls.remove(0);
        calls.push(first);
        assert_eq!(judged(&alga, &calls), Some(1));
    }
}
