//! `alga-webhooks redrive`: what is parked comes back, with or without its dead letter.

use crate::tool::{accept, cli, cli_without_queue, field, ids, park, settled, state};
use algapsa::{Event, Ticket};
use serde_json::{Value, json};
use shared::event::StreamId;
use support::cloud::call;
use support::{Pipeline, Reply, SOON, Stack, wait_until};
use uuid::Uuid;

/// A stack, and a ticket whose events its target has refused for good.
fn parked(count: i64) -> (Pipeline, Ticket, Vec<Event>) {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Refused");
    pipeline.target.answer(&ticket.id, Reply::Status(422));
    let events = ticket.comments(count);
    park(&pipeline, &ticket, &events);
    (pipeline, ticket, events)
}

fn letters(stack: &Stack) -> u32 {
    stack.depth(&stack.dead_letter_queue_url)
}

fn look(stack: &Stack) -> Value {
    cli(stack, &["--json", "redrive"]).ends(0).json()
}

/// Puts a message into the dead-letter queue, as some other hand.
fn put_letter(stack: &Stack, group: &str, body: &str) {
    let message = json!({
        "QueueUrl": stack.dead_letter_queue_url,
        "MessageBody": body,
        "MessageGroupId": group,
        "MessageDeduplicationId": Uuid::new_v4().to_string(),
    });
    call("sqs", "SendMessage", &message).expect("the queue takes it");
}

#[test]
fn a_look_shows_dead_letters_beside_the_inbox_and_changes_nothing() {
    let (pipeline, ticket, events) = parked(3);
    let stack = &pipeline.stack;
    for _ in 0..2 {
        let seen = look(stack);
        assert_eq!(field(&seen["events"], "state"), ["parked"; 3]);
        assert_eq!(seen["unseen_letters"], 0);
        let sent = field(&seen["events"], "letter_sent_at");
        assert!(sent.iter().all(|sent| sent.ends_with('Z')), "{sent:?}");
    }
    let table = [
        &*ticket.stream(),
        &*events[0].event_id,
        "the target answered 422 Unprocessable Entity",
        "3 dead letters, 3 parked events. Nothing was changed.",
    ];
    cli(stack, &["redrive"]).ends(0).shows(&table);
    let chosen = cli(
        stack,
        &["--json", "redrive", "--dry-run", &events[1].event_id],
    );
    let chosen = chosen.ends(0).json();
    let expected = [format!("{}/ticket.comment.added", events[1].event_id)];
    assert_eq!(field(&chosen["events"], "event"), expected);
    assert_eq!(chosen["unseen_letters"], 0, "the others were seen");

    cli(stack, &["redrive", "--all", "--dry-run"]).ends(0);
    let visible = stack.receive(&stack.dead_letter_queue_url, 0);
    assert_eq!(visible.len(), 3, "they show again at once");
    let count = pipeline.target.calls(&ticket.id).len();
    assert_eq!(count, 3, "nothing was tried");
}

#[test]
fn everything_comes_back_in_order_once_the_target_is_mended() {
    let (pipeline, ticket, events) = parked(3);
    let stack = &pipeline.stack;
    // Too early: each is refused and parked once more, and the redrive does not go round with it.
    let told = cli(stack, &["--json", "redrive", "--all"]).ends(0).json();
    assert_eq!(told["sent_back"], 3);
    pipeline.target.wait_for_calls(&ticket.id, 6);
    for event in &events {
        wait_until("it is parked again", SOON, || {
            state(stack, &ticket, event) == "parked"
        });
    }

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let summary = ["Sent 3 dead letters back.", "alga-webhooks waiting"];
    cli(stack, &["redrive", "--all"]).ends(0).shows(&summary);
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 3), ids(&events));
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
    cli(stack, &["redrive"])
        .ends(0)
        .shows(&["Nothing is parked, and no dead letter was seen."]);
    cli(stack, &["redrive", "--all"])
        .ends(0)
        .shows(&["There was nothing to bring back."]);
}

