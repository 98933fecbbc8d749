//! AWS fails while a delivery is received.

use jiff::Timestamp;
use shared::filter::Filter;
use support::in_process::{Break, Envelope, aws};

use super::{SECRET, World, put_secret, receiver, signed_by};

#[tokio::test]
async fn what_could_not_be_kept_is_not_acknowledged_and_not_rung_for() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    world.wire.cut("PutItem", "", Break::Before);
    let answer = world.send(&envelope).await;
    let answered = (answer.status, answer.body.as_str());
    assert_eq!(answered, (503, r#"{"error":"unavailable"}"#));
    let told = world.send(&envelope.clone().with_id("")).await.told();
    assert_eq!(told, "503 unavailable", "quarantine");
    assert_eq!(world.wire.calls("SendMessage"), 0);

    world.wire.repair();
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
}

#[tokio::test]
async fn a_doorbell_that_was_lost_after_admission_is_rung_by_the_retry() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    world.wire.cut("SendMessage", "", Break::Before);
    assert_eq!(world.send(&envelope).await.told(), "503 unavailable");
    world.kept(&envelope.event().place).await;
    assert_eq!(world.queue.depth().await, (0, 0));

    world.wire.repair();
    assert_eq!(world.send(&envelope).await.told(), "200 duplicate");
    assert_eq!(world.queue.receive(1).await.len(), 1);
}

#[tokio::test]
async fn an_admission_whose_answer_was_lost_is_healed_by_the_retry() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    world.wire.cut("PutItem", "", Break::After);
    assert_eq!(world.send(&envelope).await.told(), "503 unavailable");
    world.wire.repair();
    assert_eq!(world.send(&envelope).await.told(), "200 duplicate");
    assert_eq!(world.queue.receive(1).await.len(), 1);
}

#[tokio::test]
async fn the_sdks_own_retries_of_one_ring_are_one_doorbell() {
    let world = World::new().await;
    let before = world.wire.calls("SendMessage");
    world.wire.cut("SendMessage", "", Break::After);
    let told = world.send(&Envelope::new("ticket.created")).await.told();
    assert_eq!(told, "503 unavailable");
    let rung = world.wire.calls("SendMessage") - before;
    assert!(rung > 1, "the SDK has not tried again");
    assert_eq!(world.queue.depth().await, (1, 0));
}

#[tokio::test]
async fn without_aws_a_receiver_answers_503_to_what_it_cannot_check_and_401_to_what_is_stale() {
    let world = World::without_secret(Filter::default()).await;
    let cut_off = receiver(&aws::down(), &world.table, Filter::default());
    cut_off.warm_up(Timestamp::now()).await;
    let receiver = cut_off;
    let world = World { receiver, ..world };
    let body = Envelope::new("ticket.created").body();
    let now = Timestamp::now();
    let old = now - std::time::Duration::from_mins(15);
    for (at, told) in [(now, "503 unavailable"), (old, "401 stale signature")] {
        let seen = world.receive(signed_by(SECRET, at, body.as_bytes())).await;
        assert_eq!(seen.told(), told);
    }
}

#[tokio::test]
async fn a_receiver_without_a_secret_answers_503_and_finds_it_without_a_restart() {
    let world = World::without_secret(Filter::default()).await;
    world.receiver.warm_up(Timestamp::now()).await;
    let told = world.send(&Envelope::new("ticket.created")).await.told();
    assert_eq!(told, "503 unavailable");
    assert_eq!(world.table.items().await, []);

    // A receiver that has not just asked asks at once.
    put_secret(&world.table, SECRET).await;
    let world = world.restarted();
    let told = world.send(&Envelope::new("ticket.created")).await.told();
    assert_eq!(told, "200 accepted");
}
