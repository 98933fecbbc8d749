//! What is to be measured, and how often.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Plan {
    /// How often everything is done, each time in new processes.
    pub rounds: usize,
    /// How often each function is started for its cold start alone.
    pub cold_starts: usize,
    /// Warm invocations of a receiver in each round and scenario.
    pub deliveries: usize,
    /// Warm invocations of a reactor in each round and scenario.
    pub batches: usize,
    /// How many events wait, from run to run; empty skips it.
    pub growth: Vec<usize>,
    /// How many events are drained at least for each of these, so that a small number is not one invocation's luck.
    pub growth_events: usize,
    /// How often each of these is drained.
    pub growth_runs: usize,
    /// The scenarios that are wanted; empty wants all.
    #[serde(default)]
    pub only: Vec<String>,
    /// What is compared; the first is ours.
    pub contenders: Vec<Contender>,
}

impl Plan {
    pub fn wants(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == scenario)
    }
}

/// Two functions and the table between them.
#[derive(Debug, Deserialize)]
pub struct Contender {
    pub name: String,
    pub receiver: Function,
    pub reactor: Function,
    /// The names of the table's key attributes.
    pub keys: Vec<String>,
    /// The table's sparse local index, if it has one.
    pub index: Option<Index>,
    /// Whether it checks signatures: what does not can refuse nothing.
    pub verifies: bool,
    /// Whether its reactor can send events to a queue.
    #[serde(default)]
    pub sends: bool,
    /// How many times fewer invocations do for it.
    #[serde(default = "one")]
    pub slower: usize,
}

/// A local index.
#[derive(Clone, Debug, Deserialize)]
pub struct Index {
    /// What it is sorted by. Items without it are not in the index.
    pub attribute: String,
    /// What it holds of an item, next to the keys.
    pub projected: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Function {
    pub command: Vec<String>,
    /// Its environment, apart from what Lambda itself sets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

fn one() -> usize {
    1
}
