//! Whole working days: each change that still stands at a whole scan is told once, by the sender's events or by the
//! reconciler's. What the day is like is an assumption; the properties are not.

use std::collections::HashSet;

use algapsa::day::{INTEGRATION_HEAVY, MOSTLY_UI, Mix, Plan, WORKFLOW_HEAVY};
use algapsa::ticket_api::Mood;
use algapsa::{AlgaPsa, Attempt, Chance, Habits, Outcome};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reconciler::difference::Difference;
use reconciler::memory::Memory;
use reconciler::view::View;
use shared::event::Event;
use shared::inbox::Inbox;

use super::truth::{Kept, Scan, Score, Truth};
use super::{HOUR, World};

/// One answer in so many is an error, so that the event comes later.
const REFUSED_IN: u64 = 15;
/// When the receiver is down: every answer is an error, and what it refuses comes up to 2 h 36 min later.
const DOWN: [SignedDuration; 2] = [
    SignedDuration::from_mins(170),
    SignedDuration::from_mins(260),
];
/// One call of the ticket API in so many meets with trouble, so that a run takes more calls.
const TROUBLE_IN: u64 = 30;
/// The hours in which the key may read nothing, so that the runs are not whole.
const SHUT: std::ops::RangeInclusive<i32> = 5..=6;

/// The sender, and what of its events has been kept.
pub struct Sender {
    alga: AlgaPsa,
    /// How much of what has happened it has been told.
    told: usize,
    chance: Chance,
    down: [Timestamp; 2],
    pub kept: Kept,
}

impl Sender {
    pub fn new(seed: u64, from: Timestamp) -> Self {
        Self {
            alga: AlgaPsa::new(seed, Habits::default()),
            told: 0,
            chance: Chance::new(seed),
            down: DOWN.map(|after| from + after),
            kept: Kept::new(),
        }
    }

    /// Tells what has happened until then, lets it send, and keeps what it sends.
    pub async fn follow(&mut self, world: &World, now: Timestamp) {
        for happened in world.has_happened(self.told, now) {
            for announced in &happened.announced {
                self.until(announced.occurred_at, &world.inbox).await;
                self.alga.happens(announced.event(), announced.occurred_at);
            }
            self.told += 1;
        }
        self.until(now, &world.inbox).await;
    }

    /// Lets it send until then, and keeps what it sends, but for what is refused.
    async fn until(&mut self, then: Timestamp, inbox: &Inbox) {
        while let Some(now) = self.alga.next_at().filter(|next| *next <= then) {
            let attempts = self.alga.leaving(now);
            let is_down = (self.down[0]..self.down[1]).contains(&now);
            let (refused, taken): (Vec<_>, Vec<_>) = attempts
                .into_iter()
                .partition(|_| is_down || self.chance.one_in(REFUSED_IN));
            join_all(taken.iter().map(|attempt| keep(inbox, attempt, now))).await;
            for attempt in refused {
                self.alga.answered(&attempt, Outcome::Status(503), now);
            }
            for attempt in taken {
                self.alga.answered(&attempt, Outcome::Status(200), now);
                let id = attempt.event.event_id.clone();
                self.kept.entry(id).or_insert((now, attempt.event));
            }
        }
    }
}

async fn keep(inbox: &Inbox, attempt: &Attempt, now: Timestamp) {
    let event = Event::parse(attempt.body.clone(), now).expect("it can be read");
    let kept = inbox.admit(&event, None, now).await;
    kept.expect("it can be kept");
}

/// A day of ten hours, and eight more in which everything that waits is told.
async fn day(seed: u64, mix: &'static Mix) -> Score {
    let from: Timestamp = "2026-08-24T07:00:00Z".parse().expect("a time");
    let plan = Plan {
        seed,
        tickets: 500,
        changes: 1200,
        from,
        within: 10 * HOUR,
        mix,
    };
    let world = World::of(plan.day(), from).await;
    let mut sender = Sender::new(seed, from);
    let (mut announced, mut scans) = (Vec::new(), Vec::new());
    for hour in 0..18 {
        let now = from + hour * HOUR;
        sender.follow(&world, now).await;
        if hour == 1 {
            world.api.has_trouble(seed, TROUBLE_IN);
        }
        let is_shut = SHUT.contains(&hour);
        world.api.becomes(if is_shut {
            Mood::Status(403)
        } else {
            Mood::Well
        });
        let run = world.run(now).await;
        assert_eq!(run.ran.is_none(), is_shut, "{:?}", run.not_whole);
        if run.ran.is_some() {
            scans.push(scanned(now, &world.memory().await));
            announced.extend(run.unannounced.into_iter().map(|one| (now, one)));
        } else {
            assert_eq!(
                run.unannounced,
                [],
                "a run that is not whole changes nothing"
            );
        }
    }
    scored(&world, &sender.kept, &announced, &scans, from + 13 * HOUR)
}

fn scanned(at: Timestamp, memory: &Memory) -> Scan {
    let view = match memory.next_view() {
        View::Columns => View::Chosen,
        View::Chosen => View::Columns,
    };
    let known = memory.tickets.keys().cloned().collect();
    Scan { at, view, known }
}

fn scored(
    world: &World,
    kept: &Kept,
    announced: &[(Timestamp, Difference)],
    scans: &[Scan],
    until: Timestamp,
) -> Score {
    world.api.with(|installation| {
        let history = installation.history();
        let desk = installation
            .desk(history[0].tenant_id)
            .expect("it is there");
        let closed = desk.tickets().filter(|ticket| !desk.is_open(ticket));
        let closed: HashSet<_> = closed.map(|ticket| ticket.id.to_string()).collect();
        let truth = Truth {
            history,
            kept,
            announced,
            scans,
            closed,
            until,
        };
        truth.score()
    })
}

/// One silent change in so many may be masked by another event.
const MASKED_IN: usize = 5;

#[track_caller]
fn is_noticed(score: &Score) {
    assert_eq!(score.missed, [""; 0]);
    assert_eq!(score.told_again, [""; 0]);
    assert!(score.noticed >= 50, "{score:?}");
    assert!(score.masked * MASKED_IN <= score.noticed, "{score:?}");
    assert!(score.unseen * 3 <= score.noticed, "{score:?}");
}

#[tokio::test]
async fn each_change_of_a_day_in_the_pages_is_told_once() {
    is_noticed(&day(1, &MOSTLY_UI).await);
}

#[tokio::test]
async fn each_change_of_a_day_of_workflows_is_told_once() {
    is_noticed(&day(2, &WORKFLOW_HEAVY).await);
}

#[tokio::test]
async fn each_change_of_a_day_of_integrations_is_told_once() {
    is_noticed(&day(3, &INTEGRATION_HEAVY).await);
}
