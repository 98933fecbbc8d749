//! `alga-webhooks connect --algapsa … --webhook …`: by AlgaPSA's API, where it lets us.

mod refusals;

use std::time::Duration;

use algapsa::ticket_api::{Installation, KEY, Key, Mood, TicketApi, Webhook};
use algapsa::{Event, Sender, Ticket};
use jiff::Timestamp;
use support::Stack;

use super::{connect, fresh, meanwhile, sends_a_test, value};
use crate::command::Cli;

/// An AlgaPSA with a webhook for the stack; `has_rows` says whether its database lets the key manage webhooks.
struct World {
    stack: Stack,
    api: TicketApi,
    webhook: Webhook,
}

impl World {
    fn new(has_rows: bool) -> Self {
        let stack = Stack::deploy("HoldSeconds=0");
        Self::with(stack, has_rows, str::to_owned)
    }

    fn with(stack: Stack, has_rows: bool, url: impl FnOnce(&str) -> String) -> Self {
        let mut installation = Installation::new([]);
        let mut key = Key::of(installation.tenant_id());
        key.may_manage_webhooks = has_rows;
        installation.put_key(KEY, key);
        let webhook = Webhook::new(
            7,
            &url(&stack.webhook_url),
            &["ticket.created", "ticket.closed"],
        );
        installation.put_webhook(webhook.clone());
        let api = TicketApi::serving(installation, Timestamp::now);
        Self {
            stack,
            api,
            webhook,
        }
    }

    fn cli(&self, words: &str) -> Cli {
        let words = format!("{words} --algapsa {}", self.api.url);
        connect(&self.stack, &words)
            .env("ALGAPSA_API_KEY", KEY)
            .hiding(KEY)
    }

    /// By the id of its webhook.
    fn connect(&self) -> Cli {
        self.cli(&format!("connect --webhook {}", self.webhook.id))
    }

    /// The secret that signs the webhook's deliveries now.
    fn secret(&self) -> String {
        let id = self.webhook.id;
        self.api
            .with(|there| there.webhook(id).expect("it is there").secret.clone())
    }
}

#[test]
fn a_webhook_gets_a_new_secret_that_is_stored_and_proved_by_algapsas_own_test() {
    let world = World::new(true);
    world.stack.put_secret("");
    let ran = world.connect().ends(0);
    assert_ne!(world.secret(), world.webhook.secret, "it was rotated");
    assert_eq!(value(&world.stack.secret_id), world.secret());
    assert!(
        !ran.out.contains(&world.secret()),
        "a secret is never shown"
    );
    ran.tells("By AlgaPSA's API … These events are not ticked … ticket.updated");
    ran.tells("AlgaPSA has a new signing secret, the stack holds it … It arrived at … Connected.");
    ran.tells("whether comments are left out");

    let before = world.secret();
    let ran = world.connect().ends(0);
    ran.tells("so nothing was changed");
    assert_eq!(world.secret(), before, "what works is left alone");
}

#[test]
fn as_algapsa_is_installed_its_api_refuses_and_a_person_does_it() {
    let world = World::new(false);
    world.stack.put_secret("");
    let sender = Sender::new(&world.stack.webhook_url, &fresh());
    let cli = world.connect().input(&sender.secret).hiding(&sender.secret);
    let ran = meanwhile(cli, 0, || sends_a_test(&world.stack, &sender));
    ran.tells(
        "answered 403 Permission denied: Cannot read webhook. As it is installed, it lets nobody",
    );
    ran.tells("2. The webhook in AlgaPSA … 4. A test from AlgaPSA … It arrived at");
    assert_eq!(
        world.secret(),
        world.webhook.secret,
        "nothing was changed there"
    );
}

#[test]
fn a_webhook_that_the_api_does_not_make_is_made_by_a_person() {
    let world = World::new(true);
    world.stack.put_secret("");
    let sender = Sender::new(&world.stack.webhook_url, &fresh());
    let cli = world
        .cli("connect")
        .input(&sender.secret)
        .hiding(&sender.secret);
    let ran = meanwhile(cli, 0, || sends_a_test(&world.stack, &sender));
    ran.tells("answered 400 Invalid event types … The webhook in AlgaPSA");
}

