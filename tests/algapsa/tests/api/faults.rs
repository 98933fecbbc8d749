//! Over HTTP: answers that are late, broken off, or not what was asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use algapsa::day::{MOSTLY_UI, Plan};
use algapsa::loopback::exchange;
use algapsa::ticket_api::{Installation, KEY, Mood, TicketApi};
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{after, start};

fn ask(api: &TicketApi, path: &str) -> anyhow::Result<Response<Bytes>> {
    let request =
        Request::get(format!("{}/api/v1/tickets{path}", api.url)).header("x-api-key", KEY);
    exchange(request.body(Bytes::new()).unwrap())
}

#[test]
fn moods_that_are_meant_for_the_next_requests_pass() {
    let api = TicketApi::start();
    api.put("one", json!({ "title": "Printer" }));
    api.next([
        Mood::Status(401),
        Mood::Well,
        Mood::Later(429, 7),
        Mood::Status(502),
        Mood::Nonsense("<html>"),
    ]);
    let mut told = Vec::new();
    for _ in 0..6 {
        let answer = ask(&api, "/one").unwrap();
        let wait = answer
            .headers()
            .get("retry-after")
            .map(|wait| wait.to_str().unwrap().to_owned());
        told.push((answer.status().as_u16(), wait));
    }
    let statuses: Vec<_> = told.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [401, 200, 429, 502, 200, 200]);
    assert_eq!(told[2].1.as_deref(), Some("7"));
    assert_eq!(api.reads("one").len(), 6);
}

#[test]
fn an_answer_that_is_cut_off_is_no_answer() {
    let api = TicketApi::start();
    api.put("one", json!({ "title": "Printer" }));
    for bytes in [0, 10] {
        api.next([Mood::Cut(bytes)]);
        let error = ask(&api, "/one").unwrap_err();
        assert!(format!("{error:#}").contains("no answer"), "{error:#}");
        assert_eq!(ask(&api, "/one").unwrap().status(), 200);
    }
}

#[test]
fn a_slow_answer_is_whole() {
    let api = TicketApi::start();
    api.put("one", json!({ "title": "Printer" }));
    api.next([Mood::Slow(Duration::from_millis(300))]);
    let started = Instant::now();
    let answer = ask(&api, "/one").unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        body,
        json!({ "data": { "ticket_id": "one", "title": "Printer" } })
    );
}

#[test]
fn trouble_comes_by_a_seed_at_the_rate_that_was_asked_for() {
    let told = |seed| {
        let api = TicketApi::start();
        api.put("one", json!({ "title": "Printer" }));
        api.has_trouble(seed, 4);
        let answers = (0..40).map(|_| {
            let answer = ask(&api, "/one").ok()?;
            let is_whole = serde_json::from_slice::<Value>(answer.body()).is_ok();
            is_whole.then(|| answer.status().as_u16())
        });
        answers.collect::<Vec<_>>()
    };
    let answers = told(5);
    let good = answers
        .iter()
        .filter(|answer| **answer == Some(200))
        .count();
    assert!((22..38).contains(&good), "{answers:?}");
    assert!(answers.contains(&None), "{answers:?}");
    assert_eq!(answers, told(5));
}

#[test]
fn a_day_goes_on_while_it_is_read() {
    let plan = Plan {
        seed: 1,
        tickets: 50,
        changes: 400,
        from: start(),
        within: SignedDuration::from_hours(1),
        mix: &MOSTLY_UI,
    };
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&seconds);
    let installation = Installation::new([plan.day()]);
    let api = TicketApi::serving(installation, move || after(clock.load(Ordering::SeqCst)));
    let total = || {
        let answer = ask(&api, "?limit=1").unwrap();
        serde_json::from_slice::<Value>(answer.body()).unwrap()["pagination"]["total"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(total(), 50);
    seconds.store(1_800, Ordering::SeqCst);
    let (more, happened) = (
        total(),
        api.with(|installation| installation.history().len()),
    );
    assert!(more > 50);
    seconds.store(7_200, Ordering::SeqCst);
    assert!(total() > more);
    let all = api.with(|installation| installation.history().len());
    assert!(
        happened > 150 && all > happened && all >= 380,
        "{happened}, {all}"
    );
}
