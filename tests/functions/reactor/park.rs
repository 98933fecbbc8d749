//! Parking and un-parking.

use shared::queue::Doorbell;
use support::Reply;
use support::in_process::reports;

use super::{World, id, in_order};
use crate::{bell, parsed};

const TRIES: u32 = 12;

/// The dead letters, as they would be sent back to the queue.
async fn dead_letters(world: &World, count: usize) -> Vec<Doorbell> {
    let letters = world.dead_letters.receive(count).await;
    letters.iter().map(parsed).collect()
}

#[tokio::test]
async fn after_twelve_attempts_an_event_is_parked_and_its_neighbours_go_on() {
    let (world, places) = World::with_ticket(3).await;
    world.has_been_tried(&places[0], TRIES).await;
    let _ = reports::take();
    world.serve(&places).await;

    let states = world.states(&places).await;
    assert_eq!(states, ["parked", "settled", "settled"]);
    assert_eq!(world.heard(&places[0]), in_order(&places[1..]));
    assert_eq!(world.why(&places[0]).await, "attempted 12 times");
    assert_eq!(dead_letters(&world, 1).await, [bell(&places[0], true)]);
    assert_eq!(reports::sum(&reports::take(), "Parked"), 1);
}

#[tokio::test]
async fn the_twelfth_try_is_still_made() {
    let (world, places) = World::with_ticket(1).await;
    world.has_been_tried(&places[0], TRIES - 1).await;
    world.serve(&places).await;
    let heard = world.heard(&places[0]);
    assert_eq!(heard, [format!("{} in-order 12", id(&places[0]))]);
    assert_eq!(world.states(&places).await, ["settled"]);
}

#[tokio::test]
async fn of_ten_events_behind_an_outage_only_the_first_is_parked() {
    let (world, places) = World::with_ticket(10).await;
    world.has_been_tried(&places[0], TRIES).await;
    world.answer(&places[0], Reply::Status(503));
    world.ring_in_vain(&places, 9).await;

    assert_eq!(world.state(&places[0]).await, "parked");
    assert_eq!(world.states(&places[1..]).await, ["waiting"; 9]);
    let heard = world.heard(&places[0]);
    assert_eq!(heard, in_order(&places[1..2]), "its first attempt");
    assert_eq!(dead_letters(&world, 1).await, [bell(&places[0], true)]);
}

#[tokio::test]
async fn a_final_failure_is_parked_at_once_and_its_neighbours_go_on() {
    for status in [400, 413, 415, 422] {
        let (world, places) = World::with_ticket(3).await;
        world.target.answer(id(&places[1]), Reply::Status(status));
        world.serve(&places).await;
        let states = world.states(&places).await;
        assert_eq!(states, ["settled", "parked", "settled"], "{status}");
        let heard = world.heard(&places[0]);
        assert_eq!(heard, in_order(&places), "{status}: each is tried once");
        let why = world.why(&places[1]).await;
        assert!(why.starts_with(&format!("the target answered {status}")));
        assert_eq!(dead_letters(&world, 1).await, [bell(&places[1], true)]);
    }
}

#[tokio::test]
async fn a_stale_doorbell_does_not_bring_back_what_is_parked_or_settled() {
    let (world, places) = World::with_ticket(3).await;
    world.target.answer(id(&places[0]), Reply::Status(400));
    world.serve(&places[..2]).await;
    let before = [world.item(&places[0]).await, world.item(&places[1]).await];
    let heard = world.heard(&places[0]).len();
    let states = world.states(&places).await;
    assert_eq!(states, ["parked", "settled", "waiting"]);

    world.serve(&places).await;
    let states = world.states(&places).await;
    assert_eq!(states, ["parked", "settled", "settled"]);
    let seen = [world.item(&places[0]).await, world.item(&places[1]).await];
    assert_eq!(seen, before);
    let seen = &world.heard(&places[0])[heard..];
    assert_eq!(seen, in_order(&places[2..]), "only the waiting one");
}

#[tokio::test]
async fn a_redriven_dead_letter_un_parks_its_event_and_resets_its_attempts() {
    let (world, places) = World::with_ticket(2).await;
    world.has_been_tried(&places[0], TRIES).await;
    world.serve(&places).await;
    let letters = world.dead_letters.receive(1).await;
    let body = letters[0].body().unwrap();
    world.queue.send("redriven", body).await;

    let messages = world.queue.receive(1).await;
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.states(&places).await, ["settled", "settled"]);
    let late = format!("{} late 1", id(&places[0]));
    let heard = world.heard(&places[0]);
    assert_eq!(heard, [in_order(&places[1..]), vec![late]].concat());
}

#[tokio::test]
async fn un_parking_does_nothing_to_a_settled_event() {
    let (world, places) = World::with_ticket(1).await;
    world.serve(&places).await;
    let settled = world.item(&places[0]).await;
    for _ in 0..2 {
        world.doorbells.unpark(&places[0]).await.unwrap();
        let messages = world.queue.receive(1).await;
        assert_eq!(world.hear(&messages).await, [""; 0]);
        world.queue.delete(&messages[0]).await;
    }
    assert_eq!(world.item(&places[0]).await, settled);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}
