//! What became of everything, as a table.

use std::collections::BTreeMap;
use std::time::Duration;

use algapsa::{Entry, Fate, Ledger, Outcome as Ended, Row};
use comfy_table::{CellAlignment, Table, presets::NOTHING};
use jiff::SignedDuration;

use crate::options::Sending;

/// Counts by what became of events, and by what was answered to attempts.
pub struct Outcome {
    fates: BTreeMap<Fated, usize>,
    answers: BTreeMap<String, usize>,
    times: Vec<Duration>,
}

/// The lines of the table, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fated {
    Acknowledged { attempt: u32 },
    GivenUp,
    Eaten,
    Dropped,
    UnderWay,
}

impl Outcome {
    /// Of everything in a ledger; `real` says how long a span of the sender's time took.
    pub fn of(ledger: &Ledger, real: impl Fn(SignedDuration) -> Duration) -> Self {
        let mut outcome = Self {
            fates: BTreeMap::new(),
            answers: BTreeMap::new(),
            times: Vec::new(),
        };
        for entry in &ledger.entries {
            *outcome.fates.entry(fated(entry)).or_default() += 1;
            if !entry.eaten.is_empty() {
                let eaten = outcome.answers.entry("eaten by the cap".into());
                *eaten.or_default() += entry.eaten.len();
            }
            for row in &entry.rows {
                outcome.count(row, &real);
            }
        }
        outcome.times.sort_unstable();
        outcome
    }

    pub fn acknowledged(&self) -> usize {
        let is_one = |fated: &Fated| matches!(fated, Fated::Acknowledged { .. });
        let all = self.fates.iter().filter(|(fated, _)| is_one(fated));
        all.map(|(_, count)| count).sum()
    }

    fn count(&mut self, row: &Row, real: impl Fn(SignedDuration) -> Duration) {
        let answer = match row.ended {
            Some((Ended::Status(status), at)) => {
                self.times.push(real(at.duration_since(row.left_at)));
                status.to_string()
            }
            Some((Ended::NoAnswer, _)) => "no answer".into(),
            None => "broken off".into(),
        };
        *self.answers.entry(answer).or_default() += 1;
    }

    pub fn told(&self, options: &Sending, took: Duration) -> String {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        for (fated, count) in &self.fates {
            table.add_row([fated.to_string(), format!("{count} events")]);
        }
        for (answer, count) in &self.answers {
            table.add_row([answer.clone(), format!("{count} attempts")]);
        }
        for (name, share) in [("half", 0.5), ("99 of 100", 0.99), ("all", 1.0)] {
            if let Some(time) = self.within(share) {
                let milliseconds = format!("{:.0} ms", time.as_secs_f64() * 1e3);
                table.add_row([format!("{name} answered within"), milliseconds]);
            }
        }
        let numbers = table.column_mut(1).expect("there are two");
        numbers.set_cell_alignment(CellAlignment::Right);
        format!("{}\n{table}", heading(options, took))
    }

    fn within(&self, share: f64) -> Option<Duration> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "it is a place in the list"
        )]
        let place = (self.times.len() as f64 * share).ceil() as usize;
        self.times.get(place.checked_sub(1)?).copied()
    }
}

fn heading(options: &Sending, took: Duration) -> String {
    if options.test {
        return format!("\nA test, sent in {:.1} s\n", took.as_secs_f64());
    }
    format!(
        "\nseed {}: {} events of {} tickets within {:#} of AlgaPSA's time, sent in {:.1} s\n",
        options.seed,
        options.events,
        options.tickets,
        options.within,
        took.as_secs_f64()
    )
}

fn fated(entry: &Entry) -> Fated {
    match entry.fate {
        Fate::Acknowledged(_) => Fated::Acknowledged {
            attempt: entry.rows.last().map_or(0, |row| row.number),
        },
        Fate::GivenUp(_) => Fated::GivenUp,
        Fate::Eaten(_) => Fated::Eaten,
        Fate::Dropped(_) => Fated::Dropped,
        Fate::UnderWay => Fated::UnderWay,
    }
}

impl std::fmt::Display for Fated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Acknowledged { attempt } => write!(f, "acknowledged at attempt {attempt}"),
            Self::GivenUp => f.write_str("given up after the last attempt"),
            Self::Eaten => f.write_str("lost: the cap ate the last attempt"),
            Self::Dropped => f.write_str("dropped: the webhook was off"),
            Self::UnderWay => f.write_str("not decided"),
        }
    }
}
