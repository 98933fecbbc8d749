//! `alga-webhooks console`: who gets in, what its pages show, and what can be done on them.

mod guard;
mod http;
mod long;

use algapsa::{Event, Ticket};
use jiff::Timestamp;
use support::{Pipeline, Reply, Stack};

use self::http::{Answer, Console};
use crate::command::alone;
use crate::events::{PIPELINE, accept, ids, park, settled};

/// Every page, and what its pages call.
const PAGES: [&str; 11] = [
    "/",
    "/live",
    "/ticket",
    "/waiting",
    "/parked",
    "/quarantine",
    "/health",
    "/runbook",
    "/look?verb=redrive",
    "/job?number=1",
    "/nowhere",
];

/// What only a body holds.
const CONTENT: &str = "Nobody should read this";

fn deployed() -> (Pipeline, Console) {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let console = Console::start(&pipeline.stack);
    (pipeline, console)
}

/// For tests that do not care what is in the stack.
fn console() -> Console {
    Console::start(&PIPELINE.stack)
}

/// A ticket with an event that its target has refused for good.
fn refused(pipeline: &Pipeline, title: &str) -> (Ticket, Vec<Event>) {
    let ticket = Ticket::new(title);
    pipeline.target.answer(&ticket.id, Reply::Status(422));
    let events = ticket.comments(1);
    park(pipeline, &ticket, &events);
    (ticket, events)
}
#[test]
fn pages_show_nothing_of_a_body_unless_it_is_asked_for() {
    let (pipeline, console) = deployed();
    let (ticket, events) = refused(&pipeline, CONTENT);
    let mut odd = Ticket::new(CONTENT).event("ticket.created", 0);
    odd.event_id = "x".repeat(129);
    assert_eq!(pipeline.sender.send(&odd).outcome(), "200 quarantined");

    let stream = ticket.stream();
    let of_ticket = format!("/ticket?of={stream}");
    let pages = PAGES
        .iter()
        .copied()
        .filter(|path| *path != "/live")
        .chain([&*of_ticket]);
    let all: String = pages.map(|path| console.get(path).send().body).collect();
    for secret in [CONTENT, &pipeline.stack.signing_secret, "v1="] {
        assert!(!all.contains(secret), "{secret}");
    }
    let key = format!("{}/ticket.comment.added", events[0].event_id);
    let body = console
        .get(&format!("/body?name={stream}&event={key}"))
        .page();
    assert!(body.contains(CONTENT), "{body}");
    let quarantine = console.get("/quarantine").page();
    let link = http::between(&quarantine, "href=\"/quarantine/body?hash=", "\"");
    let body = console.get(&format!("/quarantine/body?hash={link}")).page();
    assert!(body.contains(CONTENT), "{body}");
}

#[test]
fn hostile_text_stays_text_on_every_page() {
    let (pipeline, console) = deployed();
    let attack = "<img/src=x/onerror=alert(1)>\"'&";
    let mut ticket = Ticket::new("</pre><script>alert(1)</script>");
    ticket.id = attack.replace('/', " ").replace(' ', "_");
    pipeline.target.answer(&ticket.id, Reply::Status(422));
    let mut events = ticket.comments(1);
    events[0].event_id = ticket.id.clone();
    park(&pipeline, &ticket, &events);
    let stream = http::encoded(&ticket.stream());
    let key = http::encoded(&format!("{}/ticket.comment.added", events[0].event_id));
    let asked = http::encoded(attack);
    for path in [
        "/",
        "/parked",
        "/look?verb=redrive",
        &format!("/ticket?of={stream}"),
        &format!("/ticket?of={asked}"),
        &format!("/body?name={stream}&event={key}"),
        &format!("/look?verb=replay&name={asked}"),
        &format!("/look?verb=redrive&name={asked}"),
        &format!("/look?verb=discard&name={asked}"),
        &format!("/look?verb={asked}"),
        &format!("/job?number={asked}"),
        &format!("/health?last={asked}"),
    ] {
        let answer = console.get(path).send();
        let is_page = answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if !is_page {
            assert_eq!(
                answer.header("content-type"),
                Some("text/plain; charset=utf-8"),
                "{path}"
            );
            continue;
        }
        assert!(
            !answer.body.contains("<img_") && !answer.body.contains("<img/"),
            "{path}: {}",
            answer.body
        );
        assert!(!answer.body.contains("<script>"), "{path}: {}", answer.body);
    }
    let parked = console.get("/parked").page();
    assert!(
        parked.contains("&lt;img_"),
        "it is there, as text: {parked}"
    );
}

/// Follows a click on a button: the work that it starts, to its end.
fn done(console: &Console, form: &str) -> String {
    let started = console.post("/do", form).send();
    assert_eq!(started.status, 303, "{}", started.body);
    let job = started
        .header("location")
        .expect("it leads to the work's page")
        .to_owned();
    console.until(&job, |Answer { body, .. }| !body.contains("id=\"running\""))
}

