//! A message: the envelope as its body, and what is known about the event as attributes.

use std::collections::HashMap;

use anyhow::Context;
use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::json;
use shared::queue::{group, hashed};

use super::super::attempt::Attempt;
use crate::failure::Failure;

const TEXT: &str = "String";
const NUMBER: &str = "Number";

/// A message before it is sent.
#[derive(Debug)]
pub struct Message {
    /// One for each stream, as the doorbells have it: SQS keeps the order within a group.
    pub group: String,
    /// The same whenever the same event is sent: SQS drops what it has taken within the last five minutes.
    pub deduplication_id: String,
    pub body: String,
    /// SQS takes ten at most.
    attributes: Vec<Attribute>,
}

#[derive(Debug)]
struct Attribute {
    name: &'static str,
    kind: &'static str,
    value: String,
}

impl Message {
    pub fn of(attempt: &Attempt) -> Result<Self, Failure> {
        let body = str::from_utf8(&attempt.event.body);
        let body = body.map_err(|_| Failure::last("the envelope is not UTF-8"))?;
        Ok(Self {
            group: group(&attempt.event.place.stream),
            deduplication_id: deduplication_id(attempt),
            body: carried(body),
            attributes: attributes(attempt)?,
        })
    }

    /// The same message, which names an object that holds the body.
    pub fn naming(mut self, bucket: &str, object: &str) -> Self {
        self.body = json!({ "bucket": bucket, "key": object }).to_string();
        self.attributes.push(text("object", object));
        self
    }

    /// What it takes, in bytes, as SQS counts it.
    pub fn size(&self) -> usize {
        let sizes = self.attributes.iter();
        let sizes = sizes.map(|one| one.name.len() + one.kind.len() + one.value.len());
        self.body.len() + sizes.sum::<usize>()
    }

    pub fn attributes(self) -> HashMap<String, MessageAttributeValue> {
        let attributes = self.attributes.into_iter();
        let attributes = attributes.map(|Attribute { name, kind, value }| {
            let held = MessageAttributeValue::builder().data_type(kind);
            let held = held.string_value(value).build();
            (name.to_owned(), held.expect("its type is set"))
        });
        attributes.collect()
    }
}

/// A replay has another one: within five minutes of the first reaction SQS would drop it.
fn deduplication_id(attempt: &Attempt) -> String {
    let place = &attempt.event.place;
    let replay = attempt.replay().unwrap_or_default();
    // No part of it holds a space.
    hashed(format!("{} {} {replay}", place.stream, place.event()))
}

fn attributes(attempt: &Attempt) -> Result<Vec<Attribute>, Failure> {
    let event = attempt.event;
    let mut attributes = vec![
        text("event_id", event.event_id()),
        text("event_type", event.event_type()),
        text("stream", event.place.stream.as_str()),
        text("order", attempt.order.word()),
        Attribute {
            name: "attempt",
            kind: NUMBER,
            value: attempt.number.to_string(),
        },
    ];
    // SQS knows no truth values, and no empty ones.
    attributes.extend(attempt.stale.then(|| text("stale", "true")));
    attributes.extend(attempt.unannounced.then(|| text("unannounced", "true")));
    attributes.extend(attempt.replay().map(|replay| text("replay", &replay)));
    if let Some(ticket) = attempt.ticket {
        let ticket = serde_json::to_string(ticket).context("the ticket cannot be written")?;
        attributes.push(text("ticket", &carried(&ticket)));
    }
    Ok(attributes)
}

fn text(name: &'static str, value: &str) -> Attribute {
    Attribute {
        name,
        kind: TEXT,
        value: value.to_owned(),
    }
}

/// The same JSON without the two characters that JSON allows and SQS does not. They only occur in strings, where JSON has an
/// escape for them.
fn carried(json: &str) -> String {
    let escaped = json.replace('\u{fffe}', "\\ufffe");
    escaped.replace('\u{ffff}', "\\uffff")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;
    use shared::event::Event;

    use super::*;

    const AT: &str = "2026-08-24T15:04:07.000Z";

    fn event(id: &str, kind: &str, ticket: &str, title: &str) -> Event {
        let body = format!(
            r#"{{"event_id":"{id}","event_type":"{kind}","occurred_at":"{AT}","tenant_id":"t","data":{{"ticket_id":"{ticket}","title":"{title}"}}}}"#
        );
        Event::parse(body.into(), AT.parse().unwrap()).unwrap()
    }

    fn id_of(event: &Event, number: u32, replayed_at: Option<Timestamp>) -> String {
        let attempt = Attempt {
            number,
            replayed_at,
            ..Attempt::usual(event)
        };
        Message::of(&attempt).unwrap().deduplication_id
    }

    #[test]
    fn attempts_share_an_id_and_nothing_else_does() {
        let replay = |text: &str| Some(text.parse().unwrap());
        let event = |id, kind, ticket| event(id, kind, ticket, "");
        let closed = event("e1", "ticket.closed", "1");
        let first = id_of(&closed, 1, None);
        assert_eq!(first.len(), 64);
        assert_eq!(id_of(&closed, 2, None), first);
        let others = [
            id_of(&event("e2", "ticket.closed", "1"), 1, None),
            id_of(&event("e1", "ticket.updated", "1"), 1, None),
            id_of(&event("e1", "ticket.closed", "2"), 1, None),
            id_of(&closed, 1, replay("2026-08-24T15:04:08.001Z")),
            id_of(&closed, 1, replay("2026-08-24T15:04:08.002Z")),
            first,
        ];
        for (n, id) in others.iter().enumerate() {
            assert!(!others[..n].contains(id), "{n}");
        }
    }

    #[test]
    fn what_sqs_does_not_carry_is_escaped_and_reads_the_same() {
        let title = "a\u{fffe}b\u{ffff}c\u{1ffff}\u{7f} Zahnärzte 🦷";
        let event = event("e1", "ticket.closed", "1", title);
        let body = Message::of(&Attempt::usual(&event)).unwrap().body;
        let is_taken = |c: char| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
        assert!(body.chars().all(is_taken), "{body}");
        assert!(body.contains("\u{1ffff}\u{7f} Zahnärzte 🦷"));
        let [read, sent]: [Value; 2] =
            [&event.body[..], body.as_bytes()].map(|json| serde_json::from_slice(json).unwrap());
        assert_eq!(read, sent);
    }

    #[test]
    fn the_size_counts_the_body_and_name_type_and_value_of_each_attribute() {
        let event = event("e1", "ticket.closed", "1", "");
        let message = Message::of(&Attempt::usual(&event)).unwrap();
        let attributes = "event_idStringe1event_typeStringticket.closedstreamStringt/ticket/1orderStringin-orderattemptNumber1";
        assert_eq!(message.size(), event.body.len() + attributes.len());
    }

    #[test]
    fn a_message_never_has_more_attributes_than_sqs_takes() {
        let event = event("e1", "ticket.closed", "1", "");
        let ticket = shared::alga_api::Ticket {
            fields: None,
            read_at: AT.parse().unwrap(),
        };
        let attempt = Attempt {
            stale: true,
            unannounced: true,
            ticket: Some(&ticket),
            replayed_at: Some(AT.parse().unwrap()),
            ..Attempt::usual(&event)
        };
        let message = Message::of(&attempt).unwrap().naming("bucket", "events/1");
        assert_eq!(message.attributes().len(), 10);
    }
}
