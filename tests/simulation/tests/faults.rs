//! Faults in simulated time: every placement of up to two faults in the life of one event, and histories of 100 to 200
//! events with random faults. `make soak` runs more of them.

use std::env;
use std::io::{self, Write};
use std::time::Duration;

use algapsa::Chance;
use jiff::SignedDuration;
use simulation::{
    History, Mood, Redrive, Script, Tally, Target, all_plans, happen_all, late_writes,
};

/// How many simulations run at the same time.
const THREADS: usize = 2;
/// As the template has it.
const HOLD: Duration = Duration::from_secs(2);
/// What calls, polls and cold starts take in simulated time.
const SLACK: Duration = Duration::from_secs(10);

/// Says what was done, and fails if a promise was broken.
fn show(what: &str, tally: &Tally) {
    let Tally {
        histories,
        events,
        calls,
        faults,
        violations,
        ..
    } = tally;
    let broken = violations.len();
    // Not with eprintln, whose output the test runner captures.
    let _ = writeln!(
        io::stderr(),
        "{what}: {histories} histories of {events} events, {calls} calls, {faults} faults, {broken} violations"
    );
    assert!(*events > 0, "nothing was kept");
    let some: Vec<_> = violations.iter().take(20).map(String::as_str).collect();
    assert!(violations.is_empty(), "{}", some.join("\n"));
}

