//! What a save announces.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::field::Difference;
use super::happened::Announced;
use super::table::{ASSIGNED, CLOSED, COMMENT, Row, STATUS, UPDATED};
use super::ticket::Ticket;
use super::way::Way;
use super::{Desk, in_milliseconds};

/// Of the events that follow a commit, a save sends the first of these.
const ONE_OF: [&str; 3] = [CLOSED, ASSIGNED, UPDATED];

/// A save that has not been committed.
pub(super) struct Saving {
    pub way: Way,
    pub rows: Vec<&'static Row>,
    pub begun_at: Timestamp,
    pub at: Timestamp,
    pub before: Arc<Ticket>,
    pub after: Arc<Ticket>,
}

impl Desk {
    /// The events of a save, those that are published before the commit first.
    pub(super) fn announced(
        &mut self,
        saving: &Saving,
        differences: &[Difference],
        was_rolled_back: bool,
    ) -> Vec<Announced> {
        let mut announced = Vec::new();
        let mut at = saving.begun_at;
        let mut within = types(&saving.rows, |row| row.within);
        within.sort_by_key(|event_type| *event_type == UPDATED);
        for event_type in within {
            // The commit may come before the event is built, or after.
            let is_early = was_rolled_back || self.chance.one_in(2);
            let ticket = if is_early {
                &saving.before
            } else {
                &saving.after
            };
            at = (at + self.moment(8_000)).min(saving.at);
            announced.push(self.event(event_type, at, ticket, saving, differences));
        }
        let mut after = types(&saving.rows, |row| row.after);
        if let Some(first) = ONE_OF.into_iter().find(|one| after.contains(one)) {
            after.retain(|event_type| *event_type == first || !ONE_OF.contains(event_type));
        }
        let mut at = saving.at;
        for event_type in after.into_iter().filter(|_| !was_rolled_back) {
            at += self.moment(8_000);
            announced.push(self.event(event_type, at, &saving.after, saving, differences));
        }
        announced
    }

    fn event(
        &mut self,
        event_type: &'static str,
        occurred_at: Timestamp,
        ticket: &Arc<Ticket>,
        saving: &Saving,
        differences: &[Difference],
    ) -> Announced {
        let adds = match event_type {
            STATUS => {
                let previous = saving.before.status;
                let name = self.catalogue.name(previous);
                vec![
                    ("previous_status_id", json!(previous.to_string())),
                    ("previous_status_name", json!(name)),
                ]
            }
            UPDATED => changes(saving.way, differences),
            COMMENT => said(saving),
            _ => Vec::new(),
        };
        Announced {
            event_id: self.chance.uuid(),
            event_type,
            occurred_at: in_milliseconds(occurred_at),
            ticket: Arc::clone(ticket),
            tenant_id: self.tenant_id,
            catalogue: Arc::clone(&self.catalogue),
            adds,
        }
    }
}

/// The types of all rows, each once.
fn types(rows: &[&'static Row], of: impl Fn(&Row) -> &'static [&'static str]) -> Vec<&'static str> {
    let mut types = Vec::new();
    for event_type in rows.iter().flat_map(|row| of(row)) {
        if !types.contains(event_type) {
            types.push(*event_type);
        }
    }
    types
}

/// What `ticket.updated` names, if it names anything.
fn changes(way: Way, differences: &[Difference]) -> Vec<(&'static str, Value)> {
    let named = differences
        .iter()
        .filter(|difference| way.names().contains(&difference.field));
    let changes = named.map(|difference| {
        let told = json!({ "previous": difference.before, "new": difference.after });
        (difference.field.column().to_owned(), told)
    });
    let changes: Map<_, _> = changes.collect();
    let changes = Some(changes).filter(|changes| !changes.is_empty());
    let added = changes.map(|changes| ("changes", Value::Object(changes)));
    added.into_iter().collect()
}

/// What was said: the newest comment, or the one that has just been published.
fn said(saving: &Saving) -> Vec<(&'static str, Value)> {
    let before = &saving.before.comments;
    let comments = saving.after.comments.iter().enumerate();
    let mut new = comments.filter(|(number, comment)| before.get(*number) != Some(comment));
    let found = new.next();
    let said = found.map(|(_, comment)| ("comment", comment.announced(saving.at)));
    said.into_iter().collect()
}
