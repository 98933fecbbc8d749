//! Comparing a scan with what was remembered of the last one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::difference::{Difference, What};
use crate::field::{Field, Values};
use crate::margins::{OVERLAP, RETRIED_FOR};
use crate::memory::{CLOSED_KEPT, Known, Memory};
use crate::scan::{Scan, Seen};
use crate::threads::Threads;
use crate::view::View;

/// If more old tickets than that appear at once, nobody has opened them again: the key may read more than before.
const MOST_APPEARING: usize = 50;

/// What a comparison has found.
#[derive(Debug, Default)]
pub struct Compared {
    pub differences: Vec<Difference>,
    /// No differences, but fields that are as they were, of tickets that something has touched: what was told meanwhile may have
    /// been taken back.
    pub unchanged: Vec<Difference>,
    /// The tickets as they are to be remembered.
    pub tickets: BTreeMap<String, Known>,
    /// How many tickets appeared and were only remembered, because they were too many.
    pub appeared: usize,
}

/// Without a memory everything is new, and so nothing is.
pub fn compare(memory: Option<&Memory>, scan: &Scan) -> Compared {
    let mut compared = Compared {
        tickets: memory.map_or_else(BTreeMap::new, |memory| memory.tickets.clone()),
        ..Compared::default()
    };
    let mut appeared = Vec::new();
    for (id, seen) in &scan.tickets {
        let known = compared.tickets.entry(id.clone()).or_default();
        if let Some(memory) = memory {
            let base = Base {
                id,
                seen,
                compared_with: memory.scanned_at,
            };
            if memory.tickets.contains_key(id) {
                compared.differences.extend(base.changes(known));
                compared.unchanged.extend(base.unchanged(known));
            } else if base.is_new() {
                compared.differences.push(base.created());
            } else if seen.is_open {
                appeared.push(base.opened_again());
            }
        }
        known.is_now(seen);
    }
    if appeared.len() > MOST_APPEARING {
        compared.appeared = appeared.len();
    } else {
        compared.differences.extend(appeared);
    }
    if let Some(memory) = memory {
        compared.forget(memory, scan);
    }
    compared
}

struct Base<'a> {
    id: &'a str,
    seen: &'a Seen,
    compared_with: Timestamp,
}

impl Base<'_> {
    /// Whether it was entered since the last scan.
    fn is_new(&self) -> bool {
        let entered_at = self.seen.entered_at;
        entered_at.is_some_and(|at| at >= self.compared_with - OVERLAP)
    }

    fn created(&self) -> Difference {
        let from = self.seen.entered_at.unwrap_or(self.compared_with);
        let values = json!(self.seen.values);
        self.difference(What::Created, Value::Null, values, from)
    }

    /// A ticket that was closed too long ago to be remembered, and is open again.
    fn opened_again(&self) -> Difference {
        let status = self.seen.values.get(&Field::Status);
        let status = status.cloned().unwrap_or_default();
        let what = What::Changed(Field::Status);
        self.difference(what, Value::Null, status, self.compared_with)
    }

    fn changes(&self, known: &Known) -> impl Iterator<Item = Difference> {
        self.seen.values.iter().filter_map(|(&field, after)| {
            let before = known.values.get(&field)?;
            if before == after {
                return None;
            }
            let from = known.last_seen(field).unwrap_or(self.compared_with);
            Some(self.difference(What::Changed(field), before.clone(), after.clone(), from))
        })
    }

    /// If the ticket was touched since the last look, or so shortly before that an event of then may have come since. The time of
    /// closing is told with the status.
    fn unchanged(&self, known: &Known) -> impl Iterator<Item = Difference> {
        let fields = self.seen.values.iter();
        let fields = fields.filter(|(field, _)| **field != Field::ClosedAt);
        fields.filter_map(|(&field, after)| {
            let from = known.last_seen(field).unwrap_or(self.compared_with);
            let touched_at = self.seen.touched_at;
            let is_touched = touched_at.is_some_and(|at| at >= from - RETRIED_FOR);
            let is_same = known.values.get(&field) == Some(after);
            let what = What::Changed(field);
            let unchanged = || self.difference(what, after.clone(), after.clone(), from);
            (is_touched && is_same).then(unchanged)
        })
    }

    fn difference(&self, what: What, before: Value, after: Value, from: Timestamp) -> Difference {
        Difference {
            ticket_id: self.id.to_owned(),
            what,
            before,
            after,
            follows: None,
            untold: None,
            told_in: None,
            from,
            until: self.seen.at,
            compared_with: self.compared_with,
        }
    }
}

impl Compared {
    /// Takes out what is gone, what may not be read any more, and what was closed long ago.
    fn forget(&mut self, memory: &Memory, scan: &Scan) {
        for (id, at) in &scan.gone {
            let Some(known) = self.tickets.remove(id) else {
                continue;
            };
            self.differences.push(Difference {
                ticket_id: id.clone(),
                what: What::Deleted,
                before: json!(known.values),
                after: Value::Null,
                follows: None,
                untold: None,
                told_in: None,
                from: known.seen.into_values().max().unwrap_or(memory.scanned_at),
                until: *at,
                compared_with: memory.scanned_at,
            });
        }
        for id in &scan.hidden {
            self.tickets.remove(id);
        }
        let oldest = scan.began_at - CLOSED_KEPT;
        self.tickets
            .retain(|_, known| known.is_open || known.seen.values().any(|seen| *seen >= oldest));
    }

    /// What an event told of a new ticket is what the next scan is compared with, where this one did not look.
    pub fn was_told(&mut self, told: &[(String, Timestamp, Values)]) {
        for (id, at, values) in told {
            let Some(known) = self.tickets.get_mut(id) else {
                continue;
            };
            for (field, value) in values {
                if !known.values.contains_key(field) {
                    known.values.insert(*field, value.clone());
                    known.seen.entry(View::of(*field)).or_insert(*at);
                }
            }
        }
    }

    /// Whether a difference of an earlier scan still is one: nothing else has happened to that field since.
    pub fn still_is(&self, difference: &Difference, threads: Option<&Threads>) -> bool {
        let known = self.tickets.get(&difference.ticket_id);
        match difference.what {
            What::Created => known.is_some(),
            What::Deleted => known.is_none(),
            What::Changed(field) => {
                known.is_some_and(|known| known.values.get(&field) == Some(&difference.after))
            }
            What::Commented(id) => {
                let is_shown = |threads: &Threads| threads.may_show(&difference.ticket_id, id);
                known.is_some() && threads.is_some_and(is_shown)
            }
        }
    }
}

impl Known {
    fn is_now(&mut self, seen: &Seen) {
        self.values.extend(seen.values.clone());
        self.seen.insert(seen.view, seen.at);
        self.is_open = seen.is_open;
    }

    /// When that field was seen last.
    fn last_seen(&self, field: Field) -> Option<Timestamp> {
        let views = self.seen.iter().filter(|(view, _)| view.shows(field));
        views.map(|(_, at)| *at).max()
    }
}
