//! One burst after the other, each followed to its end and checked.

use std::collections::BTreeSet;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use algapsa::progress::Progress;
use algapsa::{AlgaPsa, Driver, Habits, Lives};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::cloud::call;
use support::{Call, Pipeline};

use crate::figures::{Figures, Times, table};
use crate::order;

/// Long enough that what leaves AlgaPSA together is kept within it, even while AWS is busy.
const HOLD: Duration = Duration::from_secs(5);
/// AlgaPSA looks at its queue every 50 ms instead of every 2 s, and 50 requests are under way nearly all the time.
const HURRY: f64 = 40.0;
/// How long there may be no reaction before the test fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// A pipeline under load, and what was measured.
pub struct Load {
    pipeline: Pipeline,
    figures: Vec<Figures>,
}

impl Load {
    pub fn new() -> Self {
        Self {
            pipeline: Pipeline::deploy(&format!("HoldSeconds={}", HOLD.as_secs())),
            figures: Vec::new(),
        }
    }

    /// The events of these tickets happen within 10 s, and AlgaPSA sends them at its own pace.
    pub fn calm(&mut self, tickets: usize, events: usize) {
        self.play(tickets, events, 1.0);
    }

    /// They happen at once, and are sent as fast as they are answered.
    pub fn burst(&mut self, tickets: usize, events: usize) {
        self.play(tickets, events, HURRY);
    }

    fn play(&mut self, tickets: usize, events: usize, scale: f64) {
        let seed = self.figures.len() as u64 + 1;
        let from = Timestamp::now() - SignedDuration::from_mins(10);
        let mut alga = self.sender(seed);
        for event in Lives::new(seed).town(tickets, events, from, SignedDuration::from_secs(10)) {
            let at = event.occurred_at;
            alga.happens(event, at);
        }
        let started = Instant::now();
        let driver = Driver::new(&self.pipeline.stack.webhook_url, from, scale);
        let driver = driver.expect("the stack has a URL");
        self.send(&driver, &mut alga);
        let sent = started.elapsed();
        self.wait_for(events);
        let calls = self.pipeline.target.take();
        let (first, last) = span(&calls);
        let times = Times {
            sent,
            settled: last - started,
            reacting: last - first,
        };
        once(&alga, &calls);
        let loose = order::check(alga.ledger(), &calls, |span| driver.real(span), HOLD)
            .unwrap_or_else(|broken| panic!("{broken}"));
        self.nothing_is_left();
        let stack = &self.pipeline.stack;
        let figures = Figures::new(tickets, events, times, loose, stack);
        self.figures.push(figures);
    }

    /// Prints how long each burst took, also to the file that `SOAK_REPORT` names, if it is set.
    pub fn tell(&self, what: &str) {
        let told = format!("\n{what}\n\n{}\n", table(&self.figures));
        eprint!("{told}");
        if let Some(report) = env::var_os("SOAK_REPORT") {
            let file = OpenOptions::new().append(true).create(true).open(report);
            let written = file.and_then(|mut file| file.write_all(told.as_bytes()));
            written.expect("the report can be written");
        }
    }

    /// Without a cap, and without the thread of comments, which would make the events of a long life larger.
    fn sender(&self, seed: u64) -> AlgaPsa {
        let habits = Habits {
            cap: None,
            unticked: vec!["comments".into()],
            ..Habits::default()
        };
        let mut alga = AlgaPsa::new(seed, habits);
        alga.rotate(&self.pipeline.stack.signing_secret);
        alga
    }

    fn send(&self, driver: &Driver, alga: &mut AlgaPsa) {
        let events = alga.ledger().entries.len();
        let progress = Progress::towards(events, "acknowledged");
        let trouble = driver.drive(alga, |alga| {
            let done = events - alga.waiting() - alga.in_flight();
            let heard = self.pipeline.target.count();
            progress.reached(done, &format!("{heard} reacted to"));
        });
        progress.end();
        let kept = alga.ledger().acknowledged().count();
        assert_eq!(kept, events, "not everything was acknowledged: {trouble:?}");
    }

    fn wait_for(&self, events: usize) {
        let progress = Progress::towards(events, "reacted to");
        let (mut seen, mut seen_at) = (0, Instant::now());
        while seen < events {
            let heard = self.pipeline.target.count();
            if heard > seen {
                (seen, seen_at) = (heard, Instant::now());
            }
            let waited = seen_at.elapsed();
            assert!(
                waited < PATIENCE,
                "none for {waited:?}, after {seen} of {events}"
            );
            progress.reached(seen, "all acknowledged");
            sleep(Duration::from_millis(100));
        }
        progress.end();
    }

    /// Nothing waits, nothing is parked, and no doorbell is left.
    fn nothing_is_left(&self) {
        let stack = &self.pipeline.stack;
        support::wait_until("the last doorbells to be answered", PATIENCE, || {
            stack.depth(&stack.queue_url) == 0
        });
        assert_eq!(stack.depth(&stack.dead_letter_queue_url), 0, "dead letters");
        let left = json!({
            "TableName": stack.inbox_table,
            "IndexName": "due",
            "Select": "COUNT",
            "ConsistentRead": true,
        });
        let left = call("dynamodb", "Scan", &left).expect("the inbox can be read");
        assert_eq!(left["Count"], 0, "something is not settled");
        let seen = self.pipeline.target.count();
        assert_eq!(seen, 0, "something was reacted to again");
    }
}

/// When the first call came and the last.
fn span(calls: &[Call]) -> (Instant, Instant) {
    let times = || calls.iter().map(|call| call.at);
    let span = times().min().zip(times().max());
    span.expect("there are calls")
}

/// Every event was reacted to, and only once.
fn once(alga: &AlgaPsa, calls: &[Call]) {
    let sent = alga.ledger().acknowledged();
    let sent: BTreeSet<&str> = sent.map(|entry| entry.event.event_id.as_str()).collect();
    let heard = calls.iter();
    let heard: BTreeSet<&str> = heard.map(|call| call.header("x-alga-event-id")).collect();
    let missing = sent.difference(&heard).count();
    assert!(sent == heard, "{missing} events are missing");
    let count = calls.len();
    assert_eq!(count, sent.len(), "some were reacted to more than once");
}
