//! Whether an event of a busy ticket costs our reactor more than one of a quiet ticket.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::aws::{Aws, Message};
use crate::doorbells::batch;
use crate::environment::Environment;
use crate::plan::{Contender, Plan};
use crate::reactors::{Filled, fill};
use crate::series::{count, micros};

/// A fair guess at what a call to AWS takes within a region, for the times.
const DELAY: Duration = Duration::from_millis(4);

/// How messages of one busy ticket may come.
const WAYS: [(&str, bool, usize); 3] = [
    ("quiet tickets", false, 10),
    ("one busy ticket", true, 10),
    ("one busy ticket, one doorbell", true, 1),
];

pub fn measure(plan: &Plan) -> Result<Vec<Value>> {
    let Some(ours) = plan.contenders.first() else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for &events in &plan.growth {
        for (way, busy, each) in WAYS {
            eprintln!("growth: {events} waiting, {way}");
            found.push(grow(plan, ours, (events, way, busy, each))?);
        }
    }
    Ok(found)
}

fn grow(
    plan: &Plan,
    ours: &Contender,
    (events, way, busy, each): (usize, &str, bool, usize),
) -> Result<Value> {
    let times = plan.growth_events.div_ceil(events);
    let tickets = if busy { times } else { times * events };
    let filled = fill(ours, 2_000, times * events, tickets)?;
    let runs: Vec<&[Message]> = filled.messages.chunks(events).collect();
    let (cpu, _, peak_kb) = drain(ours, &filled, &runs, each, Duration::ZERO)?;
    // Waiting takes its time: a thousand events say as much as ten thousand.
    let (time, waited_for) = if events * times <= 1_000 {
        let (_, time, _) = drain(ours, &filled, &runs, each, DELAY)?;
        (Some(micros(time)), times * events)
    } else {
        (None, 1)
    };
    Ok(json!({
        "waiting": events,
        "way": way,
        "cpu_us": micros(cpu) / count(times * events),
        "time_us": time.map(|time| time / count(waited_for)),
        "peak_kb": peak_kb,
    }))
}

/// Rings in batches of ten, or once for each run of messages with the last, and waits until nothing waits any more.
fn drain(
    ours: &Contender,
    filled: &Filled,
    runs: &[&[Message]],
    each: usize,
    delay: Duration,
) -> Result<(Duration, Duration, u64)> {
    let aws = Aws::with(filled.table.clone(), delay);
    let environment = Environment::start(&ours.reactor, aws)?;
    let (cpu, started) = (environment.process.cpu()?, Instant::now());
    for run in runs {
        let bells = if each == 1 {
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
    Ok((cpu, time, environment.process.peak_kb()?))
}