#[test]
fn chosen_ones_come_back_and_the_others_stay() {
    let (pipeline, ticket, events) = parked(3);
    let stack = &pipeline.stack;
    let other = Ticket::new("Refused too");
    let others = other.comments(2);
    pipeline.target.answer(&other.id, Reply::Status(422));
    park(&pipeline, &other, &others);
    pipeline.target.answer(&other.id, Reply::Status(200));
    pipeline.target.answer(&ticket.id, Reply::Status(200));

    let told = cli(stack, &["redrive", &events[1].event_id, "nobody"]).ends(1);
    assert!(
        told.err.contains("nothing to bring back for nobody"),
        "{told:?}"
    );
    told.shows(&[
        "Sent 1 dead letter back.",
        "4 letters left where they were.",
    ]);
    settled(&pipeline, &ticket, &events[1..2]);
    cli(stack, &["redrive", &other.stream()]).ends(0);
    assert_eq!(pipeline.target.wait_for_reactions(&other, 2), ids(&others));
    assert_eq!(state(stack, &ticket, &events[0]), "parked");
    assert_eq!(state(stack, &ticket, &events[2]), "parked");
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 0).len(), 2);

    cli(stack, &["redrive", &ticket.id]).ends(0);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
    cli(stack, &["redrive", "--all", &ticket.id]).ends(2);
}

#[test]
fn a_parked_event_whose_letter_is_lost_is_found_in_the_inbox() {
    let (pipeline, ticket, events) = parked(2);
    let stack = &pipeline.stack;
    let purge = json!({ "QueueUrl": stack.dead_letter_queue_url });
    call("sqs", "PurgeQueue", &purge).expect("the letters can be lost");
    let seen = look(stack);
    assert_eq!(field(&seen["events"], "state"), ["parked", "parked"]);
    assert_eq!(seen["events"][0]["letter_sent_at"], Value::Null);
    cli(stack, &["redrive"]).ends(0).shows(&["none seen"]);

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let told = cli(stack, &["--json", "redrive", "--all"]).ends(0).json();
    assert_eq!(told, json!({ "sent_back": 0, "rung_for": 2, "left": 0 }));
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 2), ids(&events));
}

/// SQS hands out no more than ten messages of a group until they are deleted.
#[test]
fn letters_behind_ten_others_of_their_ticket_come_back_too_and_in_order() {
    let (pipeline, ticket, events) = parked(13);
    let stack = &pipeline.stack;
    let seen = look(stack);
    assert_eq!(field(&seen["events"], "state"), ["parked"; 13]);
    assert_eq!(seen["unseen_letters"], 3);
    cli(stack, &["redrive"]).shows(&["SQS counts 3 letters more"]);

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    cli(stack, &["redrive", &ticket.id]).ends(0);
    let reactions = pipeline.target.wait_for_reactions(&ticket, 13);
    assert_eq!(reactions, ids(&events));
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
}

#[test]
fn what_is_no_doorbell_is_shown_and_moved_only_with_everything() {
    let (pipeline, ticket, events) = parked(1);
    let stack = &pipeline.stack;
    put_letter(stack, "stray", "hello");
    let seen = look(stack);
    assert_eq!(field(&seen["events"], "state"), ["unreadable", "parked"]);
    let told = cli(stack, &["redrive"]).ends(0);
    assert!(
        !told.out.contains("hello"),
        "content is not shown: {}",
        told.out
    );
    told.shows(&["no doorbell: only --all moves it"]);

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    cli(stack, &["redrive", &ticket.id]).ends(0);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 1);
    cli(stack, &["redrive", "--all"]).ends(0);
    assert_eq!(letters(stack), 0);
    wait_until("the reactor has it", SOON, || {
        let mut lines = stack.reactor_log().into_iter();
        lines.any(|line| line.get("UnreadableDoorbells").is_some())
    });
}

