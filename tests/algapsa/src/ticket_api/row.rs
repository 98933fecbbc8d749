//! A ticket as the API writes it: every column and the names that belong to them, or the fields that were asked for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refusal::Refusal;
use crate::desk::{Desk, Ticket};
use crate::ticket::written;

pub(super) type Row = Map<String, Value>;

/// What `fields` can name. `mobile_list` stands for all of them.
const FIELDS: [&str; 14] = [
    "ticket_id",
    "ticket_number",
    "title",
    "status_id",
    "status_name",
    "status_is_closed",
    "priority_name",
    "assigned_to_name",
    "client_name",
    "contact_name",
    "updated_at",
    "entered_at",
    "closed_at",
    "tags",
];

/// What a row with chosen fields has in any case.
const ALWAYS: [&str; 6] = [
    "status_id",
    "entered_by",
    "assigned_to",
    "client_id",
    "board_id",
    "assigned_team_id",
];

/// What `fields` chooses; nothing for whole rows.
///
/// # Errors
/// If it names what cannot be named.
pub(super) fn chosen(fields: &str) -> Result<Option<Vec<&str>>, Refusal> {
    let named = fields
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty());
    let mut named: Vec<_> = named.collect();
    if named.contains(&"mobile_list") {
        named = FIELDS.to_vec();
    }
    let unknown: Vec<_> = named
        .iter()
        .filter(|field| !FIELDS.contains(field))
        .copied()
        .collect();
    if !unknown.is_empty() {
        let message = format!("Unknown fields requested: {}", unknown.join(", "));
        return Err(Refusal::invalid("fields", &message));
    }
    Ok((!named.is_empty()).then_some(named))
}

/// A row of a list with those fields.
pub(super) fn narrow(desk: &Desk, ticket: &Ticket, fields: &[&str]) -> Row {
    let mut row = columns(desk, ticket);
    row.extend(names(desk, ticket));
    row.insert("tags".into(), tags(ticket));
    row.retain(|name, _| fields.contains(&name.as_str()) || ALWAYS.contains(&name.as_str()));
    row
}

/// A whole row of a list. It has no tags.
pub(super) fn of_a_list(desk: &Desk, ticket: &Ticket) -> Row {
    let catalogue = desk.catalogue();
    let mut row = columns(desk, ticket);
    row.extend(names(desk, ticket));
    row.insert("board_name".into(), json!(catalogue.name(ticket.board)));
    row.insert("entered_by_name".into(), name(desk, ticket.entered_by));
    row
}

/// The ticket as it is read by its id: neither its board's name, nor tags, nor comments.
pub(super) fn by_id(desk: &Desk, ticket: &Ticket) -> Row {
    let contact = ticket.contact.and_then(|id| desk.catalogue().contact(id));
    let mut row = columns(desk, ticket);
    row.extend(names(desk, ticket));
    row.extend(object(json!({
        "contact_email": contact.map(|contact| &contact.email),
        "contact_phone": null,
        "client_email": null,
        "client_phone": null,
        "location_name": null,
        "description_html": format!("<p>{}</p>", ticket.description),
        "documents": [],
    })));
    row
}

/// The columns of `tickets`.
pub(super) fn columns(desk: &Desk, ticket: &Ticket) -> Row {
    object(json!({
        "tenant": desk.tenant_id.to_string(),
        "ticket_id": ticket.id.to_string(),
        "ticket_number": ticket.number,
        "title": ticket.title,
        "url": null,
        "board_id": ticket.board.to_string(),
        "client_id": ticket.client.to_string(),
        "location_id": null,
        "contact_name_id": id(ticket.contact),
        "status_id": ticket.status.to_string(),
        "category_id": id(ticket.category),
        "subcategory_id": null,
        "entered_by": id(ticket.entered_by),
        "updated_by": id(ticket.entered_by),
        "closed_by": null,
        "assigned_to": id(ticket.assignee),
        "assigned_team_id": id(ticket.team),
        "entered_at": written(ticket.entered_at),
        "updated_at": time(ticket.updated_at),
        "closed_at": time(ticket.closed_at),
        "is_closed": ticket.is_closed,
        "due_date": time(ticket.due_date),
        "priority_id": ticket.priority.to_string(),
        "attributes": { "description": ticket.description },
        "email_metadata": null,
        "response_state": ticket.response_state,
        "master_ticket_id": id(ticket.master),
        "escalated": false,
        "sla_policy_id": null,
        "sla_response_due_at": null,
        "sla_resolution_due_at": null,
        "source": "manual",
    }))
}

/// What is joined from other tables.
fn names(desk: &Desk, ticket: &Ticket) -> Row {
    let catalogue = desk.catalogue();
    object(json!({
        "client_name": catalogue.name(ticket.client),
        "contact_name": name(desk, ticket.contact),
        "status_name": catalogue.name(ticket.status),
        "status_is_closed": catalogue.is_closed(ticket.status),
        "priority_name": catalogue.name(ticket.priority),
        "category_name": name(desk, ticket.category),
        "subcategory_name": null,
        "assigned_to_name": name(desk, ticket.assignee),
    }))
}

fn tags(ticket: &Ticket) -> Value {
    let tags = ticket.tags.iter().map(|tag| {
        json!({
            "tag_id": tag.id.to_string(),
            "tag_text": tag.text,
            "background_color": null,
            "text_color": null,
        })
    });
    tags.collect()
}

fn name(desk: &Desk, id: Option<Uuid>) -> Value {
    json!(id.map(|id| desk.catalogue().name(id)))
}

fn id(id: Option<Uuid>) -> Value {
    json!(id.map(|id| id.to_string()))
}

fn time(time: Option<Timestamp>) -> Value {
    json!(time.map(written))
}

pub(super) fn object(value: Value) -> Row {
    match value {
        Value::Object(object) => object,
        _ => unreachable!("it is written as an object"),
    }
}
