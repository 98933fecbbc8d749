//! What of AlgaPSA's API answers otherwise than it should: what may have happened all the same is never passed over.

use algapsa::ticket_api::Mood;
use serde_json::Value;

use super::World;
use crate::connect::value;

#[test]
fn a_new_secret_that_may_be_lost_ends_it_and_the_same_command_helps() {
    let world = World::new(true);
    world.stack.put_secret("");
    let rotates = |mood| {
        world
            .api
            .becomes(Mood::Only("/secret/rotate", Box::new(mood)));
    };
    for mood in [
        Mood::Status(500),
        Mood::Status(503),
        Mood::Status(400),
        Mood::Nonsense(r#"{"data":{}}"#),
        Mood::Cut(20),
    ] {
        rotates(mood);
        let ran = world.connect().ends(1);
        ran.warns("with a new secret that nobody has: run the same command again … secret rotate");
        assert!(!ran.out.contains("The webhook in AlgaPSA"), "{}", ran.out);
    }
    assert_ne!(world.secret(), world.webhook.secret, "it was rotated");
    rotates(Mood::Well);
    world.connect().ends(0);
    assert_eq!(value(&world.stack.secret_id), world.secret());
}

#[test]
fn a_webhook_that_may_have_been_made_all_the_same_is_told() {
    let world = World::new(true);
    world.stack.put_secret("");
    let told = "it may have made a webhook all the same";
    for (mood, is_told) in [
        (Mood::Status(500), true),
        (Mood::Nonsense(r#"{"data":{}}"#), true),
        (Mood::Status(503), true),
        (Mood::Cut(20), true),
        (Mood::Status(403), false),
        (Mood::Status(400), false),
    ] {
        world.api.becomes(Mood::Only("/webhooks", Box::new(mood)));
        let ran = world.cli("connect").ends(1);
        let words = [&*ran.out, &ran.err].map(str::split_whitespace);
        let said: Vec<&str> = words.into_iter().flatten().collect();
        assert_eq!(said.join(" ").contains(told), is_told, "{ran:?}");
    }
}

#[test]
fn a_key_that_may_not_rotate_leaves_it_to_a_person() {
    let world = World::new(true);
    world.stack.put_secret("");
    let refuses = Mood::Only("/secret/rotate", Box::new(Mood::Status(403)));
    world.api.becomes(refuses);
    let ran = world.connect().ends(1);
    ran.tells("answered 403 … The webhook in AlgaPSA");
    ran.warns("no secret was given");
}

/// A test that was not sent says nothing of the secret.
#[test]
fn nothing_is_changed_where_the_api_refuses_its_test() {
    let world = World::new(true);
    let words = format!("connect --wait 0s --webhook {}", world.webhook.id);
    for (status, told) in [(403, "The webhook in AlgaPSA"), (500, "Send test")] {
        let refuses = Mood::Only("/test", Box::new(Mood::Status(status)));
        world.api.becomes(refuses);
        world.cli(&words).ends(1).tells(told);
    }
    world
        .api
        .becomes(Mood::Only("/test", Box::new(Mood::Status(429))));
    world.cli(&words).ends(1).warns("asked too often");
    assert_eq!(world.secret(), world.webhook.secret);
    assert_eq!(value(&world.stack.secret_id), world.stack.signing_secret);
}

#[test]
fn a_secret_that_was_stored_has_changed_whatever_comes_after() {
    let world = World::new(true);
    world.stack.put_secret("");
    world
        .api
        .becomes(Mood::Only("/test", Box::new(Mood::Status(403))));
    let words = format!("--json connect --wait 0s --webhook {}", world.webhook.id);
    let ran = world.cli(&words).ends(1).json();
    assert_eq!(ran["secret_changed"], true);
    assert_eq!(ran["proof"], Value::Null);
    assert_eq!(value(&world.stack.secret_id), world.secret());
}
