//! Order: each stream is served once and in order, and stragglers are marked.

use reactor::reaction::TIMEOUT;
use shared::event::Place;
use support::in_process::{Envelope, reports};
use support::{Reply, SOON, until};
use tokio::select;

use super::{World, id, in_order, subject};

#[tokio::test]
async fn every_stream_of_a_batch_is_served_once_and_in_order() {
    let world = World::new().await;
    let ticket = async || world.ticket(3).await;
    let tickets = [ticket().await, ticket().await, ticket().await];
    let _ = reports::take();
    world.serve(&tickets.concat()).await;
    for places in &tickets {
        assert_eq!(world.heard(&places[0]), in_order(places));
        assert_eq!(world.states(places).await, ["settled"; 3]);
    }
    let lines = reports::take();
    assert_eq!(lines.len(), 1, "one wide event per invocation");
    assert_eq!(reports::sum(&lines, "ReactionsInOrder"), 9, "{lines:?}");
}

#[tokio::test]
async fn one_doorbell_serves_a_long_row_of_events() {
    let (world, places) = World::with_ticket(120).await;
    world.serve(&places[119..]).await;
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn no_event_after_the_last_one_that_was_rung_for_is_served() {
    let (world, places) = World::with_ticket(3).await;
    world.serve(&places[..2]).await;
    let states = world.states(&places).await;
    assert_eq!(states, ["settled", "settled", "waiting"]);
    assert_eq!(world.heard(&places[0]), in_order(&places[..2]));
}

#[tokio::test]
async fn a_straggler_still_gets_its_reaction_and_is_marked_late() {
    let world = World::new().await;
    let row = Envelope::row(3);
    let later = world.keep(&row[1..]).await;
    world.serve(&later).await;
    let straggler = world.keep(&row[..1]).await;
    let _ = reports::take();
    world.serve(&straggler).await;

    let mut expected = in_order(&later);
    expected.push(format!("{} late 1", id(&straggler[0])));
    assert_eq!(world.heard(&straggler[0]), expected);
    assert_eq!(world.states(&straggler).await, ["settled"]);
    assert_eq!(reports::sum(&reports::take(), "ReactionsLate"), 1);
}

#[tokio::test]
async fn one_streams_failure_does_not_keep_another_waiting() {
    let world = World::new().await;
    let (stuck, free) = (world.ticket(1).await, world.ticket(1).await);
    world.answer(&stuck[0], Reply::Nothing);
    let messages = world.ring(&[stuck.clone(), free.clone()].concat()).await;
    select! {
        _ = world.hear(&messages) => panic!("a target that never answers was not waited for"),
        () = until("the other ticket is served", SOON, async || {
            (world.state(&free[0]).await == "settled").then_some(())
        }) => {}
    }
    assert_eq!(world.states(&stuck).await, ["waiting"]);
}

/// After a crash the streams are served one by one, so that the next crash counts only against the event that causes it.
#[tokio::test]
async fn a_batch_with_a_redelivered_doorbell_is_served_one_stream_at_a_time_the_least_tried_first()
{
    let world = World::new().await;
    let (often, once) = (world.ticket(1).await, world.ticket(1).await);
    let never = world.ticket(1).await;
    world.has_been_tried(&often[0], 5).await;
    world.has_been_tried(&once[0], 1).await;
    let places = [often.clone(), once.clone(), never].concat();
    let first = world.ring(&places).await;
    let again = world.come_again(&first).await;

    // It takes up all the time that the streams of a batch share, and the next suspect has its turn all the same.
    world.answer(&once[0], Reply::Nothing);
    assert_eq!(world.hear(&again).await.len(), 1);
    let states = world.states(&places).await;
    assert_eq!(states, ["settled", "waiting", "settled"]);
    let [second, last] = [&once[0], &often[0]].map(|place| world.heard(place));
    assert_eq!(second, [format!("{} in-order 2", id(&once[0]))]);
    assert_eq!(last, [format!("{} in-order 6", id(&often[0]))]);
    let heard_at = |place: &Place| world.target.calls(subject(place))[0].at;
    assert!(heard_at(&often[0]) - heard_at(&once[0]) >= TIMEOUT, "alone");
}

#[tokio::test]
async fn after_a_crash_the_others_are_done_before_what_was_tried_most() {
    let world = World::new().await;
    let (killer, once) = (world.ticket(1).await, world.ticket(1).await);
    let never = world.ticket(1).await;
    world.has_been_tried(&killer[0], 5).await;
    world.has_been_tried(&once[0], 1).await;
    world.answer(&killer[0], Reply::Nothing);
    let places = [killer.clone(), once.clone(), never.clone()].concat();
    let first = world.ring(&places).await;
    let again = world.come_again(&first).await;

    // Here the function dies.
    select! {
        _ = world.hear(&again) => panic!("a target that never answers was not waited for"),
        () = until("the one that was tried most is reached", SOON, async || {
            (!world.heard(&killer[0]).is_empty()).then_some(())
        }) => {}
    }
    let states = world.states(&places).await;
    assert_eq!(states, ["waiting", "settled", "settled"]);
    let (_, hidden) = world.queue.depth().await;
    assert_eq!(
        hidden, 1,
        "the doorbells of what was done before the crash are gone"
    );
    let heard_at = |places: &[Place]| world.target.calls(subject(&places[0]))[0].at;
    assert!(heard_at(&never) < heard_at(&once), "least tried first");
    assert!(heard_at(&once) < heard_at(&killer), "least tried first");
}

#[tokio::test]
async fn a_suspect_has_its_turn_next_to_a_ticket_whose_target_never_answers() {
    let world = World::new().await;
    let (suspect, hanging) = (world.ticket(1).await, world.ticket(2).await);
    world.has_been_tried(&suspect[0], 1).await;
    world.answer(&hanging[0], Reply::Nothing);
    let first = world
        .ring(&[suspect.clone(), hanging.clone()].concat())
        .await;
    let again = world.come_again(&first).await;
    assert_eq!(
        world.hear(&again).await.len(),
        2,
        "those of the ticket that hangs"
    );
    assert_eq!(world.state(&suspect[0]).await, "settled");
}

/// Only an attempt that never ended makes its stream a suspect, not one that failed or was put back.
#[tokio::test]
async fn neighbours_that_fail_do_not_hold_up_a_ticket_that_was_put_back() {
    let world = World::new().await;
    let healthy = world.ticket(2).await;
    world.serve(&healthy[..1]).await;
    let failing = world.ticket(1).await;
    world.answer(&failing[0], Reply::Status(503));
    let first = world.ring(&failing).await;
    assert_eq!(world.hear(&first).await.len(), 1);
    world.answer(&failing[0], Reply::Nothing);
    let hanging = world.ticket(1).await;
    world.answer(&hanging[0], Reply::Nothing);

    let put_back = world.ring(&healthy[1..]).await;
    let fresh = world.ring(&hanging).await;
    let first = world.come_again(&first).await;
    let put_back = world.come_again(&put_back).await;
    let batch = [fresh, first, put_back].concat();
    assert_eq!(world.hear(&batch).await.len(), 2);
    assert_eq!(world.state(&healthy[1]).await, "settled");
    assert_eq!(world.heard(&failing[0]).len(), 2, "it was attempted too");
}
