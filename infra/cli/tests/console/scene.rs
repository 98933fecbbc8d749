//! What there is to see.

use std::slice::from_ref;

use algapsa::{Event, Ticket};
use jiff::Timestamp;
use support::{Pipeline, Reply, SOON, wait_until};

/// Sends events, which the target is to refuse for good, and waits until they are parked.
pub fn park(pipeline: &Pipeline, ticket: &Ticket, events: &[Event]) {
    pipeline.target.answer(&ticket.id, Reply::Status(422));
    send(pipeline, events);
    become_of(pipeline, ticket, events, "parked_at");
}

/// Waits until the events have an attribute: `settled_at`, `parked_at`.
pub fn become_of(pipeline: &Pipeline, ticket: &Ticket, events: &[Event], attribute: &str) {
    for event in events {
        wait_until(attribute, SOON, || {
            let item = pipeline.stack.kept(&ticket.stream(), event);
            item.is_some_and(|item| item.get(attribute).is_some())
        });
    }
}

pub fn send(pipeline: &Pipeline, events: &[Event]) {
    for event in events {
        pipeline.sender.deliver(event);
    }
}

/// A delivery whose signature proves nothing.
pub fn refused(pipeline: &Pipeline, event: &Event) {
    let forged = pipeline.sender.delivery(event);
    let forged = forged.signed("wrong", Timestamp::now());
    assert_eq!(forged.once().outcome(), "401 unauthorized");
}

/// An authentic body whose id nobody can keep.
pub fn quarantined(pipeline: &Pipeline, title: &str) {
    let mut odd = Ticket::new(title).event("ticket.created", 0);
    odd.event_id = "x".repeat(129);
    assert_eq!(pipeline.sender.send(&odd).outcome(), "200 quarantined");
}

/// A ticket with an event in every state: settled, settled late, parked, attempted, and behind that one.
pub fn eventful(pipeline: &Pipeline) -> Ticket {
    let ticket = Ticket::new("The printer is on fire again");
    let types = [
        "ticket.created",
        "ticket.assigned",
        "ticket.status_changed",
        "ticket.comment.added",
        "ticket.updated",
        "ticket.closed",
    ];
    let events: Vec<_> = (0..)
        .zip(types)
        .map(|(at, kind)| ticket.event(kind, at * 7))
        .collect();
    let target = &pipeline.target;
    target.answer(&events[3].event_id, Reply::Status(422));
    target.answer(&events[4].event_id, Reply::Later(503, 600));
    for settled in [0, 2, 1] {
        send(pipeline, from_ref(&events[settled]));
        become_of(pipeline, &ticket, from_ref(&events[settled]), "settled_at");
    }
    send(pipeline, from_ref(&events[3]));
    become_of(pipeline, &ticket, from_ref(&events[3]), "parked_at");
    send(pipeline, &events[4..]);
    wait_until("the failure is noted", SOON, || {
        let watermark = pipeline.stack.item(&ticket.stream(), "watermark");
        watermark.is_some_and(|watermark| watermark.get("failed_at").is_some())
    });
    ticket
}
