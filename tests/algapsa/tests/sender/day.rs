//! A whole day on its way to a webhook: what was announced, and what became of it.

use std::collections::HashMap;

use algapsa::Outcome::Status;
use algapsa::day::{INTEGRATION_HEAVY, Mix, Plan};
use algapsa::desk::{Act, Happened, Way};
use algapsa::{AlgaPsa, Fate, Habits};
use jiff::SignedDuration;

use super::{SEED, start};

/// Replies, and now and then more than a hundred tickets that are closed at once.
const BULK: Mix = Mix {
    weights: &[(1, Way::Bulk, Act::Close), (40, Way::Ui, Act::Reply)],
    batch: (120, 150),
    ..INTEGRATION_HEAVY
};

fn day(seed: u64, mix: &'static Mix) -> Vec<Happened> {
    let plan = Plan {
        seed,
        tickets: 400,
        changes: 1_000,
        from: start(),
        within: SignedDuration::from_hours(8),
        mix,
    };
    plan.day().collect()
}

/// Sends what was announced. `pause` is for how long the webhook is paused, an hour after the day has begun.
fn sent(day: &[Happened], cap: usize, pause: SignedDuration) -> AlgaPsa {
    let habits = Habits {
        cap: Some(cap),
        ..Habits::default()
    };
    let mut alga = AlgaPsa::new(SEED, habits);
    let from = start() + SignedDuration::from_hours(1);
    let to = from + pause;
    for announced in day.iter().flat_map(|happened| &happened.announced) {
        let at = announced.occurred_at;
        while alga.next_at().is_some_and(|next| next < at) {
            let next = alga.next_at().expect("it was there");
            for attempt in alga.leaving(next) {
                alga.answered(&attempt, Status(200), next);
            }
        }
        if (from..to).contains(&at) && !alga.is_off() {
            alga.pause(at);
        } else if at >= to && alga.is_off() {
            alga.resume();
        }
        alga.happens(announced.event(), at);
    }
    alga.play(|_, _| Status(200));
    alga
}

/// How many events met with each fate.
fn fates(alga: &AlgaPsa) -> [usize; 3] {
    let ledger = alga.ledger();
    [
        ledger.acknowledged().count(),
        ledger.eaten().count(),
        ledger.dropped().count(),
    ]
}

#[test]
fn each_event_that_was_announced_meets_its_fate() {
    let day = day(1, &INTEGRATION_HEAVY);
    let alga = sent(&day, 1_000, SignedDuration::ZERO);
    let entries = alga.ledger().entries.iter();
    let met: HashMap<_, _> = entries
        .map(|entry| (entry.event.event_id.clone(), entry.fate))
        .collect();
    let mut count = 0;
    for announced in day.iter().flat_map(|happened| &happened.announced) {
        let fate = met[&announced.event_id.to_string()];
        assert!(matches!(fate, Fate::Acknowledged(_)), "{fate:?}");
        count += 1;
    }
    assert_eq!(fates(&alga), [count, 0, 0]);
}

#[test]
fn a_bulk_change_loses_events_at_the_usual_cap_and_none_at_the_highest() {
    let mut lost = [0, 0];
    for seed in 0..4 {
        let day = day(seed, &BULK);
        for (cap, lost) in [100, 1_000].into_iter().zip(&mut lost) {
            *lost += fates(&sent(&day, cap, SignedDuration::ZERO))[1];
        }
    }
    assert!(lost[0] > 20, "{lost:?}");
    assert_eq!(lost[1], 0);
}

#[test]
fn what_happens_while_the_webhook_is_paused_is_never_sent() {
    let day = day(2, &INTEGRATION_HEAVY);
    let pause = SignedDuration::from_hours(2);
    let (from, to) = (
        start() + SignedDuration::from_hours(1),
        start() + SignedDuration::from_hours(3),
    );
    let announced = day.iter().flat_map(|happened| &happened.announced);
    let within = announced
        .filter(|announced| (from..to).contains(&announced.occurred_at))
        .count();
    let [_, eaten, dropped] = fates(&sent(&day, 1_000, pause));
    assert_eq!(eaten, 0);
    // What was in the queue when it was paused is dropped, too.
    assert!(
        (within..within + 10).contains(&dropped),
        "{dropped} of {within}"
    );
    assert!(within > 100, "{within}");
}
