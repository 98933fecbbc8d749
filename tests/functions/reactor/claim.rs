//! Which doorbells a reactor may serve, and messages that are not doorbells.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::Message;
use support::in_process::{Break, reports};

use super::{World, bells_for, in_order};

impl World {
    /// As if the doorbells had not been answered in time: they come again, and their old receipts are void.
    pub async fn come_again(&self, messages: &[Message]) -> Vec<Message> {
        let sqs = aws_sdk_sqs::Client::new(&self.table.config);
        for message in messages {
            let show = sqs.change_message_visibility().visibility_timeout(0);
            let show = show.queue_url(&self.table.queue_url);
            let show = show.set_receipt_handle(message.receipt_handle.clone());
            show.send().await.expect("the message can be shown again");
        }
        self.queue.receive(messages.len()).await
    }
}

#[tokio::test]
async fn a_stream_whose_receipt_has_expired_is_left_alone() {
    let world = World::new().await;
    let (lost, ours) = (world.ticket(2).await, world.ticket(1).await);
    let all = world.ring(&[lost.clone(), ours.clone()].concat()).await;
    let gone = bells_for(&all, &lost);
    for message in &gone {
        world.queue.delete(message).await;
    }

    let reported = world.hear_late(&all).await;
    let expected = gone.iter().filter_map(|message| message.message_id.clone());
    let expected: BTreeSet<_> = expected.collect();
    assert_eq!(reported.len(), expected.len());
    assert_eq!(BTreeSet::from_iter(reported), expected);
    assert_eq!(world.heard(&lost[0]), [""; 0]);
    assert_eq!(world.tries(&lost[0]).await, 0);
    assert_eq!(world.heard(&ours[0]), in_order(&ours));
}

#[tokio::test]
async fn doorbells_that_have_come_again_are_served_only_by_their_new_receipts() {
    let (world, places) = World::with_ticket(2).await;
    let old = world.ring(&places).await;
    let new = world.come_again(&old).await;
    assert_eq!(world.hear_late(&old).await.len(), 2);
    assert_eq!(world.heard(&places[0]), [""; 0]);
    assert_eq!(world.hear_late(&new).await, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn one_expired_receipt_is_enough_to_leave_the_whole_stream() {
    let (world, places) = World::with_ticket(2).await;
    let messages = world.ring(&places).await;
    world.queue.delete(&messages[1]).await;
    assert_eq!(world.hear_late(&messages).await.len(), 2);
    assert_eq!(world.heard(&places[0]), [""; 0]);
}

#[tokio::test]
async fn streams_are_served_even_if_they_cannot_be_claimed() {
    let (world, places) = World::with_ticket(2).await;
    let claim = "ChangeMessageVisibilityBatch";
    world.wire.cut(claim, "", Break::Before);
    let messages = world.ring(&places).await;
    assert_eq!(world.hear_late(&messages).await, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

/// It is no expired receipt, and the doorbell is hidden for minutes anyway.
#[tokio::test]
async fn a_stream_that_sqs_itself_could_not_claim_is_served_and_told() {
    let (world, places) = World::with_ticket(1).await;
    let claim = "ChangeMessageVisibilityBatch";
    world.wire.cut(claim, "", Break::Partly);
    let messages = world.ring(&places).await;
    let _ = reports::take();
    assert_eq!(world.hear_late(&messages).await, [""; 0]);
    assert_eq!(reports::sum(&reports::take(), "AwsErrors"), 1);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn a_message_that_is_not_a_doorbell_is_dropped_and_counted() {
    let (world, places) = World::with_ticket(1).await;
    let (empty, other) = (
        r#"{"stream":"","position":""}"#,
        r#"{"stream":"a","position":"b"}"#,
    );
    let strange = ["hello", "{}", empty, other, "null", "[]"];
    for (n, body) in strange.iter().enumerate() {
        world.queue.send(&format!("g{n}"), body).await;
    }
    world.doorbells.ring(&places[0]).await.unwrap();
    let messages = world.queue.receive(strange.len() + 1).await;
    let _ = reports::take();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(reports::sum(&reports::take(), "UnreadableDoorbells"), 6);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}
