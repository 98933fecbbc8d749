//! What one round of invocations has shown.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::aws::Counts;
use crate::environment::{Answer, Environment};

#[derive(Debug, Serialize)]
pub struct Series {
    invocations: usize,
    events: usize,
    /// In microseconds for each invocation, like the next two.
    cpu_us: f64,
    median_us: f64,
    p99_us: f64,
    /// Bytes, for all invocations.
    logged: u64,
    calls: Value,
    write_units: u64,
    read_units: f64,
    queue_requests: u64,
    bytes_out: u64,
    bytes_in: u64,
    /// For each invocation: how many answers of AWS it waited for in a row. Calls at the same time are one.
    trips: f64,
}

/// Runs a function again and again, and looks at what that took.
pub fn run<I>(environment: &Environment, events: usize, invocations: I) -> Result<Series>
where
    I: IntoIterator<Item = (bytes::Bytes, fn(&Answer) -> bool)>,
{
    let (cpu, logged, counts) = snapshot(environment)?;
    let mut times = Vec::new();
    for (event, is_right) in invocations {
        let answer = environment.invoke(event)?;
        ensure!(is_right(&answer), "an unexpected answer: {}", answer.body);
        times.push(answer.after);
    }
    let (cpu_after, logged_after, counts_after) = snapshot(environment)?;
    times.sort();
    let invocations = times.len().max(1);
    Ok(Series {
        invocations,
        events,
        cpu_us: micros(cpu_after.saturating_sub(cpu)) / count(invocations),
        median_us: micros(times[times.len() / 2]),
        p99_us: micros(times[times.len() * 99 / 100]),
        logged: logged_after - logged,
        calls: difference(&counts, &counts_after),
        write_units: counts_after.write_units - counts.write_units,
        read_units: counts_after.read_units - counts.read_units,
        queue_requests: counts_after.queue_requests - counts.queue_requests,
        bytes_out: counts_after.bytes_out - counts.bytes_out,
        bytes_in: counts_after.bytes_in - counts.bytes_in,
        trips: counts_after.trips.in_a_row(&counts.trips) / count(invocations),
    })
}

fn snapshot(environment: &Environment) -> Result<(Duration, u64, Counts)> {
    let logged = environment.process.logged();
    Ok((environment.process.cpu()?, logged, environment.aws.counts()))
}

fn difference(before: &Counts, after: &Counts) -> Value {
    let calls = after.calls.iter().filter_map(|(operation, after)| {
        let more = after - before.calls.get(operation).copied().unwrap_or(0);
        (more > 0).then(|| (operation.clone(), Value::from(more)))
    });
    Value::Object(calls.collect())
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).expect("it is a small count"))
}
