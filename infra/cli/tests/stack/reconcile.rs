//! `alga-webhooks reconcile`: one run of the reconciler by hand, next to an AlgaPSA whose tickets change.

mod refused;

use std::sync::Arc;

use algapsa::TENANT;
use algapsa::day::Day;
use algapsa::desk::{Change, Desk, Ticket, Way};
use algapsa::ticket_api::{Installation, KEY, Key, TicketApi};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Stack, put_secret};
use uuid::Uuid;

use crate::command::{Ran, by_name, cli};
use crate::events::field;

/// A key that may not read tickets.
const BLIND: &str = "blind-to-tickets";

/// A desk with forty tickets, and a stack that reads them.
struct World {
    api: TicketApi,
    stack: Stack,
}

impl World {
    fn new(parameters: &str) -> Self {
        let now = Timestamp::now();
        let desk = Desk::with_tickets(7, 40, now);
        let mut blind = Key::of(tenant());
        blind.may_read = false;
        let installation = Installation::new([Day::idle(desk, now)]).with_key(BLIND, blind);
        let api = TicketApi::serving(installation, Timestamp::now);
        let parameters = format!("HoldSeconds=0 TicketApiUrl={} {parameters}", api.url);
        let stack = Stack::deploy(&parameters);
        stack.put_ticket_api_key(KEY);
        Self { api, stack }
    }

    /// Runs the command to the exit code that it must have.
    #[track_caller]
    fn ends(&self, code: i32, words: &str) -> Ran {
        by_name(&self.stack, words).hiding(KEY).ends(code)
    }

    /// The first open ticket.
    fn ticket(&self) -> Arc<Ticket> {
        self.api.desk(|desk| {
            let open = desk.tickets().find(|ticket| desk.is_open(ticket));
            open.expect("there is one").clone()
        })
    }

    /// Somebody or something gives a ticket another status; the events that tell of it.
    fn moves(&self, way: Way, ticket: &Ticket) -> Vec<algapsa::Event> {
        let happened = self.api.change(|desk| {
            let mut open = desk.catalogue().open.iter();
            let other = open.find(|status| **status != ticket.status);
            let change = Change::Status(*other.expect("there are several"));
            desk.save(way, ticket.id, &[change], Timestamp::now())
        });
        let announced = happened.iter().flat_map(|one| &one.announced);
        announced.map(algapsa::desk::Announced::event).collect()
    }
}

fn tenant() -> Uuid {
    TENANT.parse().expect("it is one")
}

#[test]
fn the_first_run_only_remembers_and_says_what_comes_next() {
    let world = World::new("");
    let ran = world.ends(1, "reconcile --report 7d");
    ran.warns("no run is remembered yet … reconcile");
    let ran = world.ends(0, "reconcile --dry-run");
    ran.shows("tickets read in  … There is nothing to compare them with yet … remembers nothing");
    let ran = world.ends(0, "--json reconcile --dry-run").json();
    assert_eq!(ran["is_first"], true, "a look is no first run");

    let ran = world.ends(0, "reconcile");
    ran.shows("This was the first run, so nothing was compared or announced.");
    ran.shows("within 3 h is announced by a later run. No run comes by itself, since ReconcileMinutes is 0.");
    let named = format!("alga-webhooks --stack {} reconcile", world.stack.stack_name);
    ran.shows(&format!("{named} --dry-run"));
    let ran = world.ends(0, "reconcile");
    ran.shows("compared with those of  … : 0 new differences. … Nothing was announced.");
}

#[test]
fn a_silent_change_waits_and_is_then_announced_once() {
    let world = World::new("");
    world.ends(0, "reconcile");
    let ticket = world.ticket();
    let events = world.moves(Way::Workflow, &ticket);
    assert_eq!(events.len(), 0, "a workflow tells nobody");

    let id = ticket.id.to_string();
    let short = &ticket.status.to_string()[..8];
    for _ in 0..2 {
        let ran = world.ends(0, "reconcile --dry-run");
        ran.shows(&format!(
            "{id} … status_id … {short}… … waits for an event until "
        ));
        ran.shows("ticket.status_changed … 1 difference waits … Nothing would be announced now.");
    }
    let ran = world.ends(0, "reconcile");
    ran.shows(
        "1 new difference. … Explained by events: 0. … 1 difference waits for an event until ",
    );
    ran.shows("(in 2 h  … Nothing was announced.");
    assert!(!ran.out.contains(&id), "only what was announced has a row");

    let ran = world
        .ends(0, "--json reconcile --dry-run --grace 0s")
        .json();
    assert_eq!(field(&ran["found"], "state"), ["would-be-announced"]);
    assert_eq!(ran["found"][0]["before"], ticket.status.to_string());
    let ran = world.ends(0, "reconcile --dry-run --grace 0s");
    ran.shows("would be announced … A run would announce 1 difference now: status_id 1.");

    let ran = world.ends(0, "reconcile --grace 0s");
    ran.shows(&format!(
        "{id} … announced … Announced 1 difference in 1 event: status_id 1."
    ));
    world
        .ends(0, "reconcile --grace 0s")
        .shows("Nothing was announced.");
    let stream = format!("--json stream {id} --tenant {TENANT}");
    let events = world.ends(0, &stream).json();
    assert_eq!(field(&events, "event_type"), ["ticket.status_changed"]);
    is_reported(&world);
}

