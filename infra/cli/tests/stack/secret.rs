//! `alga-webhooks secret`: `set` and `rotate`.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Instant;

use algapsa::{Answer, Event, Sender, Ticket};
use serde_json::{Value, json};
use support::{SOON, Stack, cloud, wait_until};
use uuid::Uuid;

use crate::command::{Cli, Ran, cli};

/// A secret as AlgaPSA makes them: 43 characters of base64url.
fn fresh() -> String {
    let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("_-{}", &text[..41])
}

/// The value that is there now.
fn value(stack: &Stack) -> String {
    let asked = json!({ "SecretId": stack.secret_id });
    let answer = cloud::call("secretsmanager", "GetSecretValue", &asked).unwrap();
    answer["SecretString"].as_str().unwrap().to_owned()
}

fn put(stack: &Stack, words: &str, secret: &str) -> Cli {
    let cli = cli(stack, &format!("--json secret {words}")).input(secret);
    match secret.trim() {
        // What is too short to be a secret would be found in any text.
        short if short.len() <= 8 => cli,
        long => cli.hiding(long),
    }
}

/// Which secrets it checked, and whether the receiver accepted them: "new true" for one.
fn checks(ran: &Ran) -> Vec<String> {
    let change = ran.json();
    let checks = change["checks"].as_array().unwrap().iter();
    let told = |check: &Value| {
        let name = check["signed_with"].as_str().unwrap();
        format!("{name} {}", check["accepted"] == json!(true))
    };
    checks.map(told).collect()
}

#[test]
fn a_first_secret_is_put_and_waited_for_until_the_receiver_accepts_it() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret("");
    let sender = Sender::new(&stack.webhook_url, &fresh());
    let event = Ticket::new("First").event("ticket.created", 0);
    assert_eq!(sender.delivery(&event).once().outcome(), "503 unavailable");
    let ran = put(&stack, "set", &format!(" {}\n", sender.secret)).ends(0);
    assert_eq!(checks(&ran), ["new true"]);
    assert_eq!(ran.json()["changed"], json!(true));
    assert_eq!(value(&stack), sender.secret);
    sender.deliver(&event);
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

/// Deliveries signed with that secret, one after the other: some before `meanwhile`, some during it, some after.
fn delivering(sender: &Sender, meanwhile: impl FnOnce() -> Ran) -> (Ran, Vec<Answer>) {
    const SOME: usize = 5;
    let (sent, enough) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let sent_more_than = |count| wait_until("deliveries", SOON, || sent.load(Relaxed) > count);
    let deliver = || {
        let (mut answers, started) = (Vec::new(), Instant::now());
        // If `meanwhile` panics, nobody says what is enough.
        while answers.len() < enough.load(Relaxed) && started.elapsed() < 3 * SOON {
            let event = Ticket::new("Meanwhile").event("ticket.updated", 0);
            answers.push(sender.send(&event));
            sent.store(answers.len(), Relaxed);
        }
        answers
    };
    thread::scope(|scope| {
        let delivering = scope.spawn(deliver);
        sent_more_than(SOME);
        let ran = meanwhile();
        enough.store(sent.load(Relaxed) + SOME, Relaxed);
        (ran, delivering.join().expect("the sender goes on"))
    })
}

#[test]
fn a_rotation_refuses_no_delivery() {
    let stack = Stack::deploy("HoldSeconds=0");
    let old = stack.sender();
    let new = Sender::new(&stack.webhook_url, &fresh());
    assert_eq!(old.send(&Event::test()).outcome(), "200 test");
    let (ran, answers) = delivering(&old, || put(&stack, "rotate", &new.secret).ends(0));
    let refused = answers.iter().find(|answer| !answer.is_accepted());
    assert!(refused.is_none(), "{refused:?}");
    assert_eq!(checks(&ran), ["new true", "old true"]);
    assert!(ran.json()["previous_counts_until"].is_string(), "{ran:?}");
    ran.warns("Settings → Security → Webhooks → Outbound");
    assert_eq!(value(&stack), new.secret);

    // Another instance may still hold what it read before; it looks again at most every 30 s.
    assert_eq!(old.send(&Event::test()).outcome(), "200 test");
    wait_until("the new secret to count", SOON, || {
        new.send(&Event::test()).outcome() == "200 test"
    });
}

