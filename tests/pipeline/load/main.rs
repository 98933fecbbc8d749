//! The whole pipeline under load, from AlgaPSA's sender to the user's endpoint. `make soak` runs what takes long here.

mod burst;
mod figures;
mod order;

use std::env;
use std::time::{Duration, Instant};

use crate::burst::Load;

/// First at AlgaPSA's own pace, then one hot ticket, then many quiet ones, then more of both.
#[test]
fn bursts_arrive_whole_once_and_in_order() {
    let mut load = Load::new();
    load.calm(10, 200);
    load.burst(1, 200);
    load.burst(200, 200);
    load.burst(100, 1_000);
    load.tell("At AlgaPSA's own pace, then as fast as it goes");
}

#[test]
#[ignore = "some minutes: make soak"]
fn ten_thousand_deliveries_of_five_hundred_tickets() {
    let mut load = Load::new();
    load.burst(500, 10_000);
    load.tell("One burst");
}

#[test]
#[ignore = "some minutes: make soak"]
fn a_hot_ticket_costs_what_as_many_quiet_ones_cost() {
    let mut load = Load::new();
    for events in [100, 300, 1_000] {
        load.burst(1, events);
        load.burst(events, events);
    }
    load.tell("One hot ticket, and as many quiet ones as it has events");
}

/// `SOAK_EVENTS` of them, in rounds. No round begins after `SOAK_MINUTES`.
#[test]
#[ignore = "up to an hour: make soak"]
fn a_hundred_thousand_deliveries() {
    const ROUND: usize = 5_000;
    let events = from_env("SOAK_EVENTS", 100_000);
    let time = Duration::from_secs(60 * from_env("SOAK_MINUTES", 60) as u64);
    let (mut load, started, mut left) = (Load::new(), Instant::now(), events);
    while left > 0 && started.elapsed() < time {
        let round = left.min(ROUND);
        load.burst(round.div_ceil(20), round);
        left -= round;
    }
    let sent = events - left;
    let minutes = started.elapsed().as_secs() / 60;
    let what = format!("{sent} of {events} deliveries in rounds, in {minutes} min");
    load.tell(&what);
}

fn from_env(name: &str, otherwise: usize) -> usize {
    let value = env::var(name).ok();
    value.map_or(otherwise, |value| {
        let number = value.parse();
        number.unwrap_or_else(|_| panic!("{name} is no number: {value}"))
    })
}
