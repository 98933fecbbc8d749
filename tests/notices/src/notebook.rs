//! What a program that compares tickets remembers of them.

use std::collections::HashMap;

use algapsa::desk::{Desk, Field};
use serde_json::{Value, json};
use uuid::Uuid;

/// The compared fields that are in an event, tags last. `closed_at` follows the status.
pub const IN_AN_EVENT: [Field; 11] = [
    Field::Status,
    Field::Assignee,
    Field::Team,
    Field::Priority,
    Field::Board,
    Field::Category,
    Field::Client,
    Field::Contact,
    Field::Title,
    Field::DueDate,
    Field::Tags,
];

/// Those that are in an answer of the API: neither a list of whole rows nor a ticket has tags.
pub const IN_AN_ANSWER: &[Field] = IN_AN_EVENT.split_at(10).0;

/// The last state of each ticket that it has read.
pub struct Notebook {
    fields: &'static [Field],
    known: HashMap<Uuid, Vec<Value>>,
}

impl Notebook {
    /// Of one that has read every ticket just now.
    pub fn of(desk: &Desk, fields: &'static [Field]) -> Self {
        let known = desk.tickets().map(|ticket| {
            let values = fields.iter().map(|field| field.of(ticket));
            (ticket.id, values.collect())
        });
        Self {
            fields,
            known: known.collect(),
        }
    }

    /// Takes down what was read, and says what is not as it was: everything, and its existence, if the ticket is new.
    pub fn reads(&mut self, ticket_id: Uuid, row: &Value) -> Vec<(Field, Value)> {
        let values = self.fields.iter();
        let values: Vec<_> = values.map(|field| row[field.column()].clone()).collect();
        let before = self.known.insert(ticket_id, values.clone());
        let differs = |place: usize| {
            let before = before.as_ref();
            before.is_none_or(|before| before[place] != values[place])
        };
        let places = (0..values.len()).filter(|place| differs(*place));
        let mut found: Vec<_> = places
            .map(|place| (self.fields[place], values[place].clone()))
            .collect();
        if before.is_none() {
            found.push((Field::Existence, json!(true)));
        }
        found
    }

    /// The ticket is gone.
    pub fn misses(&mut self, ticket_id: Uuid) -> Option<(Field, Value)> {
        let known = self.known.remove(&ticket_id);
        known.map(|_| (Field::Existence, json!(false)))
    }

    pub fn knows(&self, ticket_id: Uuid) -> bool {
        self.known.contains_key(&ticket_id)
    }
}