/// AlgaPSA signs with the new secret before it is put in. That makes the receiver read the old one again, and bars it from
/// reading for 30 s. Five rejected deliveries raise one alarm, three refused ones another.
#[test]
fn a_rotation_has_at_most_one_delivery_of_its_own_rejected() {
    let stack = Stack::deploy("HoldSeconds=0");
    let new = Sender::new(&stack.webhook_url, &fresh());
    let logged = |outcome: &str| {
        let lines = stack.receiver_log().into_iter();
        lines.filter(|line| line["outcome"] == outcome).count()
    };
    assert_eq!(new.send(&Event::test()).outcome(), "401 unauthorized");
    let ran = put(&stack, "rotate", &new.secret).ends(0);
    assert_eq!(checks(&ran), ["new true", "old true"]);
    wait_until("both checks are logged", SOON, || logged("test") == 2);
    let rejected = logged("rejected");
    assert!(rejected <= 2, "AlgaPSA's and one of ours, not {rejected}");
}

#[test]
fn the_same_secret_once_more_changes_nothing() {
    let stack = Stack::deploy("HoldSeconds=0");
    let secret = fresh();
    put(&stack, "rotate", &secret).ends(0);
    let again = put(&stack, "rotate", &secret).ends(0);
    assert_eq!(again.json()["changed"], json!(false));
    assert_eq!(checks(&again), ["new true"]);
    let again = cli(&stack, "secret rotate").hiding(&secret);
    again.input(&secret).ends(0).shows("Nothing was changed");
    let sent = stack.sender().send(&Event::test());
    assert_eq!(sent.outcome(), "200 test", "the old one still counts");
}

#[test]
fn a_second_rotation_within_the_hour_takes_force() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (second, third) = (fresh(), fresh());
    put(&stack, "rotate", &second).ends(0);
    let ran = put(&stack, "rotate", &third).ends(1);
    ran.warns("nothing was changed … --force");
    ran.warns("do not make another one in AlgaPSA now");
    let leads_on = ran.err.contains("In AlgaPSA, open");
    assert!(!leads_on, "{}", ran.err);
    assert_eq!(value(&stack), second);
    // Back to the one before: nothing ends by that.
    let back = put(&stack, "rotate", &stack.signing_secret).ends(0);
    assert_eq!(checks(&back), ["new true", "old true"]);
    put(&stack, "rotate --force", &third).ends(0);
    assert_eq!(value(&stack), third);
}

#[test]
fn one_of_several_webhooks_is_rotated_and_keeps_its_tenant() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (first, second) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    let (old, other, new) = (fresh(), fresh(), fresh());
    let with = |secret: &str| {
        json!({
            first.clone(): { "secret": secret, "tenant_id": "one" },
            second.clone(): { "secret": other },
        })
    };
    stack.put_secret(&with(&old).to_string());
    let unnamed = put(&stack, "rotate --force", &new).ends(1);
    unnamed.warns("--webhook-id");
    let unknown = format!("rotate --webhook-id {}", Uuid::new_v4());
    let unknown = put(&stack, &unknown, &new).ends(1);
    unknown.warns("alga-webhooks secret set --webhook-id");
    let rotate = format!("rotate --webhook-id {first} --force");
    let ran = put(&stack, &rotate, &new).hiding(&old).hiding(&other);
    let ran = ran.ends(0);
    assert_eq!(checks(&ran), ["new true", "old true"]);
    let seen = serde_json::from_str::<Value>(&value(&stack)).unwrap();
    assert_eq!(seen, with(&new));
}

#[test]
fn what_cannot_be_rotated_is_said_with_what_to_do() {
    let stack = Stack::deploy("HoldSeconds=0");
    let rotate = format!("rotate --webhook-id {}", Uuid::new_v4());
    let ran = put(&stack, &rotate, &fresh()).ends(1);
    ran.warns("leave --webhook-id out");
    stack.put_secret("");
    let ran = put(&stack, "rotate", &fresh()).ends(1);
    ran.warns("alga-webhooks secret set");
    // It is told before anybody goes there.
    assert!(!ran.err.contains("In AlgaPSA"), "{}", ran.err);
    put(&stack, "set --tenant t", "").ends(2);
}

#[test]
fn a_secret_that_the_receiver_does_not_accept_is_in_place_but_not_good() {
    let stack = Stack::deploy("HoldSeconds=0");
    let secret = fresh();
    let rotate = put(&stack, "rotate", &secret);
    let ran = rotate.env("WEBHOOK_URL", "http://127.0.0.1:1/").ends(1);
    ran.warns("The secret is in place, but the receiver did not accept");
    assert_eq!(checks(&ran)[0], "new false");
    assert_eq!(value(&stack), secret);
}
