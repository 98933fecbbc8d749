//! Reactors: batches of one and of ten messages, over one and ten tickets, all contenders in turn.

use std::collections::BTreeMap;
use std::time::Duration;

use algapsa::Ticket;
use anyhow::{Context, Result, ensure};
use bench::Bodies;
use jiff::{SignedDuration, Timestamp};

use crate::aws::{Aws, Message, Storage};
use crate::deliveries::{SECRET, function_url};
use crate::doorbells::batch;
use crate::environment::{Answer, Environment};
use crate::plan::{Contender, Function, Plan};
use crate::receivers::Found;
use crate::series::{Series, micros, run};

/// A fair guess at what a call to AWS takes within a region, for the times.
pub const DELAY: Duration = Duration::from_millis(4);

#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    /// Of a body.
    bytes: usize,
    /// In a batch, like the tickets.
    messages: usize,
    tickets: usize,
    /// How many times fewer batches do.
    fewer: usize,
    /// Before each answer of AWS.
    delay: Duration,
    /// Whether each event goes to a queue, and not just into the log.
    to_queue: bool,
}

const SCENARIOS: [Scenario; 11] = [
    at_once("1 event 2 kB", 2_000, 1, 1, 1),
    at_once("10 events of 10 tickets", 2_000, 10, 10, 5),
    at_once("10 events of 1 ticket", 2_000, 10, 1, 5),
    at_once("1 event 0.3 kB", 300, 1, 1, 5),
    at_once("1 event 50 kB", 50_000, 1, 1, 10),
    at_once("1 event 600 kB", 600_000, 1, 1, 20),
    delayed("1 event 2 kB, delayed", 1, 1, 5),
    delayed("10 events of 10 tickets, delayed", 10, 10, 20),
    delayed("10 events of 1 ticket, delayed", 10, 1, 20),
    to_queue(at_once("1 event 2 kB, to a queue", 2_000, 1, 1, 1)),
    to_queue(at_once(
        "10 events of 1 ticket, to a queue",
        2_000,
        10,
        1,
        5,
    )),
];

const fn at_once(
    name: &'static str,
    bytes: usize,
    messages: usize,
    tickets: usize,
    fewer: usize,
) -> Scenario {
    Scenario {
        name,
        bytes,
        messages,
        tickets,
        fewer,
        delay: Duration::ZERO,
        to_queue: false,
    }
}

const fn to_queue(scenario: Scenario) -> Scenario {
    Scenario {
        to_queue: true,
        ..scenario
    }
}

const fn delayed(name: &'static str, messages: usize, tickets: usize, fewer: usize) -> Scenario {
    Scenario {
        delay: DELAY,
        ..at_once(name, 2_000, messages, tickets, fewer)
    }
}

/// An inbox that a receiver has filled, and the messages that it has sent.
pub struct Filled {
    pub storage: Storage,
    pub messages: Vec<Message>,
}

pub fn measure(plan: &Plan) -> Result<BTreeMap<String, Found>> {
    let mut found = BTreeMap::<String, Found>::new();
    for contender in &plan.contenders {
        found.insert(contender.name.clone(), Found::default());
    }
    for turn in 0..plan.cold_starts {
        eprintln!("reactors: cold start {} of {}", turn + 1, plan.cold_starts);
        for contender in &plan.contenders {
            let found = found.get_mut(&contender.name).expect("all are there");
            start(contender, found)?;
        }
    }
    let wanted = SCENARIOS
        .iter()
        .filter(|scenario| plan.wants(scenario.name));
    for scenario in wanted {
        eprintln!("reactors: {}, {} rounds", scenario.name, plan.rounds);
        one_scenario(plan, scenario, &mut found)?;
    }
    Ok(found)
}

fn start(contender: &Contender, found: &mut Found) -> Result<()> {
    let one = fill(contender, 2_000, 1, 1)?;
    let environment = begin(contender, &one, Duration::ZERO)?;
    found.started(&environment);
    let first = environment.invoke(batch(&one.messages))?;
    found.first_us.push(micros(first.after));
    Ok(())
}

pub fn begin(contender: &Contender, filled: &Filled, delay: Duration) -> Result<Environment> {
    begin_as(&contender.reactor, contender, filled, delay)
}

