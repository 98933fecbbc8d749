//! `alga-webhooks redrive`: what is parked comes back, with or without its dead letter.

use algapsa::{Event, Ticket};
use serde_json::{Value, json};
use shared::event::StreamId;
use support::cloud::call;
use support::{Pipeline, Reply, SOON, Stack, wait_until};
use uuid::Uuid;

use crate::command::{cli, without_queue};
use crate::events::{accept, field, ids, park, settled, state, wait_for_state};

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

fn redrive(stack: &Stack, words: &str) -> Value {
    let ran = cli(stack, &format!("--json redrive {words}")).ends(0);
    ran.json()
}

/// How many letters it must send back, how many events it must ring for, and how many letters it must leave.
fn redrives(stack: &Stack, words: &str, [sent_back, rung_for, left]: [u32; 3]) {
    let expected = json!({ "sent_back": sent_back, "rung_for": rung_for, "left": left });
    assert_eq!(redrive(stack, words), expected);
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
fn a_look_shows_dead_letters_next_to_the_inbox_and_changes_nothing() {
    let (pipeline, ticket, events) = parked(3);
    let stack = &pipeline.stack;
    for _ in 0..2 {
        let seen = redrive(stack, "");
        assert_eq!(field(&seen["events"], "state"), ["parked"; 3]);
        assert_eq!(seen["unseen_letters"], 0);
        let sent = field(&seen["events"], "letter_sent_at");
        assert!(sent.iter().all(|sent| sent.ends_with('Z')), "{sent:?}");
    }
    let ran = cli(stack, "redrive").ends(0);
    ran.shows(&format!("{} … {}", ticket.stream(), events[0].event_id));
    ran.shows("the target answered 422 Unprocessable Entity");
    ran.shows("3 dead letters, 3 parked events. Nothing was changed.");
    let chosen = redrive(stack, &format!("--dry-run {}", events[1].event_id));
    let expected = [format!("{}/ticket.comment.added", events[1].event_id)];
    assert_eq!(field(&chosen["events"], "event"), expected);
    assert_eq!(chosen["unseen_letters"], 0, "the others were seen");

    cli(stack, "redrive --all --dry-run").ends(0);
    let visible = stack.receive(&stack.dead_letter_queue_url, 0);
    assert_eq!(visible.len(), 3, "they show again at once");
    let count = pipeline.target.calls(&ticket.id).len();
    assert_eq!(count, 3, "nothing was tried");
}

#[test]
fn everything_comes_back_in_order_once_the_target_is_fixed() {
    let (pipeline, ticket, events) = parked(3);
    let stack = &pipeline.stack;
    // Too early: each is refused and parked once more, and the redrive does not go round with it.
    assert_eq!(redrive(stack, "--all")["sent_back"], 3);
    pipeline.target.wait_for_calls(&ticket.id, 6);
    wait_for_state(&pipeline, &ticket, &events, "parked");

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let ran = cli(stack, "redrive --all").ends(0);
    ran.shows("Sent 3 dead letters back. … alga-webhooks waiting");
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 3), ids(&events));
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
    let ran = cli(stack, "redrive").ends(0);
    ran.shows("Nothing to bring back was found.\nNothing waits for a reaction either.");
    let ran = cli(stack, "redrive --all").ends(0);
    ran.shows("There was nothing to bring back.\nNothing waits for a reaction either.");
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

    let ran = cli(stack, &format!("redrive {} nobody", events[1].event_id)).ends(1);
    ran.warns("Nothing is parked for nobody");
    ran.shows("Sent 1 dead letter back. … 4 letters stayed in the dead-letter queue");
    settled(&pipeline, &ticket, &events[1..2]);
    cli(stack, &format!("redrive {}", other.stream())).ends(0);
    assert_eq!(pipeline.target.wait_for_reactions(&other, 2), ids(&others));
    assert_eq!(state(stack, &ticket, &events[0]), "parked");
    assert_eq!(state(stack, &ticket, &events[2]), "parked");
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 0).len(), 2);

    cli(stack, &format!("redrive {}", ticket.id)).ends(0);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 0);
    cli(stack, &format!("redrive --all {}", ticket.id)).ends(2);
}

