//! Receivers: cold starts, and warm deliveries by size and kind, all contenders in turn.

use std::collections::BTreeMap;

use algapsa::{Event, Ticket};
use anyhow::{Context, Result};
use bench::Bodies;
use bytes::Bytes;
use serde::Serialize;

use crate::aws::Aws;
use crate::deliveries::{SECRET, function_url};
use crate::environment::{Answer, Environment};
use crate::plan::{Contender, Plan};
use crate::series::{Series, micros, run};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    New,
    Duplicate,
    Forged,
}

/// Name, bytes of the body, kind, and how many times fewer invocations do.
const SCENARIOS: [(&str, usize, Kind, usize); 11] = [
    ("new 2 kB", 2_000, Kind::New, 1),
    ("new 0.3 kB", 300, Kind::New, 1),
    ("new 10 kB", 10_000, Kind::New, 2),
    ("new 50 kB", 50_000, Kind::New, 4),
    ("new 200 kB", 200_000, Kind::New, 10),
    ("duplicate 0.3 kB", 300, Kind::Duplicate, 1),
    ("duplicate 2 kB", 2_000, Kind::Duplicate, 1),
    ("duplicate 50 kB", 50_000, Kind::Duplicate, 4),
    ("forged 2 kB", 2_000, Kind::Forged, 1),
    ("duplicate 600 kB", 600_000, Kind::Duplicate, 20),
    ("new 600 kB", 600_000, Kind::New, 20),
];

/// What is known about one contender's function.
#[derive(Default, Serialize)]
pub struct Found {
    /// In microseconds, like the next.
    pub cold_starts_us: Vec<f64>,
    /// The first invocation after each cold start.
    pub first_us: Vec<f64>,
    /// What it asked AWS for by the end of its cold start.
    pub cold_calls: BTreeMap<String, u64>,
    /// In kB: just started; after the usual; after everything.
    pub peaks_kb: Vec<[u64; 3]>,
    pub warm: BTreeMap<String, Vec<Series>>,
    pub cannot: BTreeMap<String, String>,
}

impl Found {
    pub fn started(&mut self, environment: &Environment) {
        self.cold_starts_us.push(micros(environment.cold_start));
        self.cold_calls = environment.aws.counts().calls;
    }
}

pub fn measure(plan: &Plan) -> Result<BTreeMap<String, Found>> {
    let mut found = BTreeMap::<String, Found>::new();
    for contender in &plan.contenders {
        found.insert(contender.name.clone(), Found::default());
    }
    for turn in 0..plan.cold_starts {
        eprintln!("receivers: cold start {} of {}", turn + 1, plan.cold_starts);
        for contender in &plan.contenders {
            let found = found.get_mut(&contender.name).expect("all are there");
            start(contender, found)?;
        }
    }
    for round in 0..plan.rounds {
        eprintln!("receivers: round {} of {}", round + 1, plan.rounds);
        one_round(plan, &mut found)?;
    }
    Ok(found)
}

fn start(contender: &Contender, found: &mut Found) -> Result<Environment> {
    let environment = Environment::start(&contender.receiver, Aws::start(contender))
        .with_context(|| format!("failed to start the receiver of {}", contender.name))?;
    found.started(&environment);
    let event = Ticket::new("first").event("ticket.updated", 1);
    let first = environment.invoke(function_url(&event, SECRET))?;
    found.first_us.push(micros(first.after));
    Ok(environment)
}

fn one_round(plan: &Plan, found: &mut BTreeMap<String, Found>) -> Result<()> {
    let mut started = Vec::new();
    for contender in &plan.contenders {
        let found = found.get_mut(&contender.name).expect("all are there");
        let environment = start(contender, found)?;
        let just_started = environment.process.peak_kb()?;
        let some = plan.deliveries / 5 / contender.slower;
        deliver(&environment, 2_000, Kind::New, some)?;
        started.push((contender, environment, [just_started, 0, 0]));
    }
    let wanted = SCENARIOS.into_iter().filter(|(name, ..)| plan.wants(name));
    for (name, bytes, kind, fewer) in wanted {
        for (contender, environment, peaks) in &mut started {
            if kind == Kind::Forged && !contender.verifies {
                continue;
            }
            let found = found.get_mut(&contender.name).expect("all are there");
            let deliveries = plan.deliveries / fewer / contender.slower;
            match deliver(environment, bytes, kind, deliveries.max(2)) {
                Ok(series) => found.warm.entry(name.into()).or_default().push(series),
                Err(why) => drop(found.cannot.insert(name.into(), format!("{why:#}"))),
            }
            let usual = usize::from(name.contains("600 kB")) + 1;
            peaks[usual] = environment.process.peak_kb()?;
        }
    }
    for (contender, _, peaks) in started {
        let found = found.get_mut(&contender.name).expect("all are there");
        found.peaks_kb.push(peaks);
    }
    Ok(())
}

fn deliver(environment: &Environment, bytes: usize, kind: Kind, times: usize) -> Result<Series> {
    environment.aws.clear();
    let bodies = Bodies::of(bytes);
    let first = bodies.event(&Ticket::new("the first"), 1);
    if kind == Kind::Duplicate {
        environment.invoke(function_url(&first, SECRET))?;
        // The sender waits for a minute before it tries again.
        environment.aws.settle();
    }
    let one = || -> (Bytes, fn(&Answer) -> bool) {
        match kind {
            Kind::New => (function_url(&other(&bodies), SECRET), is_ok),
            Kind::Duplicate => (function_url(&first, SECRET), is_ok),
            Kind::Forged => (function_url(&first, "not the secret"), is_refused),
        }
    };
    run(environment, times, (0..times).map(|_| one()))
}

fn other(bodies: &Bodies) -> Event {
    bodies.event(&Ticket::new("another"), 1)
}

fn is_ok(answer: &Answer) -> bool {
    answer.body["statusCode"] == 200
}

fn is_refused(answer: &Answer) -> bool {
    answer.body["statusCode"] == 401
}