/// Within the sender's five attempts every event is kept.
fn were_kept(tally: &Tally, events: usize) {
    assert_eq!(tally.events, events, "events were not kept");
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// How many lives of one event there must be with two faults.
const FEWEST_PLANS: usize = 500;

fn one_event() -> History {
    History::of_one(None, Redrive::AtRest)
}

fn survives_two_faults(what: &str, history: &History, about: &[&str]) {
    let faults = setting("FAULTS", 2);
    let tally = all_plans(history, about, faults, THREADS);
    show(what, &tally);
    were_kept(&tally, tally.histories);
    let is_few = faults == 2 && tally.histories < FEWEST_PLANS;
    assert!(!is_few, "too few plans");
}

#[test]
fn an_event_survives_any_two_faults() {
    survives_two_faults("any two faults", &one_event(), &[]);
}

/// With all other calls it has the same life as a small one.
#[test]
fn an_event_with_a_large_body_survives_a_fault_of_its_body_and_any_other() {
    let history = History {
        large_in: 1,
        ..one_event()
    };
    let about = ["PutObject", "GetObject"];
    survives_two_faults("large body", &history, &about);
}

/// What its reaction adds to the life of an event that goes to the bus.
#[test]
fn an_event_that_goes_to_a_queue_survives_a_fault_of_its_reaction_and_any_other() {
    let history = History {
        target: Target::Queue,
        ..one_event()
    };
    survives_two_faults("to a queue", &history, &["SendEvent"]);
}

#[test]
fn an_event_whose_batches_are_handed_out_twice_survives_any_fault() {
    // Each seed lets the two reactors get in each other's way at other moments.
    let twice = |seed| History {
        seed,
        twice_in: 1,
        ..one_event()
    };
    let tally = happen_all(&(1..=40).map(twice).collect::<Vec<_>>(), THREADS);
    show("handed out twice, without a fault", &tally);
    were_kept(&tally, tally.histories);
    for seed in 1..=4 {
        let history = twice(seed);
        let tally = all_plans(&history, &[], setting("FAULTS", 1), THREADS);
        show("handed out twice", &tally);
        were_kept(&tally, tally.histories);
    }
}

#[test]
fn an_event_that_is_refused_for_good_survives_any_fault() {
    let faults = setting("FAULTS", 1).min(2);
    for mood in [Mood::RefusesAfter(0), Mood::RefusesAfter(1)] {
        let history = History::of_one(Some(mood), Redrive::AtRest);
        let tally = all_plans(&history, &[], faults, THREADS);
        show("refused for good", &tally);
        were_kept(&tally, tally.histories);
    }
}

/// A target that keeps failing or killing makes the longest lives, and a redrive may come before or after the late write.
#[test]
fn what_lands_late_changes_nothing() {
    for mood in [Mood::Kills(40), Mood::Fails(40)] {
        for redrive in [Redrive::AtOnce, Redrive::AtRest] {
            let tally = late_writes(mood, redrive, THREADS);
            show("a write lands late", &tally);
            were_kept(&tally, tally.histories);
            assert!(tally.histories > 20, "too few plans");
        }
    }
}

/// Hundreds of events, in bursts or over half an hour. Some are refused by the target, and some kill the function.
fn any(seed: u64) -> History {
    let mut chance = Chance::new(seed);
    let (tickets, events) = (10 + chance.place(20), 100 + chance.place(100));
    let mood = |chance: &mut Chance| {
        let times = u32::try_from(1 + chance.below(4)).expect("a few");
        let moods = [
            Mood::Fails(times),
            Mood::Fails(40),
            Mood::Kills(times),
            Mood::Kills(40),
            Mood::Hangs(times),
            Mood::RefusesAfter(0),
        ];
        (chance.place(events), chance.pick(&moods))
    };
    History {
        seed,
        moods: (0..3).map(|_| mood(&mut chance)).collect(),
        tickets,
        events,
        within: SignedDuration::from_secs(chance.pick(&[20, 120, 1800])),
        target: if seed.is_multiple_of(2) {
            Target::Queue
        } else {
            Target::Bus
        },
        lag: SignedDuration::from_millis(chance.pick(&[250, 5000])),
        hold: Duration::from_secs(chance.pick(&[0, 2, 6, 6])),
        feeders: chance.pick(&[1, 3]),
        redrive: Redrive::AtRest,
        large_in: 5,
        twice_in: chance.pick(&[0, 20]),
        is_messy: true,
        script: Script::Chance {
            per_mille: chance.pick(&[0, 5, 20]),
            chance,
        },
    }
}

#[test]
fn hundreds_of_events_survive_whatever_happens() {
    show("whatever happens", &some(6, any));
}

/// Events of different types lag behind each other by less than the hold, while earlier doorbells of their tickets are heard.
fn out_of_step(seed: u64) -> History {
    History {
        seed,
        script: Script::Calls(Vec::new()),
        tickets: 5,
        events: 100,
        within: SignedDuration::from_mins(1),
        moods: Vec::new(),
        target: Target::Bus,
        lag: SignedDuration::from_secs(5),
        hold: Duration::from_secs(8),
        feeders: 2,
        redrive: Redrive::AtRest,
        large_in: 0,
        twice_in: 0,
        is_messy: false,
    }
}

#[test]
fn what_is_out_of_step_within_the_hold_comes_in_order() {
    show("out of step", &some(2, out_of_step));
}

/// Many tickets, one of which has a bad event, and a single event source.
fn one_bad_apple(seed: u64, mood: Mood) -> History {
    History {
        seed,
        script: Script::Calls(Vec::new()),
        tickets: 20,
        events: 120,
        within: SignedDuration::from_secs(20),
        moods: vec![(60, mood)],
        target: Target::Bus,
        lag: SignedDuration::ZERO,
        hold: HOLD,
        feeders: 1,
        redrive: Redrive::AtRest,
        large_in: 0,
        twice_in: 0,
        is_messy: false,
    }
}

/// A few histories, or as many as `HISTORIES` says, from the one that `SEED` says.
fn some(default: usize, history: impl Fn(u64) -> History) -> Tally {
    let (first, count) = (setting("SEED", 1), setting("HISTORIES", default));
    let seeds = first..first + count;
    let histories: Vec<_> = seeds.map(|seed| history(seed as u64)).collect();
    let tally = happen_all(&histories, THREADS);
    for (seed, trace) in &tally.traces {
        let _ = writeln!(io::stderr(), "seed {seed}: its calls are {trace:016x}");
    }
    were_kept(&tally, histories.iter().map(|history| history.events).sum());
    tally
}

#[test]
fn a_reaction_that_hangs_delays_other_tickets_by_one_timeout_at_most() {
    let tally = some(2, |seed| one_bad_apple(seed, Mood::Hangs(u32::MAX)));
    show("a reaction hangs", &tally);
    let most = HOLD + Duration::from_secs(10) + SLACK;
    assert!(tally.longest_wait < most, "{:?}", tally.longest_wait);
}

/// After 90 s the doorbells come back that were in the same batch. An event that was being tried at that moment waits for
/// another 70 s, if it is served after the killer. From then on the killer is known by its attempts and served last.
#[test]
fn a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most() {
    let tally = some(2, |seed| one_bad_apple(seed, Mood::Kills(u32::MAX)));
    show("a reaction kills", &tally);
    let most = HOLD + Duration::from_secs(90 + 70) + SLACK;
    assert!(tally.longest_wait < most, "{:?}", tally.longest_wait);
}
