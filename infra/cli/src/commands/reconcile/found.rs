//! A difference between two scans, as it is shown.

use jiff::{SignedDuration, Timestamp};
use reconciler::difference::{Difference, What};
use reconciler::field::{COMMENTED, CREATED, Field};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::commands::quarantine::escaped;
use crate::output::times::{ago, moment, within};
use crate::output::{Time, table};

/// How much of a value a table shows.
const LONGEST: usize = 48;
/// How much of an id a table shows where it is a value.
const SHORT: usize = 8;

/// A difference: as JSON for a program, in words for a table.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    ticket_id: String,
    /// The field's name, or `created`, `deleted` or `comment`.
    field: String,
    /// What was told last, or read last.
    before: Value,
    after: Value,
    /// Until when it was not so yet.
    not_before: Time,
    /// When it was seen first.
    seen_at: Time,
    state: State,
    /// Until when it waits for an event, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_until: Option<Time>,
    /// The types of the events that can tell of it.
    told_by: &'static [&'static str],
}

/// What becomes of a difference that no event has told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Announced,
    WouldBeAnnounced,
    Waits,
}

impl Found {
    /// One that waits for so long after it was seen.
    pub fn waiting(difference: &Difference, patience: SignedDuration) -> Self {
        let until = difference.until.checked_add(patience);
        Self {
            waits_until: Some(Time(until.unwrap_or(Timestamp::MAX))),
            ..Self::of(difference, State::Waits)
        }
    }

    pub fn of(difference: &Difference, state: State) -> Self {
        Self {
            ticket_id: difference.ticket_id.clone(),
            field: difference.what.to_string(),
            before: difference.previous().clone(),
            after: difference.after.clone(),
            not_before: Time(difference.from),
            seen_at: Time(difference.until),
            state,
            waits_until: None,
            told_by: match difference.what {
                What::Created => &[CREATED],
                What::Deleted => &[],
                What::Changed(field) => field.told_by(),
                What::Commented(_) => &[COMMENTED],
            },
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn waits_until(&self) -> Option<Timestamp> {
        self.waits_until.map(|until| until.0)
    }

    fn row(&self, now: Timestamp) -> [String; 7] {
        let seen = self.seen_at.0;
        [
            escaped(&self.ticket_id),
            self.field.clone(),
            shown(&self.before),
            shown(&self.after),
            format!("{} ({})", moment(seen), ago(seen, now)),
            self.told(now),
            self.told_by.join(" "),
        ]
    }

    /// What becomes of it, in words.
    fn told(&self, now: Timestamp) -> String {
        match (self.state, self.waits_until()) {
            (State::Announced, _) => "announced".to_owned(),
            (State::WouldBeAnnounced, _) => "would be announced".to_owned(),
            (State::Waits, Some(until)) if until > now => format!(
                "waits for an event until {} ({})",
                moment(until),
                within(until, now)
            ),
            (State::Waits, _) => "a run remembers it, and a later one announces it".to_owned(),
        }
    }
}

/// What was found, the first seen first.
pub fn drawn(found: &[Found], now: Timestamp, width: u16) -> String {
    let mut found: Vec<_> = found.iter().collect();
    found.sort_by_key(|one| (one.seen_at, &one.ticket_id, &one.field));
    let header = [
        "ticket",
        "field",
        "before",
        "after",
        "seen (UTC)",
        "state",
        "could be told by",
    ];
    table::drawn(header, found.into_iter().map(|one| one.row(now)), width)
}

/// A value in a table. All values of a ticket that is new or gone are too many: its title has to do.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => short(text),
        Value::Array(texts) => {
            let texts = texts.iter().map(shown);
            short(&texts.collect::<Vec<_>>().join(", "))
        }
        Value::Object(values) => values
            .get(Field::Title.column())
            .map_or_else(String::new, shown),
        other => other.to_string(),
    }
}

/// On one line, without the end of what is long. It was written by others.
fn short(text: &str) -> String {
    if Uuid::try_parse(text).is_ok() {
        return format!("{}…", &text[..SHORT]);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => escaped(line[..end].trim_end()) + "…",
        None => escaped(&line),
    }
}
