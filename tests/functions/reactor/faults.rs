//! AWS fails while an event is served.

use std::time::Duration;

use aws_sdk_sqs::types::MessageSystemAttributeName;
use jiff::Timestamp;
use support::Reply;
use support::in_process::{Break, Envelope, reports};

use super::{PLENTY, World, bells_for, id, in_order, subject};
use crate::{bell, parsed};

/// What makes the settlement of an event different from every other update.
const SETTLE: &str = "#order = :order";
const PARK: &str = "#parked_due = #due REMOVE #due";

#[tokio::test]
async fn a_settlement_that_could_not_be_written_repeats_the_reaction_with_the_same_identity() {
    let (world, places) = World::with_ticket(2).await;
    world.wire.cut("UpdateItem", SETTLE, Break::Before);
    let messages = world.ring_in_vain(&places, 2).await;
    assert_eq!(world.states(&places).await, ["waiting", "waiting"]);

    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    let [first, second] = [&places[0], &places[1]].map(id);
    // The first attempt was taken back.
    let heard = [first, first, second].map(|id| format!("{id} in-order 1"));
    assert_eq!(world.heard(&places[0]), heard);
    let bodies = world.target.calls(first).into_iter().map(|call| call.body);
    let bodies: Vec<_> = bodies.collect();
    assert_eq!(bodies[0], bodies[1]);
}

/// Four times in a row: as often as the SDK itself makes a call.
#[tokio::test]
async fn a_settlement_that_is_refused_for_a_moment_does_not_repeat_the_reaction() {
    let (world, places) = World::with_ticket(1).await;
    world.wire.cut_for("UpdateItem", SETTLE, Break::Before, 4);
    world.serve(&places).await;
    assert_eq!(world.heard(&places[0]), in_order(&places));
    assert_eq!(world.states(&places).await, ["settled"]);
}