/// Ten minutes before its grace is over, a run that comes by itself would announce it.
#[test]
fn a_difference_waits_as_long_as_it_says() {
    let world = World::new("ReconcileMinutes=60 ReconcileGraceMinutes=100");
    world.ends(0, "reconcile");
    world.moves(Way::Workflow, &world.ticket());
    let ran = world.ends(0, "--json reconcile --dry-run").json();
    let until = ran["found"][0]["waits_until"].as_str().expect("it waits");
    let until: Timestamp = until.parse().expect("a time");
    let latest = Timestamp::now() + SignedDuration::from_mins(90);
    let waits = latest.duration_since(until);
    assert!(
        (0..60).contains(&waits.as_mins()),
        "until {until}, not {latest}"
    );
}

/// Four whole runs, of which one announced something. A look is no run.
fn is_reported(world: &World) {
    let ran = world.ends(0, "--json reconcile --report 7d").json();
    let total = &ran["total"];
    let counts = ["runs", "differences", "explained", "waiting", "announced"];
    assert_eq!(counts.map(|name| total[name].clone()), [4, 1, 0, 0, 1]);
    assert_eq!(total["fields"], json!({ "status_id": 1 }));
    let ran = world.ends(0, "reconcile --report 7d");
    ran.shows("day (UTC) … differences … by field … all  … status_id 1");
    world
        .ends(1, "reconcile --report 0s")
        .warns("no whole run in that time");
}

#[test]
fn what_an_event_tells_is_explained_and_not_announced() {
    let world = World::new("");
    world.ends(0, "reconcile");
    let events = world.moves(Way::Ui, &world.ticket());
    assert!(!events.is_empty(), "a person's change is told");
    for event in &events {
        world.stack.sender().deliver(event);
    }
    let ran = world.ends(0, "reconcile --grace 0s");
    ran.shows("1 new difference. … Explained by events: 1. … Nothing was announced.");
    let ran = world.ends(0, "--json reconcile").json();
    assert_eq!(ran["found"], json!([]));
}

#[test]
fn what_watched_types_leaves_out_is_said_not_to_be_announced() {
    let world = World::new("WatchedTypes=ticket.created");
    world.ends(0, "reconcile");
    world.moves(Way::Workflow, &world.ticket());
    world.ends(0, "reconcile");
    let ran = world.ends(0, "reconcile --grace 0s");
    ran.shows("Of 1 difference nothing was announced, because of WatchedTypes: status_id 1.");
}

#[test]
fn variables_say_where_the_tickets_are_too() {
    let world = World::new("");
    let (url, secret) = (&world.api.url, &world.stack.ticket_api_secret_id);
    let with = |words: &str| {
        let cli = cli(&world.stack, words).hiding(KEY);
        cli.env("TICKET_API_URL", url)
            .env("TICKET_API_SECRET_ID", secret)
    };
    let ran = with("reconcile").ends(0);
    ran.shows("This was the first run");
    assert!(!ran.out.contains("ReconcileMinutes"), "that is not known");
    with("reconcile --report 1h").ends(0).shows("all ");
    let own = with("reconcile").env("RECONCILE_API_SECRET_ID", &world.stack.secret_id);
    put_secret(&world.stack.secret_id, "no key");
    own.ends(1).warns("answered 401");
}

/// Until that has one, the key that is read before reactions is taken.
#[test]
fn a_reconciler_of_the_stack_has_a_key_of_its_own() {
    let world = World::new("ReconcileMinutes=60 ReconcileGraceMinutes=0");
    let ran = world.ends(0, "reconcile");
    ran.shows("no event tells of is announced by a later run. A run comes by itself every 1 h.");
    world.stack.put_reconcile_api_key("another key");
    let own = &world.stack.reconcile_api_secret_id;
    world
        .ends(1, "reconcile")
        .warns(&format!("answered 401 … --secret-id {own}"));
}

/// The API can be reached through the proxy alone.
#[test]
fn tickets_are_read_through_the_proxy_of_the_environment() {
    let world = World::new("");
    let ran = cli(&world.stack, "reconcile")
        .hiding(KEY)
        .env("TICKET_API_URL", "http://algapsa.invalid")
        .env("TICKET_API_SECRET_ID", &world.stack.ticket_api_secret_id)
        .env("HTTP_PROXY", &world.api.url)
        .env("http_proxy", &world.api.url)
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .ends(0);
    ran.shows("This was the first run");
}

#[test]
fn what_makes_no_sense_together_is_refused() {
    for words in [
        "reconcile --report",
        "reconcile --report soon",
        "reconcile --report 7d --dry-run",
        "reconcile --report 7d --grace 1h",
        "reconcile --grace later",
    ] {
        let ran = crate::command::alone(words).ends(2);
        ran.warns("error: ");
    }
}

/// One field of a document as text, or nothing.
fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap_or_default()
}
