//! The comments of a ticket, as the API lists them: all of them, whether published or not.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::query::{is_ascending, parameters};
use super::refusal::Refusal;
use super::row::object;
use crate::desk::{Comment, Desk, Publication, Ticket};
use crate::ticket::written;

/// The comments that a query asks for.
///
/// # Errors
/// If a parameter has a value that it cannot have.
pub(super) fn thread(desk: &Desk, ticket: &Ticket, query: &str) -> Result<Value, Refusal> {
    let parameters: Vec<_> = parameters(query).collect();
    let asked = |name: &str| {
        let of_name = parameters.iter().rfind(|(known, _)| known == name);
        of_name.map(|(_, value)| value.as_str())
    };
    let limit = match asked("limit").map(str::parse) {
        None => usize::MAX,
        Some(Ok(limit @ 1..=200)) => limit,
        Some(_) => {
            let message = "limit must be an integer between 1 and 200";
            return Err(Refusal::invalid("limit", message));
        }
    };
    let offset = asked("offset").map_or(Ok(0), str::parse);
    let offset =
        offset.map_err(|_| Refusal::invalid("offset", "offset must be an integer >= 0"))?;
    let is_whole = match asked("content_format") {
        None | Some("full") => true,
        Some("markdown") => false,
        Some(_) => {
            let message = "content_format must be 'full' or 'markdown'";
            return Err(Refusal::invalid("content_format", message));
        }
    };
    let mut comments: Vec<&Comment> = ticket.comments.iter().collect();
    if !is_ascending(asked("order").unwrap_or("asc"))? {
        comments.reverse();
    }
    let asked = comments.into_iter().skip(offset).take(limit);
    let rows = asked.map(|comment| {
        if is_whole {
            whole(desk, ticket, comment)
        } else {
            compact(ticket, comment)
        }
    });
    Ok(json!({ "data": rows.collect::<Vec<_>>() }))
}

/// Hides whether it is published.
fn compact(ticket: &Ticket, comment: &Comment) -> Value {
    let by_the_desk = comment.author.map(|id| id.to_string());
    json!({
        "comment_id": comment.id.to_string(),
        "ticket_id": ticket.id.to_string(),
        "markdown_content": comment.text,
        "author_type": if comment.author.is_some() { "internal" } else { "client" },
        "is_internal": comment.is_internal,
        "is_resolution": false,
        "created_at": written(comment.created_at),
        "updated_at": written(comment.updated_at),
        "created_by": by_the_desk,
        "created_by_name": comment.author_name,
        "deleted_at": comment.deleted_at.map(written),
    })
}

fn whole(desk: &Desk, ticket: &Ticket, comment: &Comment) -> Value {
    let time = |time: Option<Timestamp>| time.map(written);
    let (state, scheduled_for, published_at) = match comment.publication {
        Publication::Published(at) => ("published", None, at),
        Publication::Scheduled(at) => ("scheduled", Some(at), None),
        Publication::Cancelled => ("cancelled", None, None),
    };
    let mut row = object(compact(ticket, comment));
    row.extend(object(json!({
        "tenant": desk.tenant_id.to_string(),
        "note": comment.text,
        "comment_text": comment.text,
        "publish_state": state,
        "scheduled_publish_at": time(scheduled_for),
        "published_at": time(published_at),
    })));
    Value::Object(row)
}