/// SQS itself moves a doorbell there that was received a hundred times; it asks for a look, and does not unpark.
#[test]
fn a_plain_doorbell_goes_back_as_it_is_and_says_what_became_of_its_event() {
    let (pipeline, ticket, events) = parked(2);
    let stack = &pipeline.stack;
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    // The sender's own retry lets it wait again, and leaves its letter behind.
    let outcome = pipeline.sender.retry(&events[0], 2).outcome();
    assert_eq!(outcome, "200 duplicate");
    settled(&pipeline, &ticket, &events[..1]);
    let item = stack
        .kept(&ticket.stream(), &events[1])
        .expect("it is kept");
    let bell = json!({ "stream": ticket.stream(), "position": item["parked_due"]["S"] });
    let stream = StreamId::parse(&ticket.stream()).expect("it is a stream");
    let group = shared::queue::group(&stream);
    put_letter(stack, &group, &bell.to_string());
    let gone = bell
        .to_string()
        .replace(&events[1].event_id, &Uuid::new_v4().to_string());
    put_letter(stack, &group, &gone);

    let mut states = field(&look(stack)["events"], "state");
    states.sort();
    assert_eq!(states, ["gone", "parked", "parked", "settled"]);
    cli(stack, &["redrive"]).shows(&["settled meanwhile", "not in the inbox any more"]);
    let told = cli(stack, &["--json", "redrive", "--all"]).ends(0).json();
    assert_eq!(told, json!({ "sent_back": 4, "rung_for": 0, "left": 0 }));
    settled(&pipeline, &ticket, &events);
    let reactions = pipeline.target.reactions(&ticket);
    assert_eq!(reactions, ids(&events), "once each");
    assert_eq!(letters(stack), 0);
}

#[test]
fn a_letter_that_cannot_be_sent_back_stays_and_shows_again() {
    let (pipeline, ticket, events) = parked(1);
    let stack = &pipeline.stack;
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let told = cli_without_queue(stack, &["redrive", "--all"]).ends(1);
    assert!(
        told.err.contains("failed to send back the letter"),
        "{told:?}"
    );
    assert_eq!(letters(stack), 1);
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 0).len(), 1);
    assert_eq!(state(stack, &ticket, &events[0]), "parked");

    let told = cli(stack, &["--json", "redrive", "--all"]).ends(0).json();
    assert_eq!(told, json!({ "sent_back": 1, "rung_for": 0, "left": 0 }));
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
}

/// A thousand is what one round takes.
#[test]
fn more_letters_than_one_round_takes_come_back_too() {
    let (pipeline, ticket, events) = parked(1);
    let stack = &pipeline.stack;
    let letters_before = 1_020;
    for batch in 0..letters_before / 10 {
        let entry = |n: u32| {
            let id = Uuid::new_v4().to_string();
            json!({ "Id": n.to_string(), "MessageBody": "stray", "MessageGroupId": id, "MessageDeduplicationId": id })
        };
        let entries: Vec<_> = (0..10).map(entry).collect();
        let send = json!({ "QueueUrl": stack.dead_letter_queue_url, "Entries": entries });
        call("sqs", "SendMessageBatch", &send).unwrap_or_else(|error| panic!("{batch}: {error:#}"));
    }
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let chosen = ["--json", "redrive", &ticket.id];
    let told = cli(stack, &chosen).ends(0).json();
    let expected = json!({ "sent_back": 1, "rung_for": 0, "left": letters_before });
    assert_eq!(told, expected);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), letters_before);
}

#[test]
fn a_letter_that_somebody_else_looks_at_is_counted() {
    let (pipeline, _, _) = parked(1);
    let stack = &pipeline.stack;
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 60).len(), 1);
    let seen = look(stack);
    assert_eq!(seen["unseen_letters"], 1);
    assert_eq!(field(&seen["events"], "state"), ["parked"]);
}

#[test]
fn an_event_that_only_failed_for_a_while_needs_no_redrive() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Out for lunch");
    let events = ticket.comments(1);
    pipeline.target.answer(&ticket.id, Reply::Status(503));
    accept(&pipeline, &events);
    pipeline.target.wait_for_calls(&ticket.id, 1);
    let told = cli(&pipeline.stack, &["redrive", &ticket.id]).ends(1);
    assert!(told.err.contains("nothing to bring back"), "{told:?}");
}
