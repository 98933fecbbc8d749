//! What AlgaPSA never told of: each way to react says so of what the reconciler found, and of nothing else.

use reactor::failure::Failure;
use reactor::reaction::Choice;
use serde_json::Value;
use shared::event::Place;
use support::in_process::{Envelope, reports};

use super::{World, bus, subject};

/// Two events, of which the second was never announced.
async fn keep(world: &World) -> [Place; 2] {
    let usual = Envelope::new("ticket.status_changed");
    let found = Envelope::new("ticket.deleted").unannounced();
    let places = world.keep(&[usual, found]).await;
    places.try_into().expect("as many as were kept")
}

#[tokio::test]
async fn a_target_is_told_by_a_header_and_the_log_by_a_field_that_others_do_not_have() {
    let _log = reports::log();
    let world = World::new().await;
    let [usual, found] = keep(&world).await;
    for (place, header, field) in [(usual, "", None), (found, "true", Some(true.into()))] {
        let _ = reports::logged();
        world.serve(std::slice::from_ref(&place)).await;
        let call = world.target.calls(subject(&place)).remove(0);
        assert_eq!(call.header("x-alga-unannounced"), header);
        let logged = reports::logged();
        let mut lines = logged.lines().map(serde_json::from_str);
        let reacted = lines.find_map(|line: Result<Value, _>| {
            let line = line.expect("each line is JSON");
            (line["message"] == "reacted").then_some(line)
        });
        let reacted = reacted.expect("the reaction is logged");
        assert_eq!(reacted.get("unannounced"), field.as_ref(), "{reacted}");
    }
}

#[tokio::test]
async fn a_rule_on_the_bus_can_tell_the_two_apart() {
    let world = World::with(|settings, table| settings.reaction = bus(table)).await;
    world.serve(&keep(&world).await).await;
    let mut told: Vec<_> = world.wire.requests("PutEvents");
    told.sort_by_key(|put| put["Entries"][0]["DetailType"].to_string());
    let told = told.iter().map(|put| {
        let detail = put["Entries"][0]["Detail"].as_str().expect("a text");
        let detail: Value = serde_json::from_str(detail).expect("JSON");
        detail["unannounced"].clone()
    });
    assert_eq!(told.collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn code_of_the_users_own_is_told_by_its_attempt() {
    let custom = Choice::Custom(|attempt| {
        let why = format!("unannounced: {}", attempt.unannounced);
        Box::pin(async { Err(Failure::last(why)) })
    });
    let world = World::with(|settings, _| settings.reaction = custom).await;
    let [usual, found] = keep(&world).await;
    world.serve(&[usual.clone(), found.clone()]).await;
    assert_eq!(world.why(&usual).await, "unannounced: false");
    assert_eq!(world.why(&found).await, "unannounced: true");
}
