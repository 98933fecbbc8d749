//! Replays: another reaction to a settled event, marked as such, and settled again.

use serde_json::{Value, json};
use support::in_process::{Envelope, reports};

use super::{World, id};

/// Reacts to an event, to one that came late, and to a replay. Gives the id, order and replay that should be told of each.
pub async fn late_and_replayed(world: &World) -> [Value; 3] {
    let row = Envelope::row(2);
    let later = world.keep(&row[1..]).await;
    world.serve(&later).await;
    let straggler = world.keep(&row[..1]).await;
    world.serve(&straggler).await;
    let replayed_at = world.replay(&later[0]).await;
    world.serve(&later).await;
    let replay = format!("{replayed_at:.3}");
    [
        json!(["e0001", "in-order", null]),
        json!(["e0000", "late", null]),
        json!(["e0001", "in-order", replay]),
    ]
}

#[tokio::test]
async fn a_replay_is_reacted_to_once_more_and_says_so() {
    let (world, places) = World::with_ticket(2).await;
    world.serve(&places).await;
    let at = world.replay(&places[0]).await;
    let _ = reports::take();
    world.serve(&places[..1]).await;

    let calls = world.target.calls(id(&places[0]));
    let headers = ["x-alga-replay", "x-alga-order"];
    let told = calls
        .iter()
        .map(|call| headers.map(|name| call.header(name)));
    let expected = [["", "in-order"], [&format!("{at:.3}"), "late"]];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(calls[0].body, calls[1].body);
    assert_eq!(world.states(&places).await, ["settled"; 2]);
    let lines = reports::take();
    assert_eq!(reports::sum(&lines, "Replayed"), 1);
    let seen = reports::sum(&lines, "ReactionsLate");
    assert_eq!(seen, 0, "nothing came too late");

    // A further doorbell finds nothing to do.
    world.serve(&places).await;
    assert_eq!(world.target.calls(id(&places[0])).len(), 2);
}