#[tokio::test]
async fn a_settlement_whose_answer_was_lost_repeats_nothing() {
    let (world, places) = World::with_ticket(1).await;
    world.wire.cut("UpdateItem", SETTLE, Break::After);
    let messages = world.ring(&places).await;
    assert_eq!(
        world.hear(&messages).await.len(),
        1,
        "the reactor does not know yet"
    );
    assert_eq!(world.states(&places).await, ["settled"]);
    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn an_event_whose_attempt_cannot_be_announced_is_not_attempted() {
    let (world, places) = World::with_ticket(1).await;
    world.wire.cut("UpdateItem", "#attempted", Break::Before);
    world.ring_in_vain(&places, 1).await;
    assert_eq!(world.heard(&places[0]), [""; 0]);
}

#[tokio::test]
async fn all_doorbells_of_a_stream_that_cannot_be_read_come_again() {
    let (world, places) = World::with_ticket(2).await;
    world.wire.cut("Query", "", Break::Before);
    let messages = world.ring_in_vain(&places, 2).await;
    assert_eq!(world.heard(&places[0]), [""; 0]);
    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn no_event_is_parked_without_a_dead_letter() {
    let gone = "-gone.fifo";
    let world = World::with(|settings, _| settings.dead_letter_queue_url.push_str(gone)).await;
    let places = world.ticket(2).await;
    world.target.answer(id(&places[0]), Reply::Status(400));
    world.ring_in_vain(&places, 2).await;
    assert_eq!(world.states(&places).await, ["waiting", "waiting"]);
    let heard = world.heard(&places[0]);
    assert_eq!(heard, in_order(&places[..1]), "the second waits behind it");
}

#[tokio::test]
async fn a_crash_before_parking_leaves_an_extra_dead_letter_and_the_event_due() {
    let (world, places) = World::with_ticket(1).await;
    world.answer(&places[0], Reply::Status(422));
    world.wire.cut("UpdateItem", PARK, Break::Before);
    let messages = world.ring_in_vain(&places, 1).await;
    assert_eq!(world.states(&places).await, ["waiting"]);

    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.states(&places).await, ["parked"]);
    let letters = world.dead_letters.receive(2).await;
    for letter in &letters {
        assert_eq!(parsed(letter), bell(&places[0], true));
    }
}

/// Thirteen times, because an event is parked after twelve attempts. Secrets Manager is not asked again within a second, which
/// begins some time after the start on a busy machine.
#[tokio::test]
async fn a_secret_that_cannot_be_read_is_no_attempt_of_the_event() {
    let (world, places) = World::with_ticket(1).await;
    let messages = world.ring(&places).await;
    world.wire.cut("GetSecretValue", "", Break::Refused);
    let (start, _) = (Timestamp::now(), reports::take());
    for _ in 0..13 {
        let left = world.hear_at(&messages, start, PLENTY).await;
        assert_eq!(left.len(), 1);
    }
    let told = reports::take();
    assert_eq!(reports::sum(&told, "AwsErrors"), 13);
    assert_eq!(reports::sum(&told, "ReactionsFailed"), 0);
    assert_eq!(world.tries(&places[0]).await, 0);
    assert_eq!(world.wire.calls("GetSecretValue"), 1);
    assert_eq!(world.heard(&places[0]), [""; 0], "nothing unsigned is sent");

    world.wire.repair();
    for (after, left) in [(0, 1), (5, 0)] {
        let messages = world.queue.receive(1).await;
        let now = start + Duration::from_secs(after);
        let heard = world.hear_at(&messages, now, PLENTY).await;
        assert_eq!(heard.len(), left, "after {after} s");
    }
    assert_eq!(world.wire.calls("GetSecretValue"), 2);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn a_secret_without_a_value_is_a_failed_attempt() {
    let (world, places) = World::with_ticket(1).await;
    let put = aws_sdk_secretsmanager::Client::new(&world.table.config).put_secret_value();
    let put = put.secret_id(&world.table.reaction_secret_id);
    put.secret_string(" ").send().await.expect("it can be put");
    let _ = reports::take();
    world.ring_in_vain(&places, 1).await;
    let told = reports::take();
    assert_eq!(reports::sum(&told, "AwsErrors"), 0);
    assert_eq!(reports::sum(&told, "ReactionsFailed"), 1);
    assert_eq!(world.tries(&places[0]).await, 1);
}

#[tokio::test]
async fn a_panic_in_one_stream_stays_there() {
    let world = World::new().await;
    let (mad, healthy) = (world.ticket(1).await, world.ticket(1).await);
    let stream = mad[0].stream.as_str();
    world.wire.cut("Query", stream, Break::Panics);
    let messages = world.ring(&[mad.clone(), healthy.clone()].concat()).await;
    assert_eq!(world.hear(&messages).await.len(), 1);
    assert_eq!(world.states(&healthy).await, ["settled"]);
    assert_eq!(world.states(&mad).await, ["waiting"]);
    world.wire.repair();
    let left: Vec<_> = bells_for(&messages, &mad).into_iter().cloned().collect();
    assert_eq!(world.hear(&left).await, [""; 0]);
}

/// Thirteen times, because an event is parked after twelve attempts.
#[tokio::test]
async fn awss_own_trouble_is_no_attempt_of_the_event_however_long_it_lasts() {
    for (operation, containing, tried) in [
        ("Query", "", 0),
        ("GetItem", "", 1),
        ("GetObject", "", 0),
        ("UpdateItem", "#reached", 0),
        ("UpdateItem", SETTLE, 0),
    ] {
        let world = World::new().await;
        let size = if operation == "GetObject" { 10_000 } else { 0 };
        let envelope = Envelope::new("ticket.updated").with_noise(size, 1);
        let places = world.keep(&[envelope]).await;
        if tried > 0 {
            world.has_been_tried(&places[0], tried).await;
        }
        let messages = world.ring(&places).await;
        world.wire.cut(operation, containing, Break::Refused);
        let _ = reports::take();
        for _ in 0..13 {
            assert_eq!(world.hear(&messages).await.len(), 1);
        }
        let told = reports::take();
        let what = format!("{operation} {containing}");
        assert_eq!(reports::sum(&told, "AwsErrors"), 13, "{what}");
        assert_eq!(reports::sum(&told, "ReactionsFailed"), 0, "{what}");
        assert_eq!(world.tries(&places[0]).await, tried, "{what}");

        world.wire.repair();
        assert_eq!(world.hear(&messages).await, [""; 0], "{what}");
        assert_eq!(world.states(&places).await, ["settled"], "{what}");
    }
}

/// Whether its last attempt has killed the function is then unknown.
#[tokio::test]
async fn a_stream_that_came_back_and_cannot_be_looked_at_is_told_and_served_last() {
    let world = World::new().await;
    let (unknown, other) = (world.ticket(1).await, world.ticket(1).await);
    let first = world.ring(&[unknown.clone(), other.clone()].concat()).await;
    let again = world.come_again(&first).await;
    let stream = unknown[0].stream.as_str();
    world.wire.cut_for("GetItem", stream, Break::Refused, 1);
    let _ = reports::take();
    assert_eq!(world.hear(&again).await, [""; 0]);
    assert_eq!(reports::sum(&reports::take(), "AwsErrors"), 1);
    // What is done before a suspect is served deletes its doorbells at once.
    assert_eq!(world.wire.calls("DeleteMessage"), 2);
    let [other, last] = [&other, &unknown].map(|places| {
        let calls = world.target.calls(subject(&places[0]));
        calls.into_iter().map(|call| call.at).min()
    });
    assert!(other.is_some() && other < last, "it comes last");
}

#[tokio::test]
async fn when_aws_is_in_trouble_a_doorbell_comes_back_later_each_time_it_was_received() {
    let troubles = [("UpdateItem", SETTLE), ("Query", "")];
    let delays = [("1", 5), ("4", 40), ("40", 900)];
    let all = troubles
        .into_iter()
        .flat_map(|trouble| delays.map(|delay| (trouble, delay)));
    for ((operation, about), (received, delay)) in all {
        let (world, places) = World::with_ticket(1).await;
        let mut messages = world.ring(&places).await;
        let attributes = messages[0].attributes.get_or_insert_default();
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        attributes.insert(count, received.to_owned());
        world.wire.cut(operation, about, Break::Refused);
        assert_eq!(world.hear(&messages).await.len(), 1);
        let told = format!("{operation}, received {received} times");
        assert_eq!(world.delays(), [delay], "{told}");
    }
}
