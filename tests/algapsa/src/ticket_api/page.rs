//! One page of a list: its order, its rows, and what is said of the others.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::filter::filters;
use super::query::Query;
use super::refusal::Refusal;
use super::row::{self, Row};
use crate::desk::{Desk, Ticket};

/// What a column is sorted by.
#[derive(PartialEq, PartialOrd)]
enum Key {
    Flag(bool),
    Time(Timestamp),
    Id(Uuid),
    Text(String),
}

/// The page that a query asks for, of the tickets that the key may see. Tickets that are alike in the column that they are
/// sorted by come in another order each time: there is no second one, and a database promises nothing.
///
/// # Errors
/// If a field cannot be chosen, or there is no such column to sort by.
pub(super) fn page(
    desk: &Desk,
    query: &Query,
    may_see: impl Fn(&Ticket) -> bool,
    request: u64,
) -> Result<Value, Refusal> {
    let fields = row::chosen(&query.fields)?;
    let filters = filters(&query.filters);
    let passes = |ticket: &Ticket| {
        filters
            .iter()
            .all(|filter| filter(ticket, desk.catalogue()))
    };
    let tickets = desk
        .tickets()
        .filter(|ticket| may_see(ticket) && passes(ticket));
    let tickets = sorted(desk, tickets, query, request)?;
    let total = tickets.len();
    let skipped = (query.page - 1).saturating_mul(query.limit);
    let rows = tickets.into_iter().skip(skipped).take(query.limit);
    let rows = rows.map(|ticket| Value::Object(written(desk, &ticket, fields.as_deref())));
    let pages = total.div_ceil(query.limit);
    let order = if query.is_ascending { "asc" } else { "desc" };
    Ok(json!({
        "data": rows.collect::<Vec<_>>(),
        "pagination": {
            "page": query.page,
            "limit": query.limit,
            "total": total,
            "totalPages": pages,
            "hasNext": query.page < pages,
            "hasPrev": query.page > 1,
        },
        "meta": { "sort": query.sort, "order": order, "filters": query.filters },
    }))
}

fn written(desk: &Desk, ticket: &Ticket, fields: Option<&[&str]>) -> Row {
    match fields {
        Some(fields) => row::narrow(desk, ticket, fields),
        None => row::of_a_list(desk, ticket),
    }
}

fn sorted<'a>(
    desk: &Desk,
    tickets: impl Iterator<Item = &'a Arc<Ticket>>,
    query: &Query,
    request: u64,
) -> Result<Vec<Arc<Ticket>>, Refusal> {
    let keyed = tickets.map(|ticket| {
        let mut dice = DefaultHasher::new();
        (request, ticket.id).hash(&mut dice);
        Ok((
            key(desk, ticket, &query.sort)?,
            dice.finish(),
            Arc::clone(ticket),
        ))
    });
    let mut keyed = keyed.collect::<Result<Vec<_>, Refusal>>()?;
    keyed.sort_by(|(one, dice, _), (other, other_dice, _)| {
        let order = compared(one.as_ref(), other.as_ref());
        let order = if query.is_ascending {
            order
        } else {
            order.reverse()
        };
        order.then(dice.cmp(other_dice))
    });
    Ok(keyed.into_iter().map(|(_, _, ticket)| ticket).collect())
}

/// What is empty comes after everything else.
fn compared(one: Option<&Key>, other: Option<&Key>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (None, None) => Ordering::Equal,
    }
}

/// Times are sorted as the database has them, with microseconds that no answer shows.
fn key(desk: &Desk, ticket: &Ticket, column: &str) -> Result<Option<Key>, Refusal> {
    let time = |time: Option<Timestamp>| time.map(Key::Time);
    let text = |text: &str| Some(Key::Text(text.to_owned()));
    let catalogue = desk.catalogue();
    Ok(match column {
        "created_at" | "entered_at" => time(Some(ticket.entered_at)),
        "updated_at" => time(ticket.updated_at),
        "closed_at" => time(ticket.closed_at),
        "due_date" => time(ticket.due_date),
        "ticket_id" => Some(Key::Id(ticket.id)),
        "client_name" => text(catalogue.name(ticket.client)),
        "status_name" => text(catalogue.name(ticket.status)),
        "priority_name" => text(catalogue.name(ticket.priority)),
        column => match row::columns(desk, ticket).get(column) {
            Some(Value::Bool(flag)) => Some(Key::Flag(*flag)),
            Some(Value::String(value)) => text(value),
            Some(_) => None,
            None => return Err(Refusal::NoSuchColumn),
        },
    })
}
