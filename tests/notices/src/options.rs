//! What can be asked for.

use algapsa::day::{MIXES, Mix};
use clap::Parser;

/// Measures what each way of listening notices of the same working days: loops that poll AlgaPSA's ticket API, its webhooks, and
/// webhooks with the reconciler.
///
/// The days are made up: three mixes of who changes tickets how, which nobody has counted. All time is simulated. Prints a table in
/// Markdown for each mix, and on stderr how far it is. The same options give the same tables.
#[derive(Debug, Parser)]
#[command(name = "notices", max_term_width = 110)]
pub struct Options {
    /// Everything follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many tickets there are when the day begins. A third of them is closed.
    #[arg(long, default_value_t = 2_000, value_parser = at_least_one)]
    pub tickets: usize,
    /// How often somebody does something to one, within ten hours. What follows from it comes on top.
    #[arg(long, default_value_t = 5_000, value_parser = at_least_one)]
    pub changes: usize,
    /// Only the day of one mix: mostly-ui, workflow-heavy or integration-heavy.
    #[arg(long, value_name = "NAME", value_parser = mix)]
    pub mix: Option<&'static Mix>,
    /// Also list on stderr what neither webhooks nor the reconciler told, though it stood for long enough.
    #[arg(long)]
    pub missed: bool,
    /// Write the tables into tests/bench/NOTICED.md instead of printing them.
    #[arg(long, conflicts_with = "mix")]
    pub write: bool,
}

impl Options {
    pub fn mixes(&self) -> Vec<&'static Mix> {
        self.mix.map_or_else(|| MIXES.to_vec(), |mix| vec![mix])
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("expected a number from 1 on".into()),
    }
}

fn mix(name: &str) -> Result<&'static Mix, String> {
    let mix = MIXES.into_iter().find(|mix| mix.name == name);
    let names = || MIXES.map(|mix| mix.name).join(", ");
    mix.ok_or_else(|| format!("expected one of {}", names()))
}
