//! Runs functions as Lambda runs them, next to a canned AWS, and measures what they take. `make bench` says which.
//!
//! Usage: `bench PLAN MEASURED`, both JSON files.

mod aws;
mod deliveries;
mod doorbells;
mod environment;
mod growth;
mod plan;
mod process;
mod reactors;
mod receivers;
mod series;

use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::plan::Plan;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [plan, measured] = &arguments[..] else {
        bail!("usage: bench PLAN MEASURED");
    };
    let text = fs::read_to_string(plan).with_context(|| format!("failed to read {plan}"))?;
    let plan: Plan =
        serde_json::from_str(&text).with_context(|| format!("failed to understand {plan}"))?;
    let found = json!({
        "receivers": receivers::measure(&plan)?,
        "reactors": reactors::measure(&plan)?,
        "growth": growth::measure(&plan)?,
    });
    fs::write(measured, found.to_string()).with_context(|| format!("failed to write {measured}"))
}
