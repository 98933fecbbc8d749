//! `alga-webhooks replay`: settled events are reacted to once more, when an operator wishes.

use algapsa::{Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::{Reply, SOON, wait_until};

use crate::command::{Cli, cli};
use crate::events::{PIPELINE, accept, field, ids, park, settled};

/// A ticket that was created, commented on and closed, all reacted to.
fn done() -> (Ticket, Vec<Event>) {
    let ticket = Ticket::new("Done with");
    let types = ["ticket.created", "ticket.comment.added", "ticket.closed"];
    let event = |(second, of)| ticket.event(of, second);
    let events: Vec<_> = (0..).zip(types).map(event).collect();
    accept(&PIPELINE, &events);
    settled(&PIPELINE, &ticket, &events);
    (ticket, events)
}

fn reacted(ticket: &Ticket, count: usize) -> Vec<String> {
    PIPELINE.target.wait_for_reactions(ticket, count)
}

fn millis(time: &str) -> String {
    let time: Timestamp = time.parse().expect("it is a time");
    time.as_millisecond().to_string()
}

#[test]
fn without_yes_it_says_what_it_would_do_and_does_nothing() {
    let (ticket, events) = done();
    let stack = &PIPELINE.stack;
    let before = stack.items(&ticket.stream());
    let told = cli(stack, &format!("--json replay {}", ticket.id)).ends(0);
    let told = told.json();
    assert_eq!(told["dry_run"], true);
    assert_eq!(told["events"], 3);
    assert_eq!(told["streams"], 1);
    let types = ["ticket.closed", "ticket.comment.added", "ticket.created"];
    assert_eq!(field(&told["types"], "event_type"), types);
    let first = told["types"][2]["first"].as_str().expect("it has a time");
    assert_eq!(first, format!("{:.3}", events[0].occurred_at));

    let ran = cli(stack, &format!("replay {}", ticket.stream())).ends(0);
    ran.shows("3 events in 1 stream would be reacted to once more.");
    ran.shows("Nothing was done yet. To do it, add --yes.");
    assert_eq!(stack.items(&ticket.stream()), before);
    assert_eq!(PIPELINE.target.calls(&ticket.id).len(), 3);
}

#[test]
fn it_reacts_again_in_order_as_often_as_it_is_asked_within_five_minutes() {
    let (ticket, events) = done();
    let stack = &PIPELINE.stack;
    for round in 2..=4 {
        let ran = cli(stack, &format!("--json replay {} --yes", ticket.id)).ends(0);
        let done = ran.json();
        assert_eq!(done["replayed"], 3);
        assert_eq!(done["streams"], 1);
        ran.warns("--resume 20");
        let expected = vec![ids(&events); round].concat();
        assert_eq!(reacted(&ticket, 3 * round), expected, "round {round}");
        settled(&PIPELINE, &ticket, &events);
    }
    // The last one was attempted last: its attempts must not add up.
    for count in [13, 14] {
        cli(stack, &format!("replay {} --yes", events[2].event_id)).ends(0);
        reacted(&ticket, count);
        settled(&PIPELINE, &ticket, &events);
    }
    for call in PIPELINE.target.calls(&ticket.id) {
        // A replay starts its attempts afresh.
        assert_eq!(call.header("x-alga-delivery-attempt"), "1");
    }
    let rows = cli(stack, &format!("--json stream {}", ticket.stream()));
    let rows = rows.run().json();
    assert_eq!(field(&rows, "order"), ["late", "late", "in-order"]);
}

#[test]
fn what_waits_or_is_parked_is_skipped_and_counted() {
    let (ticket, _) = done();
    let stack = &PIPELINE.stack;
    let more = ticket.comments(12);
    let (parked, waiting) = (&more[10].event_id, &more[11].event_id);
    PIPELINE.target.answer(parked, Reply::Status(422));
    park(&PIPELINE, &ticket, &more[10..11]);
    PIPELINE.target.answer(waiting, Reply::Later(503, 600));
    accept(&PIPELINE, &more[11..]);
    let ran = cli(stack, &format!("replay {}", ticket.id)).ends(0);
    ran.shows("3 events in 1 stream … Skipped: 1 waiting, 1 parked.");
    let ran = cli(stack, &format!("replay {waiting} --yes")).ends(1);
    ran.shows("Nothing to replay: 1 waiting.");
}

#[test]
fn types_times_and_names_are_all_to_match() {
    let (ticket, events) = done();
    let stack = &PIPELINE.stack;
    let replay = |words: &str| cli(stack, &format!("--json replay {words}"));
    let count = |replay: Cli| replay.run().json()["events"].clone();
    let id = &ticket.id;
    let second = events[1].occurred_at;
    let written = |millis| format!("{:.3}", second + SignedDuration::from_millis(millis));
    let (at, after) = (written(0), written(1));
    let closed = format!("{id} --type ticket.closed");
    for (words, expected) in [
        (id, 3),
        (&closed, 1),
        (&format!("{closed} --type ticket.created"), 2),
        (&format!("{id} --type ticket"), 0),
        (&format!("{id} --since {at}"), 2),
        (&format!("{id} --since {after}"), 1),
        (&format!("{id} --until {at}"), 1),
        (&format!("{id} --until {after}"), 2),
        (&format!("{id} --since {at} --until {after}"), 1),
        (&format!("{id} --since 1h"), 3),
        (&format!("{} {}", events[0].event_id, events[2].event_id), 2),
        (&format!("--type ticket.closed --since {at} nobody"), 0),
    ] {
        assert_eq!(count(replay(words)), expected, "{words}");
    }
    let long_ago = replay(&format!("{id} --until")).word("1h ago");
    assert_eq!(count(long_ago), 0);
    // Without a name it is all streams; there may be others of this time.
    let all = count(replay("--type ticket.closed --since 1h"));
    assert!(all.as_u64() >= Some(1));
}

#[test]
fn nothing_that_matches_is_not_as_it_should_be_and_no_choice_makes_no_sense() {
    let stack = &PIPELINE.stack;
    let ran = cli(stack, "replay nobody").ends(1);
    ran.shows("No event matches.");
    for words in [
        "replay",
        "replay --yes",
        "replay --since yesterday",
        "replay nobody --resume 2026-08-24T15:04:05Z",
        "replay nobody --yes --resume 1h",
    ] {
        cli(stack, words).ends(2).warns("error: ");
    }
}

/// The first event was replayed and settled, then the tool died: after it had the second wait again, and before it rang.
#[test]
fn an_interrupted_replay_goes_on_where_it_was() {
    let (ticket, events) = done();
    let stack = &PIPELINE.stack;
    let first = format!("--json replay {} --yes", events[0].event_id);
    let first = cli(stack, &first).ends(0).json();
    let replay = first["replay"].as_str().expect("it has a name");
    reacted(&ticket, 4);
    settled(&PIPELINE, &ticket, &events[..1]);
    let key = format!("{}/{}", events[1].event_id, events[1].event_type);
    let stream = ticket.stream();
    let item = stack.kept(&stream, &events[1]).expect("it is kept");
    let moment = item["moment"]["S"].as_str().expect("it is settled");
    let due = json!({ "S": format!("{moment}/{key}") });
    let replayed_at = json!({ "N": millis(replay) });
    stack.set(&stream, &key, "replayed_at", &replayed_at);
    stack.set(&stream, &key, "due", &due);
    let rows = cli(stack, &format!("stream {stream}"));
    rows.ends(0).shows("replay waiting");

    let resume = format!("--json replay {} --yes --resume {replay}", ticket.id);
    let told = cli(stack, &resume).ends(0).json();
    // That is the third; the second only needs a doorbell.
    assert_eq!(told["replayed"], 1);
    assert_eq!(told["replay"], replay, "it is the same replay");
    let again = reacted(&ticket, 6).split_off(4);
    assert_eq!(again, ids(&events[1..]), "the first is not repeated");
    wait_until("all is settled", SOON, || {
        let rows = cli(stack, &format!("--json stream {stream}")).run().json();
        field(&rows, "state") == ["settled"; 3]
    });
    cli(stack, &resume).ends(1);
    assert_eq!(PIPELINE.target.calls(&ticket.id).len(), 6);
}