#[test]
fn a_parked_event_is_looked_at_brought_back_and_replayed() {
    let (pipeline, console) = deployed();
    let (ticket, events) = refused(&pipeline, "Refused");
    let parked = console.get("/parked").page();
    assert!(parked.contains("the target answered 422"), "{parked}");
    let look = console.get("/look?verb=redrive").page();
    assert!(look.contains("1 dead letter, 1 parked event"), "{look}");
    assert!(look.contains("Bring 1 event back"), "{look}");
    assert_eq!(
        pipeline.target.calls(&ticket.id).len(),
        1,
        "a look changes nothing"
    );

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let (stream, key) = (
        ticket.stream(),
        format!("{}/ticket.comment.added", events[0].event_id),
    );
    let told = done(
        &console,
        &format!(
            "verb=redrive&name={}&event={}",
            http::encoded(&stream),
            http::encoded(&key)
        ),
    );
    assert!(told.contains("Sent 1 dead letter back."), "{told}");
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 1), ids(&events));
    settled(&pipeline, &ticket, &events);

    let look = console
        .get(&format!(
            "/look?verb=replay&name={}",
            http::encoded(&stream)
        ))
        .page();
    assert!(
        look.contains("a second time") && look.contains("Replay 1 event"),
        "{look}"
    );
    let told = done(
        &console,
        &format!("verb=replay&name={}", http::encoded(&stream)),
    );
    assert!(
        told.contains("1 event in 1 stream will be reacted to once more"),
        "{told}"
    );
    pipeline.target.wait_for_calls(&ticket.id, 3);
    let page = console.until(&format!("/ticket?of={}", http::encoded(&stream)), |page| {
        page.body.contains("replayed")
    });
    assert!(page.contains("settled in order, replayed"), "{page}");
}

#[test]
fn what_is_in_quarantine_is_discarded_after_a_look() {
    let (pipeline, console) = deployed();
    let mut odd = Ticket::new("Odd").event("ticket.created", 0);
    odd.event_id = "x".repeat(129);
    assert_eq!(pipeline.sender.send(&odd).outcome(), "200 quarantined");
    let hash = http::between(
        &console.get("/quarantine").page(),
        "/quarantine/body?hash=",
        "\"",
    );
    let look = console
        .get(&format!("/look?verb=release&name={hash}"))
        .page();
    assert!(
        look.contains("event_id is not a usable id") && !look.contains("<button"),
        "{look}"
    );
    let look = console
        .get(&format!("/look?verb=discard&name={hash}"))
        .page();
    assert!(look.contains("Discard 1 for good"), "{look}");
    let told = done(&console, &format!("verb=discard&name={hash}"));
    assert!(told.contains("Discarded 1."), "{told}");
    assert!(
        console
            .get("/quarantine")
            .page()
            .contains("Nothing is in quarantine")
    );
}

#[test]
fn deliveries_reactions_and_refusals_show_live() {
    let (pipeline, console) = deployed();
    let ticket = Ticket::new("Live");
    let event = ticket.event("ticket.created", 0);
    accept(&pipeline, std::slice::from_ref(&event));
    assert_eq!(
        pipeline
            .sender
            .delivery(&event)
            .signed("wrong", Timestamp::now())
            .once()
            .outcome(),
        "401 unauthorized"
    );
    let live = console.until("/", |page| {
        page.body.contains("in order") && page.body.contains("rejected")
    });
    for text in [
        "accepted",
        "ticket.created",
        &event.event_id,
        "signature mismatch",
        &ticket.id,
    ] {
        assert!(live.contains(text), "{text} in {live}");
    }
    let after = http::between(&live, "data-after=\"", "\"");
    accept(&pipeline, &[ticket.event("ticket.closed", 1)]);
    let rows = console
        .get(&format!("/live?after={after}"))
        .reads_until("ticket.closed");
    assert!(!rows.contains(&event.event_id), "only what is new: {rows}");

    let start = console.until("/ticket", |page| page.body.contains("ticket.closed"));
    let link = format!("/ticket?of={}", http::encoded(&ticket.stream()));
    assert_eq!(start.matches(&link).count(), 1, "once: {start}");
}

#[test]
fn what_was_never_announced_is_drawn_for_a_stack_that_looks_for_it() {
    for (parameters, curves) in [
        ("", 0),
        ("ReconcileMinutes=60 TicketApiUrl=http://127.0.0.1:9", 1),
    ] {
        let console = Console::start(&Stack::deploy(parameters));
        let health = console.get("/health").page();
        let seen = health.matches("<figcaption>Never announced").count();
        assert_eq!(seen, curves, "{health}");
    }
}

#[test]
fn a_port_that_is_taken_is_said() {
    let console = console();
    let words = format!(
        "--stack {} console --no-open --port {}",
        PIPELINE.stack.stack_name, console.port
    );
    let ran = alone(&words).ends(1);
    ran.warns("give another one with --port");
}
