//! Runs that are not whole, and what they say that is to be done.

use std::thread;

use algapsa::ticket_api::{Gate, KEY, Mood, TicketApi};
use serde_json::json;
use support::{SOON, Stack, cloud, wait_until};

use super::{BLIND, World, text};
use crate::command::{by_name, cli};

const ID: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

#[test]
fn without_an_address_there_is_nothing_to_read() {
    let stack = Stack::deploy("");
    let ran = by_name(&stack, "reconcile").ends(1);
    let has_none = format!("the stack {} has no TicketApiUrl", stack.stack_name);
    ran.warns(&format!("{has_none} … deploy it with TicketApiUrl="));
    let ran = cli(&stack, "reconcile").env("STACK_NAME", &stack.stack_name);
    ran.ends(1).warns(&format!(
        "TICKET_API_URL … add --stack {}",
        stack.stack_name
    ));
}

#[test]
fn each_trouble_with_the_key_says_how_to_end_it() {
    let world = World::new("");
    let put = format!(
        "put-secret-value --secret-id {}",
        world.stack.ticket_api_secret_id
    );
    world.stack.put_ticket_api_key(" ");
    let ran = world.ends(1, "reconcile");
    ran.warns(&format!("error: the run was not whole … is empty … {put}"));
    assert_eq!(ran.out, "");

    world.stack.put_ticket_api_key("another key");
    let ran = world.ends(1, "reconcile --dry-run");
    ran.warns(&format!("answered 401 … Put the right key in … {put}"));

    world.stack.put_ticket_api_key(BLIND);
    let ran = world.ends(1, "--json reconcile");
    let told = ran.json();
    let not_whole = &told["not_whole"];
    assert!(text(not_whole, "why").contains("answered 403"), "{told}");
    assert!(text(not_whole, "what_to_do").contains(&put), "{told}");
    world.stack.put_ticket_api_key(KEY);
    world.ends(0, "reconcile").shows("This was the first run");
}

#[test]
fn an_address_where_nobody_answers_is_doubted() {
    let stack = Stack::deploy("TicketApiUrl=http://127.0.0.1:9");
    stack.put_ticket_api_key(KEY);
    let ran = by_name(&stack, "reconcile").hiding(KEY).ends(1);
    ran.warns("could not be reached … Is TicketApiUrl right");
}

/// The first one waits for an answer, and the second overtakes it.
#[test]
fn of_two_runs_at_the_same_time_the_slower_one_is_dropped() {
    let world = World::new("");
    let gate = Gate::default();
    world.api.next([Mood::Held(gate.clone())]);
    thread::scope(|scope| {
        let slower = scope.spawn(|| by_name(&world.stack, "reconcile").run());
        wait_until("the slower one reads", SOON, || {
            !world.api.all_reads().is_empty()
        });
        world.ends(0, "reconcile").shows("This was the first run");
        gate.open();
        let ran = slower.join().expect("it ends");
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.warns("another run has remembered its scan … There is nothing to fix");
    });
}

/// What stands in the list by hand names no tenant, which matters as soon as there is something to explain.
#[test]
fn a_tenant_that_nobody_names_has_to_be_set() {
    let api = TicketApi::start();
    api.put(ID, json!({ "title": "Printer on fire" }));
    let watched = format!("WatchedIds={ID} TicketApiUrl={}", api.url);
    let stack = Stack::deploy(&watched);
    stack.put_ticket_api_key(KEY);
    by_name(&stack, "reconcile").hiding(KEY).ends(0);
    api.put(ID, json!({ "title": "Printer is out" }));
    let ran = by_name(&stack, "reconcile").hiding(KEY).ends(1);
    ran.warns("AlgaPSA does not say whose … Deploy with TicketApiTenant=");
}

/// What is remembered is damaged, or written by another version.
#[test]
fn what_cannot_be_read_any_more_is_said_to_be_lost() {
    let world = World::new("");
    world.ends(0, "reconcile");
    let bucket = &world.stack.bodies_bucket;
    cloud::put_object(bucket, "reconciler/tickets", b"no scan").expect("it can be put");
    let ran = world.ends(1, "reconcile --report 7d");
    ran.warns("cannot be read: it is not packed … the next run begins as a first one");
    let ran = world.ends(0, "reconcile");
    ran.warns("cannot be read: it is not packed … so nothing was compared");
    ran.shows("This was the first run");
    world.ends(0, "reconcile --report 7d").shows("all ");
}
