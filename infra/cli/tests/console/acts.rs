//! What an operator does by clicks: look, confirm, and see it done.

use algapsa::Ticket;
use support::{Pipeline, Reply};

use crate::console::{PIPELINE, at_the_console};
use crate::scene::{become_of, park, quarantined, send};

#[test]
fn a_failing_event_is_found_and_brought_back_once_its_endpoint_is_repaired() {
    let pipeline = Pipeline::deploy("HoldSeconds=0"); // whose dead letters nobody else looks at
    let ticket = Ticket::new("Refused");
    let events = ticket.comments(1);
    park(&pipeline, &ticket, &events);
    at_the_console(&pipeline.stack, |browser| {
        browser.click("link", "Parked");
        browser.shows(&format!("{} … the target answered 422", ticket.id));
        let act = format!("Bring back ticket.comment.added {}", events[0].event_id);
        browser.click("link", &act);
        browser.shows("1 dead letter, 1 parked event");
        browser.click("link", "No, go back");
        assert_eq!(
            pipeline.target.calls(&ticket.id).len(),
            1,
            "a look changes nothing"
        );

        pipeline.target.answer(&ticket.id, Reply::Status(200));
        browser.click("link", &act);
        browser.click("button", "Bring 1 event back");
        browser.shows("Sent 1 dead letter back.");
        pipeline.target.wait_for_reactions(&ticket, 1);
        become_of(&pipeline, &ticket, &events, "settled_at");
        browser.click("link", "Ticket");
        browser.fill(
            "searchbox",
            "Stream, or id of a ticket, project or task",
            &ticket.id,
        );
        browser.click("button", "Show");
        browser.shows(&format!("{} … settled in order", events[0].event_id));
    });
}

#[test]
fn a_settled_event_is_replayed_after_a_look() {
    let ticket = Ticket::new("Once more");
    let events = ticket.comments(2);
    send(&PIPELINE, &events);
    become_of(&PIPELINE, &ticket, &events, "settled_at");
    at_the_console(&PIPELINE.stack, |browser| {
        browser.go(&format!("/ticket?of={}", ticket.stream()));
        browser.click("link", "Replay all that is settled …");
        browser.shows("Your target gets these events a second time");
        browser.click("button", "Replay 2 events");
        browser.shows("2 events in 1 stream will be reacted to once more");
        let calls = PIPELINE.target.wait_for_calls(&ticket.id, 4);
        assert!(
            calls[2..]
                .iter()
                .all(|call| !call.header("x-alga-replay").is_empty())
        );
    });
}

#[test]
fn what_is_in_quarantine_is_read_and_thrown_away() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    quarantined(&pipeline, "Odd");
    at_the_console(&pipeline.stack, |browser| {
        browser.click("link", "Quarantine");
        browser.shows("1 in quarantine. … event_id is not a usable id");
        let hash = browser.text_of("td");
        browser.click("link", &format!("Body {}", &hash[..8]));
        browser.shows("This is content … \"Odd\"");
        browser.click("link", "Quarantine");
        browser.click("link", &format!("Discard {}", &hash[..8]));
        browser.shows("Nothing can bring a discarded body back.");
        browser.click("button", "Discard 1 for good");
        browser.shows("Discarded 1.");
        browser.click("link", "Quarantine");
        browser.shows("Nothing is in quarantine");
    });
}
