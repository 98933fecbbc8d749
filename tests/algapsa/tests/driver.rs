//! Whether what our AlgaPSA sends over HTTP arrives. No AWS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use algapsa::loopback::server::{self, Answer};
use algapsa::{AlgaPsa, Driver, Fate, Habits, Lives, Outcome, Ticket};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp};
use support::{Call, Reply, SOON, Target, wait_until};

/// It never switches itself off: when time runs fast, a day without a success may pass while a slow machine stands still.
fn habits() -> Habits {
    Habits {
        cap: None,
        patience: SignedDuration::MAX,
        ..Habits::default()
    }
}

/// A sender with that many comments to send, and the time from which to play it.
fn about(comments: i64, habits: Habits) -> (AlgaPsa, Timestamp) {
    let mut alga = AlgaPsa::new(7, habits);
    let from = Timestamp::now() - SignedDuration::from_hours(3);
    for comment in Ticket::new("Over the wire").comments(comments) {
        alga.happens(comment, from);
    }
    (alga, from)
}

#[test]
fn a_failure_is_sent_again_with_a_signature_of_now() {
    let target = Target::start();
    let (mut alga, from) = about(3, habits());
    let entries = &alga.ledger().entries;
    let failing = entries[1].event.event_id.clone();
    target.answer(&failing, Reply::Status(503));
    let driver = Driver::new(&target.url, from, 20_000.0).unwrap();
    let started = Timestamp::now().as_second();
    let trouble = driver.drive(&mut alga, |_| {});

    assert_eq!(trouble, None, "every attempt got an answer");
    let calls = target.calls(&failing);
    let attempt = |call: &Call| call.header("x-alga-delivery-attempt").to_owned();
    let attempts: Vec<_> = calls.iter().map(attempt).collect();
    assert_eq!(attempts, ["1", "2", "3", "4", "5"]);
    assert_eq!(target.everything().len(), 7);
    let now = started..=Timestamp::now().as_second();
    for call in target.everything() {
        assert!(call.is_signed_with(alga.secret()));
        let signed_at = call.header("x-alga-signature")[2..12].parse().unwrap();
        assert!(now.contains(&signed_at), "{signed_at}");
    }
    assert_eq!(alga.ledger().acknowledged().count(), 2);
    assert!(matches!(alga.ledger().entries[1].fate, Fate::GivenUp(_)));
}

#[test]
fn a_receiver_that_does_not_answer_in_time_or_at_all_is_noted_in_the_ledger() {
    let silent = Target::start();
    let nobody = "http://127.0.0.1:1/";
    let (mut alga, from) = about(1, habits());
    silent.answer(&alga.ledger().entries[0].event.event_id, Reply::Nothing);
    for (url, timeout, said) in [
        (silent.url.as_str(), 200, "no answer within 200ms"),
        (nobody, 60_000, "no answer to POST"),
    ] {
        let hasty = Habits {
            timeout: Duration::from_millis(timeout),
            delays: vec![SignedDuration::ZERO],
            ..habits()
        };
        let event = alga.ledger().entries[0].event.clone();
        alga = AlgaPsa::new(7, hasty);
        alga.happens((*event).clone(), from);
        let driver = Driver::new(url, from, 100.0).unwrap();
        let trouble = driver.drive(&mut alga, |_| {}).expect("there was trouble");
        assert!(trouble.starts_with(said), "{trouble}");
        let ended = alga.ledger().entries[0].rows[0].ended;
        assert_eq!(ended.map(|(outcome, _)| outcome), Some(Outcome::NoAnswer));
    }
}

/// A server that takes its time, and knows how many waited for it at once.
fn slow() -> (String, Arc<AtomicUsize>) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let told = Arc::clone(&most);
    let url = server::start(move |_: Request<Incoming>, _| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(500)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Answer::Ok(Response::new(Full::default()))
        }
    });
    (url, told)
}

#[test]
fn fifty_requests_are_under_way_side_by_side() {
    let (url, most) = slow();
    let (mut alga, from) = about(200, habits());
    let mut seen = 0;
    let driver = Driver::new(&url, from, 100.0).unwrap();
    driver.drive(&mut alga, |alga| seen = seen.max(alga.in_flight()));
    assert_eq!(seen, 50, "as the sender counts");
    // A busy machine may take longer to open connections than the server to answer.
    assert!((10..=50).contains(&most.load(Ordering::SeqCst)));
    assert_eq!(alga.ledger().acknowledged().count(), 200);
}

/// Plays again if the machine stood still for so long that everything was due when the first event left.
#[test]
fn time_runs_as_fast_as_it_is_told() {
    let target = Target::start();
    wait_until(
        "an event that leaves before the last one is due",
        SOON,
        || {
            let from = Timestamp::now() - SignedDuration::from_hours(3);
            let mut alga = AlgaPsa::new(7, habits());
            for event in Lives::new(7).life(20, from, SignedDuration::from_secs(50)) {
                let at = event.occurred_at;
                alga.happens(event, at);
            }
            let last = alga.ledger().entries[19].published_at;
            let started = Instant::now();
            let driver = Driver::new(&target.url, from, 20.0).unwrap();
            driver.drive(&mut alga, |_| {});
            assert!(started.elapsed() >= driver.real(last.duration_since(from)));
            alga.ledger().entries[0].rows[0].left_at < last
        },
    );
}

#[test]
fn a_driver_refuses_what_it_cannot_do() {
    let url = "http://127.0.0.1/";
    for (url, scale, said) in [
        ("https://example.com/", 1.0, "does not begin with http://"),
        ("example.com", 1.0, "does not begin with http://"),
        ("http://[", 1.0, "no URL"),
        (url, 0.0, "time cannot run 0 times as fast"),
        (url, f64::NAN, "time cannot run NaN times as fast"),
    ] {
        let refused = Driver::new(url, Timestamp::now(), scale).unwrap_err();
        assert!(format!("{refused:#}").contains(said), "{refused:#}");
    }
}