fn begin_as(
    reactor: &Function,
    contender: &Contender,
    filled: &Filled,
    delay: Duration,
) -> Result<Environment> {
    let aws = Aws::with(filled.storage.clone(), delay);
    Environment::start(reactor, aws)
        .with_context(|| format!("failed to start the reactor of {}", contender.name))
}

/// The contender's reactor with the reaction that the scenario wants.
fn reactor(contender: &Contender, scenario: &Scenario) -> Function {
    let mut reactor = contender.reactor.clone();
    if scenario.to_queue {
        let queue = "arn:aws:sqs:us-east-1:000000000000:events.fifo";
        let variables = [("REACTION", "sqs"), ("EVENT_QUEUE", queue)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        reactor.env.extend(variables);
    }
    reactor
}

fn one_scenario(
    plan: &Plan,
    scenario: &Scenario,
    found: &mut BTreeMap<String, Found>,
) -> Result<()> {
    let &Scenario {
        name,
        messages,
        tickets,
        ..
    } = scenario;
    let mut filled = Vec::new();
    let able = |contender: &&Contender| contender.sends || !scenario.to_queue;
    for contender in plan.contenders.iter().filter(able) {
        let batches = (plan.batches / scenario.fewer / contender.slower).max(2);
        // A tenth more, for a process to warm up with.
        let wanted = (batches + batches / 10 + 1) * messages;
        match fill(
            contender,
            scenario.bytes,
            wanted,
            wanted * tickets / messages,
        ) {
            Ok(inbox) => filled.push((contender, batches, inbox)),
            Err(why) => {
                let found = found.get_mut(&contender.name).expect("all are there");
                found.cannot.insert(name.into(), format!("{why:#}"));
            }
        }
    }
    for _ in 0..plan.rounds {
        for (contender, batches, inbox) in &filled {
            let reactor = reactor(contender, scenario);
            let environment = begin_as(&reactor, contender, inbox, scenario.delay)?;
            let just_started = environment.process.peak_kb()?;
            let series = hear(&environment, inbox, messages, *batches)?;
            let found = found.get_mut(&contender.name).expect("all are there");
            found.warm.entry(name.into()).or_default().push(series);
            let peak = environment.process.peak_kb()?;
            found.peaks_kb.push([just_started, peak, peak]);
        }
    }
    Ok(())
}

/// Lets the contender's own receiver keep as many events of as many tickets.
pub fn fill(contender: &Contender, bytes: usize, events: usize, tickets: usize) -> Result<Filled> {
    let environment = Environment::start(&contender.receiver, Aws::start(contender))?;
    let bodies = Bodies::of(bytes);
    // So long ago that nothing happens to them in the future.
    let opened_at = Timestamp::now() - SignedDuration::from_hours(24);
    let ticket = |_| Ticket::opened_at(opened_at, "Outlook asks for my password");
    let tickets: Vec<Ticket> = (0..tickets).map(ticket).collect();
    let each = events.div_ceil(tickets.len());
    for n in 0..events {
        let second = i64::try_from(n % each)? + 1;
        let event = bodies.event(&tickets[n / each], second);
        let answer = environment.invoke(function_url(&event, SECRET))?;
        let status = &answer.body["statusCode"];
        ensure!(status == 200, "not kept: {}", answer.body);
    }
    let aws = &environment.aws;
    Ok(Filled {
        storage: aws.storage(),
        messages: aws.take_messages(),
    })
}

fn hear(environment: &Environment, inbox: &Filled, each: usize, batches: usize) -> Result<Series> {
    let waited = environment.aws.waiting();
    let mut chunks = inbox.messages.chunks(each);
    let warm_up = inbox.messages.len() / each - batches;
    for messages in chunks.by_ref().take(warm_up) {
        environment.invoke(batch(messages))?;
    }
    let events = chunks.len() * each;
    let batches = chunks.map(|messages| (batch(messages), is_done as fn(&Answer) -> bool));
    let series = run(environment, events, batches)?;
    let waits = environment.aws.waiting();
    ensure!(waits == 0, "{waits} of {waited} events still wait");
    Ok(series)
}

fn is_done(answer: &Answer) -> bool {
    let failures = &answer.body["batchItemFailures"];
    failures.as_array().is_none_or(Vec::is_empty)
}
