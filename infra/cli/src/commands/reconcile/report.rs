//! What the last runs have done, day by day.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reconciler::memory::Ran;
use serde::Serialize;

use super::summary::fields;
use crate::output::{self, Time, table};

#[derive(Debug, Serialize)]
pub struct Report {
    since: Time,
    days: Vec<Day>,
    total: Total,
}

/// A day in UTC on which there was a run.
#[derive(Debug, Serialize)]
struct Day {
    day: Date,
    #[serde(flatten)]
    total: Total,
}

/// Some runs together.
#[derive(Clone, Debug, Default, Serialize)]
struct Total {
    runs: usize,
    /// In the last of them.
    tickets: usize,
    calls: u64,
    differences: usize,
    explained: usize,
    superseded: usize,
    /// After the last of them.
    waiting: usize,
    announced: usize,
    fields: BTreeMap<String, usize>,
}

impl Report {
    /// Of those runs, the latest last, that were made since then.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Ran>, since: Timestamp) -> Self {
        let mut report = Self {
            since: Time(since),
            days: Vec::new(),
            total: Total::default(),
        };
        for ran in runs.into_iter().filter(|ran| ran.at >= since) {
            report.take(ran);
        }
        report
    }

    fn take(&mut self, ran: &Ran) {
        let day = TimeZone::UTC.to_datetime(ran.at).date();
        if self.days.last().is_none_or(|last| last.day != day) {
            let total = Total::default();
            self.days.push(Day { day, total });
        }
        let today = self.days.last_mut().map(|day| &mut day.total);
        for total in today.into_iter().chain([&mut self.total]) {
            total.take(ran);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    pub fn print(&self) -> Result<()> {
        output::lines(&self.drawn(table::width()))
    }

    pub fn drawn(&self, width: u16) -> String {
        let header = [
            "day (UTC)",
            "runs",
            "tickets",
            "calls",
            "differences",
            "explained",
            "superseded",
            "waiting",
            "announced",
            "by field",
        ];
        let days = self
            .days
            .iter()
            .map(|day| day.total.row(day.day.to_string()));
        let all = self.total.row("all".to_owned());
        table::drawn(header, days.chain([all]), width)
    }
}

impl Total {
    fn take(&mut self, ran: &Ran) {
        self.runs += 1;
        self.tickets = ran.tickets;
        self.calls += u64::from(ran.calls);
        self.differences += ran.differences;
        self.explained += ran.explained;
        self.superseded += ran.superseded;
        self.waiting = ran.waiting;
        self.announced += ran.announced;
        for (name, count) in &ran.fields {
            *self.fields.entry(name.clone()).or_default() += count;
        }
    }

    fn row(&self, name: String) -> [String; 10] {
        [
            name,
            self.runs.to_string(),
            self.tickets.to_string(),
            self.calls.to_string(),
            self.differences.to_string(),
            self.explained.to_string(),
            self.superseded.to_string(),
            self.waiting.to_string(),
            self.announced.to_string(),
            fields(&self.fields),
        ]
    }
}
