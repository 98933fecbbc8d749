//! The comment mode: published comments that no event told of. No list shows new comments, so those tickets are looked at, with a
//! call for each, to which something else has happened, or whose rows hint at a comment.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::Reconciler;
use crate::comment::CommentId;
use crate::compare::Compared;
use crate::difference::{Difference, What};
use crate::followed::Followed;
use crate::memory::Memory;
use crate::scan::{Looked, Scan, Scanner};
use crate::threads::{Threads, Wanted};

impl Reconciler {
    /// Reads the comments that may be new, and compares them. Without the comment mode nothing is asked or remembered.
    pub(crate) async fn comments(
        &self,
        scan: Scan,
        memory: Option<&Memory>,
        compared: &mut Compared,
        clock: &Clock,
        deadline: Timestamp,
    ) -> Result<(Scan, Option<Threads>)> {
        if !self.settings.comments {
            for known in compared.tickets.values_mut() {
                known.comments = None;
            }
            return Ok((scan, None));
        }
        compared.follow(&scan);
        let Some(memory) = memory else {
            return Ok((scan, Some(Threads::default())));
        };
        let now = clock.now();
        let wanted = wanted(memory, compared, now, now - self.settings.patience());
        let scanner = Scanner::after(scan, &self.api, clock, deadline);
        let Looked {
            scan,
            threads,
            refused,
        } = scanner.threads(&wanted).await?;
        compared.compare_comments(&threads, memory.scanned_at);
        compared.are_refused(&refused, clock.now());
        Ok((scan, Some(threads)))
    }
}

/// The tickets with a comment that was found by then and waits to be told, and after them those that are due, the longest
/// first: if the calls of the run do not suffice, the last ones are left for the next. Those that were refused have to wait.
fn wanted(
    memory: &Memory,
    compared: &Compared,
    now: Timestamp,
    found_by: Timestamp,
) -> Vec<Wanted> {
    let mut waiting: BTreeMap<&str, Vec<(CommentId, Timestamp)>> = BTreeMap::new();
    for one in &memory.waiting {
        if let What::Commented(id) = one.what
            && one.until <= found_by
        {
            let of_ticket = waiting.entry(&one.ticket_id).or_default();
            of_ticket.push((id, one.from));
        }
    }
    let followed = compared.tickets.iter().filter_map(|(id, known)| {
        let followed = known.comments.as_ref()?;
        let told = waiting.get(id.as_str());
        let is_wanted = (told.is_some() || followed.is_due) && followed.may_be_read(now);
        is_wanted.then_some((id, followed, told))
    });
    let mut followed: Vec<_> = followed.collect();
    followed.sort_by_key(|(_, followed, told)| (told.is_none(), followed.from));
    let wanted = followed.into_iter().map(|(id, followed, told)| {
        let told = told.into_iter().flatten();
        let times = told.clone().map(|(_, at)| *at);
        Wanted {
            ticket_id: id.clone(),
            since: times.fold(followed.from, Timestamp::min),
            told: told.map(|(id, _)| *id).collect(),
        }
    });
    wanted.collect()
}

impl Compared {
    /// Notes which tickets are due to be looked at.
    fn follow(&mut self, scan: &Scan) {
        let of = |one: &Difference| one.ticket_id.clone();
        let created = |one: &&Difference| one.what == What::Created;
        let differ: HashSet<String> = self.differences.iter().map(of).collect();
        let new: HashSet<String> = self.differences.iter().filter(created).map(of).collect();
        for (id, seen) in &scan.tickets {
            let Some(known) = self.tickets.get_mut(id) else {
                continue;
            };
            // What was said before a ticket was seen first is not news, unless the ticket is.
            let entered_at = seen.entered_at.filter(|_| new.contains(id));
            let since = entered_at.unwrap_or(seen.at);
            let followed = known.comments.get_or_insert_with(|| Followed::since(since));
            followed.is_due |= differ.contains(id) || followed.is_hinted_at_by(&seen.signs);
            followed.signs.extend(seen.signs.clone());
        }
    }

    /// Notes whose comments `AlgaPSA` would not show.
    fn are_refused(&mut self, refused: &[String], now: Timestamp) {
        for id in refused {
            let known = self.tickets.get_mut(id);
            if let Some(followed) = known.and_then(|known| known.comments.as_mut()) {
                followed.is_refused(now);
            }
        }
        if let Some(ticket) = refused.first() {
            let tickets = refused.len();
            tracing::warn!(
                tickets,
                ticket,
                "AlgaPSA does not show the comments of some tickets; they are asked for less and less often"
            );
        }
    }

    fn compare_comments(&mut self, threads: &Threads, compared_with: Timestamp) {
        for (ticket_id, thread) in &threads.0 {
            let known = self.tickets.get_mut(ticket_id);
            let Some(followed) = known.and_then(|known| known.comments.as_mut()) else {
                continue;
            };
            let new = followed.compare(thread).into_iter();
            self.differences.extend(new.map(|comment| Difference {
                ticket_id: ticket_id.clone(),
                what: What::Commented(comment.id),
                before: Value::Null,
                after: json!(comment.shown_at),
                follows: None,
                untold: None,
                told_in: None,
                from: comment.shown_at,
                until: thread.read_at,
                compared_with,
            }));
        }
    }
}