#[test]
fn a_parked_event_whose_letter_is_lost_is_found_in_the_inbox() {
    let (pipeline, ticket, events) = parked(2);
    let stack = &pipeline.stack;
    let purge = json!({ "QueueUrl": stack.dead_letter_queue_url });
    call("sqs", "PurgeQueue", &purge).expect("the letters can be lost");
    let seen = redrive(stack, "");
    assert_eq!(field(&seen["events"], "state"), ["parked", "parked"]);
    assert_eq!(seen["events"][0]["letter_sent_at"], Value::Null);
    cli(stack, "redrive").ends(0).shows("none seen");

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    redrives(stack, "--all", [0, 2, 0]);
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 2), ids(&events));
}

/// SQS hands out no more than ten messages of a group until they are deleted.
#[test]
fn letters_behind_ten_others_of_their_ticket_come_back_too_and_in_order() {
    let (pipeline, ticket, events) = parked(13);
    let stack = &pipeline.stack;
    let seen = redrive(stack, "");
    assert_eq!(field(&seen["events"], "state"), ["parked"; 13]);
    assert_eq!(seen["unseen_letters"], 3);
    let ran = cli(stack, "redrive").ends(0);
    ran.shows("SQS counts 3 letters more");

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    cli(stack, &format!("redrive {}", ticket.id)).ends(0);
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
    let seen = redrive(stack, "");
    assert_eq!(field(&seen["events"], "state"), ["unreadable", "parked"]);
    let ran = cli(stack, "redrive").ends(0);
    assert!(!ran.out.contains("hello"), "no content: {}", ran.out);
    ran.shows("not a doorbell: only --all moves it");

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    cli(stack, &format!("redrive {}", ticket.id)).ends(0);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), 1);
    cli(stack, "redrive --all").ends(0);
    assert_eq!(letters(stack), 0);
    wait_until("the reactor has it", SOON, || {
        let mut lines = stack.reactor_log().into_iter();
        lines.any(|line| line.get("UnreadableDoorbells").is_some())
    });
}

/// SQS itself moves a doorbell there that was received a thousand times; it asks for a look, and does not unpark.
#[test]
fn a_plain_doorbell_goes_back_as_it_is_and_says_what_became_of_its_event() {
    let (pipeline, ticket, events) = parked(2);
    let stack = &pipeline.stack;
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    // The sender's own retry lets it wait again, and leaves its letter behind.
    let outcome = pipeline.sender.retry(&events[0], 2).outcome();
    assert_eq!(outcome, "200 duplicate");
    settled(&pipeline, &ticket, &events[..1]);
    let stream = ticket.stream();
    let item = stack.kept(&stream, &events[1]).expect("it is kept");
    let bell = json!({ "stream": stream, "position": item["parked_due"]["S"] }).to_string();
    let group = shared::queue::group(&StreamId::parse(&stream).expect("it is a stream"));
    put_letter(stack, &group, &bell);
    let gone = bell.replace(&events[1].event_id, &Uuid::new_v4().to_string());
    put_letter(stack, &group, &gone);

    let mut states = field(&redrive(stack, "")["events"], "state");
    states.sort();
    assert_eq!(states, ["gone", "parked", "parked", "settled"]);
    let ran = cli(stack, "redrive").ends(0);
    ran.shows("settled in the meantime … not in the inbox any more");
    redrives(stack, "--all", [4, 0, 0]);
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
    let ran = without_queue(stack, "redrive --all").ends(1);
    ran.warns("failed to send back the letter");
    assert_eq!(letters(stack), 1);
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 0).len(), 1);
    assert_eq!(state(stack, &ticket, &events[0]), "parked");

    redrives(stack, "--all", [1, 0, 0]);
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
    redrives(stack, &ticket.id, [1, 0, letters_before]);
    settled(&pipeline, &ticket, &events);
    assert_eq!(letters(stack), letters_before);
}

#[test]
fn a_letter_that_somebody_else_looks_at_is_counted() {
    let (pipeline, _, _) = parked(1);
    let stack = &pipeline.stack;
    assert_eq!(stack.receive(&stack.dead_letter_queue_url, 60).len(), 1);
    let seen = redrive(stack, "");
    assert_eq!(seen["unseen_letters"], 1);
    assert_eq!(field(&seen["events"], "state"), ["parked"]);
}

#[test]
fn an_event_that_only_failed_for_a_while_needs_no_redrive() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Out for lunch");
    pipeline.target.answer(&ticket.id, Reply::Status(503));
    accept(&pipeline, &ticket.comments(1));
    pipeline.target.wait_for_calls(&ticket.id, 1);
    let ran = cli(&pipeline.stack, &format!("redrive {}", ticket.id)).ends(1);
    ran.warns("Nothing is parked for ");
    ran.shows("1 event waiting in 1 stream. Each is tried again by itself");
}