#[test]
fn a_webhook_that_the_api_makes_is_proved_by_its_test() {
    let world = World::new(true);
    world.stack.put_secret("");
    let made = Webhook::new(8, &world.stack.webhook_url, &["ticket.created"]);
    world.api.with(|there| there.makes(made.clone()));
    let ran = world.cli("connect").hiding(&made.secret).ends(0);
    ran.tells(&format!(
        "it has made the webhook {} … It arrived at … Connected.",
        made.id
    ));
    assert_eq!(value(&world.stack.secret_id), made.secret);
}

/// That the API made a webhook, or says that a test succeeded, proves nothing.
#[test]
fn a_webhook_that_leads_elsewhere_is_no_success() {
    let elsewhere = Stack::deploy("HoldSeconds=0");
    let stack = Stack::deploy("HoldSeconds=0");
    let world = World::with(stack, true, |_| elsewhere.webhook_url.clone());
    world.stack.put_secret("");
    let ran = world.connect().ends(1);
    ran.warns("AlgaPSA's test delivery got 401 … is the webhook's URL in AlgaPSA");
    elsewhere.put_secret(&world.secret());
    let sender = Sender::new(&elsewhere.webhook_url, &world.secret());
    support::wait_until("the other stack knows the secret", support::SOON, || {
        sender.send(&Event::test()).outcome() == "200 test"
    });
    others_deliver(&world);
    let words = format!("connect --wait 4s --webhook {}", world.webhook.id);
    let ran = world.cli(&words).ends(1);
    ran.warns("the receiver's log does not show it");
}

/// What comes before the API is asked for its test, or is no test, may be of another webhook with the same secret.
fn others_deliver(world: &World) {
    let sender = Sender::new(&world.stack.webhook_url, &world.secret());
    support::wait_until("the stack takes a test", support::SOON, || {
        sender.send(&Event::test()).outcome() == "200 test"
    });
    std::thread::sleep(Duration::from_secs(3));
    sender.deliver(&Ticket::new("Of another webhook").event("ticket.created", 0));
}

#[test]
fn a_secret_that_would_end_another_one_early_is_not_made() {
    let world = World::new(true);
    world.stack.put_secret(&fresh());
    let ran = world.connect().ends(1);
    ran.warns("still counts until");
    assert_eq!(
        world.secret(),
        world.webhook.secret,
        "nothing was changed there"
    );
}

#[test]
fn what_a_person_cannot_do_either_ends_it() {
    let world = World::new(true);
    let wrong = world
        .connect()
        .env("ALGAPSA_API_KEY", "a-wrong-key")
        .hiding("a-wrong-key");
    wrong.ends(1).warns("answered 401 … Is the key right");
    world
        .connect()
        .without("ALGAPSA_API_KEY")
        .ends(1)
        .warns("set ALGAPSA_API_KEY");
    world
        .cli("connect")
        .ends(1)
        .warns("holds a signing secret already");
    let words = format!(
        "connect --webhook {} --algapsa http://127.0.0.1:9/",
        world.webhook.id
    );
    let nowhere = connect(&world.stack, &words).env("ALGAPSA_API_KEY", KEY);
    nowhere
        .ends(1)
        .warns("did not answer: … Is the address right");
    world.api.becomes(Mood::Echo(502));
    let ran = world.connect().ends(1);
    ran.warns("answered 502");
}

#[test]
fn a_secret_that_another_webhook_signs_with_is_left_alone() {
    let world = World::new(true);
    let event = Ticket::new("Of another webhook").event("ticket.created", 0);
    world.stack.sender().deliver(&event);
    let ran = world.connect().ends(1);
    ran.warns("another webhook signs with the secret … --existing-is");
    assert_eq!(
        world.secret(),
        world.webhook.secret,
        "nothing was changed there"
    );
    assert_eq!(value(&world.stack.secret_id), world.stack.signing_secret);
}

#[test]
fn a_new_secret_is_not_made_where_it_would_not_help() {
    let stack = Stack::deploy("HoldSeconds=0");
    let world = World::with(stack, true, |_| "http://127.0.0.1:9/".to_owned());
    let ran = world.connect().ends(1);
    ran.warns("AlgaPSA's test delivery got no answer: is the webhook's URL in AlgaPSA");
    assert_eq!(
        world.secret(),
        world.webhook.secret,
        "nothing was changed there"
    );
}
