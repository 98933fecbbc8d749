//! Whether an event of a busy ticket costs our reactor more than one of a quiet ticket.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::aws::Message;
use crate::doorbells::batch;
use crate::plan::{Contender, Plan};
use crate::reactors::{DELAY, Filled, begin, fill};
use crate::series::{count, micros};

/// How messages of one busy ticket may come.
const WAYS: [Way; 3] = [
    Way::new("quiet tickets", false, 10),
    Way::new("one busy ticket", true, 10),
    Way::new("one busy ticket, one doorbell", true, 1),
];

/// Waiting takes its time: the times of so many events say as much as those of more.
const ENOUGH: usize = 1_000;

#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    busy: bool,
    /// How many messages come in a batch; with one, only the last message of a run comes.
    each: usize,
}

impl Way {
    const fn new(name: &'static str, busy: bool, each: usize) -> Self {
        Self { name, busy, each }
    }
}

#[derive(Serialize)]
pub struct Point {
    waiting: usize,
    way: &'static str,
    /// For each event, run by run, in microseconds.
    cpu_us: Vec<f64>,
    /// For each event, with the delay, if that was measured.
    time_us: Option<f64>,
    /// What an event asks AWS for.
    calls: BTreeMap<String, f64>,
    peak_kb: u64,
}

/// What draining everything has taken.
struct Drained {
    cpu: Duration,
    time: Duration,
    calls: BTreeMap<String, u64>,
    peak_kb: u64,
}

pub fn measure(plan: &Plan) -> Result<Vec<Point>> {
    let mut found = Vec::new();
    for ours in plan.contenders.iter().take(1) {
        for &waiting in &plan.growth {
            found.extend(grow(plan, ours, waiting)?);
        }
    }
    Ok(found)
}

/// All ways take turns, so that what disturbs a run disturbs all of them.
fn grow(plan: &Plan, ours: &Contender, waiting: usize) -> Result<Vec<Point>> {
    let times = plan.growth_events.div_ceil(waiting);
    let events = times * waiting;
    let (quiet, busy) = (
        fill(ours, 2_000, events, events)?,
        fill(ours, 2_000, events, times)?,
    );
    let ways = WAYS.map(|way| (way, if way.busy { &busy } else { &quiet }));
    let mut points = WAYS.map(|way| Point {
        waiting,
        way: way.name,
        cpu_us: Vec::new(),
        time_us: None,
        calls: BTreeMap::new(),
        peak_kb: 0,
    });
    for run in 0..plan.growth_runs {
        let (run, runs) = (run + 1, plan.growth_runs);
        eprintln!("growth: {waiting} waiting, run {run} of {runs}");
        for ((way, filled), point) in ways.iter().zip(&mut points) {
            let drained = drain(ours, filled, waiting, way.each, Duration::ZERO)?;
            point.add(&drained, events);
        }
    }
    if events <= ENOUGH {
        for ((way, filled), point) in ways.iter().zip(&mut points) {
            let drained = drain(ours, filled, waiting, way.each, DELAY)?;
            point.time_us = Some(micros(drained.time) / count(events));
        }
    }
    Ok(points.into())
}

impl Point {
    fn add(&mut self, drained: &Drained, events: usize) {
        self.cpu_us.push(micros(drained.cpu) / count(events));
        self.peak_kb = self.peak_kb.max(drained.peak_kb);
        let each = |calls: u64| count(usize::try_from(calls).expect("it fits")) / count(events);
        let calls = drained.calls.iter();
        let calls = calls.map(|(name, &calls)| (name.clone(), each(calls)));
        self.calls = calls.collect();
    }
}

/// Rings in batches of ten, or once for each run of messages with the last, and waits until nothing waits any more.
fn drain(
    ours: &Contender,
    filled: &Filled,
    waiting: usize,
    each: usize,
    delay: Duration,
) -> Result<Drained> {
    let environment = begin(ours, filled, delay)?;
    let before = environment.aws.counts().calls;
    let (cpu, started) = (environment.process.cpu()?, Instant::now());
    for run in filled.messages.chunks(waiting) {
        let bells: &[Message] = if each == 1 {
            &run[run.len() - 1..]
        } else {
            run
        };
        for messages in bells.chunks(each) {
            environment.invoke(batch(messages))?;
        }
    }
    let time = started.elapsed();
    let cpu = environment.process.cpu()?.saturating_sub(cpu);
    let waits = environment.aws.waiting();
    ensure!(waits == 0, "{waits} events still wait");
    let mut calls = environment.aws.counts().calls;
    for (name, before) in before {
        *calls.entry(name).or_default() -= before;
    }
    calls.retain(|_, calls| *calls > 0);
    Ok(Drained {
        cpu,
        time,
        calls,
        peak_kb: environment.process.peak_kb()?,
    })
}
