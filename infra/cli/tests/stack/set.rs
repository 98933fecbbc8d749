//! `alga-webhooks secret set`.

use algapsa::{Sender, Ticket};
use serde_json::{Value, json};
use support::Stack;
use uuid::Uuid;

use crate::offered::{checks, fresh, put, value};

#[test]
fn a_first_secret_is_put_and_waited_for_until_the_receiver_accepts_it() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret("");
    let sender = Sender {
        secret: fresh(),
        ..stack.sender()
    };
    let event = Ticket::new("First").event("ticket.created", 0);
    assert_eq!(sender.send(&event).outcome(), "503 unavailable");
    let ran = put(&stack, "set", &format!(" {}\n", sender.secret)).ends(0);
    assert_eq!(checks(&ran), ["new true"]);
    assert_eq!(ran.json()["changed"], json!(true));
    assert_eq!(value(&stack), sender.secret);
    assert_eq!(sender.send(&event).outcome(), "200 accepted");
}

#[test]
fn a_secret_that_is_there_is_replaced_only_by_force() {
    let stack = Stack::deploy("HoldSeconds=0");
    let secret = fresh();
    let ran = put(&stack, "set", &secret).ends(1);
    ran.warns("alga-webhooks secret rotate");
    assert_eq!(value(&stack), stack.signing_secret);
    let ran = put(&stack, "set --force", &secret).ends(0);
    assert_eq!(checks(&ran), ["new true"]);
    assert!(ran.json()["previous_counts_until"].is_string(), "{ran:?}");
    assert_eq!(value(&stack), secret);
}

#[test]
fn what_does_not_look_like_a_secret_is_put_only_by_force() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret("");
    for (secret, why) in [
        ("", "nothing"),
        (" \n", "nothing"),
        ("a-secret that-has white-space", "white space inside"),
        ("too-short-to-be-one", "has 19 characters"),
        (r#"{"a":{"secret":"s"}}"#, "map"),
    ] {
        put(&stack, "set", secret).ends(1).warns(why);
    }
    for forced in ["", r#"{"a":{"secret":"s"}}"#] {
        put(&stack, "set --force", forced).ends(1);
    }
    assert_eq!(value(&stack), "");
    put(&stack, "set --force", "too-short-to-be-one").ends(0);
    assert_eq!(value(&stack), "too-short-to-be-one");
}

#[test]
fn each_of_several_webhooks_gets_an_entry() {
    let stack = Stack::deploy("HoldSeconds=0");
    let [first, second, third] = [(); 3].map(|()| Uuid::new_v4().to_string());
    let secret = fresh();
    let ran = put(&stack, &format!("set --webhook-id {second}"), &secret).ends(1);
    ran.warns("--existing-is");
    let set = format!("set --webhook-id {second} --tenant t2 --existing-is {first}");
    let ran = put(&stack, &set, &secret).ends(0);
    assert_eq!(ran.json()["webhook_id"], json!(second));
    let mut expected = json!({
        first.clone(): { "secret": stack.signing_secret },
        second.clone(): { "secret": secret, "tenant_id": "t2" },
    });
    let held = || serde_json::from_str::<Value>(&value(&stack)).unwrap();
    assert_eq!(held(), expected);

    let another = fresh();
    put(&stack, &format!("set --webhook-id {third}"), &another).ends(0);
    expected[&third] = json!({ "secret": another });
    assert_eq!(held(), expected);

    let ran = put(&stack, "set", &fresh()).ends(1);
    ran.warns(&format!("--webhook-id … {first}"));
    let set = format!("set --webhook-id {third} --tenant t3");
    let ran = put(&stack, &set, &fresh()).ends(1);
    ran.warns("another secret");
    assert_eq!(held(), expected);
}

#[test]
fn a_webhook_is_bound_to_its_tenant_with_the_secret_that_it_has() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (webhook, secret) = (Uuid::new_v4().to_string(), fresh());
    let unbound = json!({ webhook.clone(): { "secret": secret } }).to_string();
    stack.put_secret(&unbound);
    let set = format!("set --webhook-id {webhook} --tenant mine");
    let ran = put(&stack, &set, &secret).ends(1);
    ran.warns("still counts until");
    stack.put_secret(&unbound); // now it is the one before, too, so that nothing would end
    put(&stack, &set, &secret).ends(0);
    let held: Value = serde_json::from_str(&value(&stack)).unwrap();
    let expected = json!({ webhook: { "secret": secret, "tenant_id": "mine" } });
    assert_eq!(held, expected);
}

#[test]
fn a_value_that_cannot_be_used_is_replaced_only_by_force() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret(r#"{"a":"b"}"#);
    let secret = fresh();
    let ran = put(&stack, "set", &secret).ends(1);
    ran.warns("cannot be used");
    put(&stack, "set --force", &secret).ends(0);
    assert_eq!(value(&stack), secret);
}
