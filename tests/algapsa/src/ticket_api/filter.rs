//! Which tickets a list has.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::query::time;
use crate::desk::{Catalogue, Ticket};

/// Says of a ticket whether it may stay.
type Filter = Box<dyn Fn(&Ticket, &Catalogue) -> bool>;

/// All that a ticket must pass.
pub(super) fn filters(asked: &Map<String, Value>) -> Vec<Filter> {
    let filters = asked.iter().filter_map(|(name, value)| match value {
        Value::Bool(flag) => of_flag(name, *flag),
        Value::Array(list) => of_list(name, list),
        value => of_text(name, value.as_str().unwrap_or_default()),
    });
    filters.collect()
}

/// `false` is ignored, but for the assignment. So is all else that knows flags.
fn of_flag(name: &str, flag: bool) -> Option<Filter> {
    match (name, flag) {
        ("is_open", true) => Some(Box::new(|ticket, of| !of.is_closed(ticket.status))),
        ("is_closed", true) => Some(Box::new(|ticket, of| of.is_closed(ticket.status))),
        ("has_assignment", flag) => {
            Some(Box::new(move |ticket, _| ticket.assignee.is_some() == flag))
        }
        _ => None,
    }
}

/// One of them is enough.
fn of_list(name: &str, list: &[Value]) -> Option<Filter> {
    if list.is_empty() {
        return None;
    }
    let texts = list.iter().filter_map(Value::as_str).map(str::to_lowercase);
    let texts: Vec<String> = texts.collect();
    match name {
        "status_ids" => Some(Box::new(move |ticket, _| {
            texts.contains(&ticket.status.to_string())
        })),
        "tags" => Some(Box::new(move |ticket, _| {
            let mut tags = ticket.tags.iter();
            tags.any(|tag| texts.contains(&tag.text.to_lowercase()))
        })),
        _ => None,
    }
}

fn of_text(name: &str, text: &str) -> Option<Filter> {
    let known = of_id(name, text).or_else(|| of_time(name, text));
    known.or_else(|| of_words(name, text.to_owned()))
}

fn of_id(name: &str, text: &str) -> Option<Filter> {
    let column: fn(&Ticket) -> Option<Uuid> = match name {
        "board_id" => |ticket| Some(ticket.board),
        "client_id" => |ticket| Some(ticket.client),
        "contact_name_id" => |ticket| ticket.contact,
        "status_id" => |ticket| Some(ticket.status),
        "category_id" => |ticket| ticket.category,
        "entered_by" => |ticket| ticket.entered_by,
        "assigned_to" => |ticket| ticket.assignee,
        "priority_id" => |ticket| Some(ticket.priority),
        "location_id" | "subcategory_id" => |_| None,
        _ => return None,
    };
    let id: Uuid = text.parse().ok()?;
    Some(Box::new(move |ticket, _| column(ticket) == Some(id)))
}

/// Inclusive on both sides. What was never updated counts as updated when it was entered; what has no time passes none.
fn of_time(name: &str, text: &str) -> Option<Filter> {
    let (column, side) = name.rsplit_once('_')?;
    let column: fn(&Ticket) -> Option<_> = match column {
        "created" | "entered" => |ticket| Some(ticket.entered_at),
        "updated" => |ticket| ticket.updated_at.or(Some(ticket.entered_at)),
        "closed" => |ticket| ticket.closed_at,
        _ => return None,
    };
    let limit = time(text)?;
    match side {
        "from" => Some(Box::new(move |ticket, _| {
            column(ticket).is_some_and(|at| at >= limit)
        })),
        "to" => Some(Box::new(move |ticket, _| {
            column(ticket).is_some_and(|at| at <= limit)
        })),
        _ => None,
    }
}

/// Titles and numbers are searched; names must be the same.
fn of_words(name: &str, text: String) -> Option<Filter> {
    let lower = text.to_lowercase();
    let has = |whole: &str, part: &str| whole.to_lowercase().contains(part);
    match name {
        "title" => Some(Box::new(move |ticket, _| has(&ticket.title, &lower))),
        "ticket_number" => Some(Box::new(move |ticket, _| has(&ticket.number, &lower))),
        "search" => Some(Box::new(move |ticket, of| {
            let whole = [&ticket.title, &ticket.number, of.name(ticket.client)];
            whole.into_iter().any(|whole| has(whole, &lower))
        })),
        "client_name" => Some(Box::new(move |ticket, of| of.name(ticket.client) == text)),
        "contact_name" => Some(Box::new(move |ticket, of| {
            ticket.contact.is_some_and(|id| of.name(id) == text)
        })),
        "status_name" => Some(Box::new(move |ticket, of| of.name(ticket.status) == text)),
        "priority_name" => Some(Box::new(move |ticket, of| of.name(ticket.priority) == text)),
        "board_name" => Some(Box::new(move |ticket, of| of.name(ticket.board) == text)),
        "category_name" => Some(Box::new(move |ticket, of| {
            ticket.category.is_some_and(|id| of.name(id) == text)
        })),
        _ => None,
    }
}
