//! Every way in which up to two calls in the life of one event can go wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::bus::Mood;
use super::cloud::Base;
use super::fault::{Fault, Script};
use super::history::{Happened, History, Redrive};

/// What came of many histories.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub histories: usize,
    /// How many events were kept in them.
    pub events: usize,
    /// How many calls were made in them.
    pub calls: usize,
    /// How many of these were broken.
    pub faults: usize,
    /// How long it took to settle an innocent event, at most.
    pub longest_wait: Duration,
    /// What broke a promise, and in which history.
    pub violations: Vec<String>,
    /// The seed of each history, and what stands for its calls.
    pub traces: Vec<(u64, u64)>,
}

type Plan = Vec<(usize, Fault)>;

/// Plays a history with every placement of at most `depth` faults, on `threads` threads. If operations are given, `about`
/// which it is, then of several faults at least one is at one of these.
pub fn all_plans(history: &History, about: &[&str], depth: usize, threads: usize) -> Tally {
    let mut tally = Tally::default();
    let mut plans = vec![Plan::new()];
    for _ in 0..=depth {
        let plan = |plan: &Plan| History {
            script: Script::Calls(plan.clone()),
            ..history.clone()
        };
        let lives: Vec<_> = plans.iter().map(plan).collect();
        let happened = happen_each(&lives, threads);
        let more = plans.iter().zip(&happened);
        let more = more.flat_map(|(plan, happened)| one_more(plan, happened, about));
        plans = more.collect();
        tally.add(&lives, &happened);
    }
    tally
}

/// The plans that go on like this one until one more call after its last fault goes wrong.
fn one_more(plan: &Plan, happened: &Happened, about: &[&str]) -> Vec<Plan> {
    let is_about = |at: usize| about.contains(&happened.calls[at].as_str());
    let is_free = about.is_empty() || plan.is_empty() || plan.iter().any(|(at, _)| is_about(*at));
    let first = plan.last().map_or(0, |(at, _)| at + 1);
    let calls = happened.calls.iter().enumerate().skip(first);
    let calls = calls.filter(|(at, _)| is_free || is_about(*at));
    let faults = calls.flat_map(|(at, operation)| {
        let faults = Fault::of(operation);
        faults.into_iter().map(move |fault| (at, fault))
    });
    faults.map(|fault| [&plan[..], &[fault]].concat()).collect()
}

/// Plays the life of one event in that mood, once for each of its writes to the table, which then lands late, on `threads`
/// threads.
pub fn late_writes(mood: Mood, redrive: Redrive, threads: usize) -> Tally {
    let life = |plan| History {
        script: Script::Calls(plan),
        ..History::of_one(Some(mood), redrive)
    };
    let undisturbed = [life(Plan::new())];
    let happened = happen_each(&undisturbed, threads);
    let calls = happened[0].calls.iter().enumerate();
    let writes = calls.filter(|(_, call)| *call == "UpdateItem" || *call == "PutItem");
    let lives = writes.map(|(at, _)| life(vec![(at, Fault::Delayed)]));
    let lives: Vec<_> = lives.collect();
    let mut tally = happen_all(&lives, threads);
    tally.add(&undisturbed, &happened);
    tally
}

/// Plays many histories, on `threads` threads.
pub fn happen_all(histories: &[History], threads: usize) -> Tally {
    let mut tally = Tally::default();
    tally.add(histories, &happen_each(histories, threads));
    tally
}

fn happen_each(histories: &[History], threads: usize) -> Vec<Happened> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..threads.min(histories.len()) {
            scope.spawn(|| {
                let base = Base::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(history) = histories.get(number) else {
                        return;
                    };
                    let happened = history.happen(&base);
                    let mut done = done.lock().expect("nothing panics");
                    done.push((number, happened));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nothing panics");
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, happened)| happened).collect()
}

impl Tally {
    fn add(&mut self, histories: &[History], happened: &[Happened]) {
        for (history, happened) in histories.iter().zip(happened) {
            self.histories += 1;
            self.events += happened.kept;
            self.calls += happened.calls.len();
            self.faults += happened.faults;
            self.longest_wait = self.longest_wait.max(happened.longest_wait);
            self.traces.push((history.seed, happened.trace));
            let wrong = happened.violations.iter();
            let name = name(history, happened);
            self.violations
                .extend(wrong.map(|wrong| format!("{wrong} — {name}")));
        }
    }
}

/// How to find a history again.
fn name(history: &History, happened: &Happened) -> String {
    let Script::Calls(faults) = &history.script else {
        return format!("seed {}", history.seed);
    };
    let faults = faults.iter().map(|(at, fault)| {
        let operation = happened.calls.get(*at).map_or("no call", String::as_str);
        format!("{fault:?} at call {at} ({operation})")
    });
    let faults: Vec<_> = faults.collect();
    format!("seed {}, {}", history.seed, faults.join(" and "))
}
