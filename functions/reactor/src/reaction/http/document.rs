//! The second document of the `http` reaction: the fresh ticket, as one header beside the untouched envelope.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::tickets::Ticket;

/// What a header may take, in bytes: with our other headers it stays below the 8 kB at which common servers refuse.
const LARGEST: usize = 6 * 1024;

/// The ticket as JSON in ASCII. Of one that a header cannot hold, the largest fields are left out and named in
/// `ticket_omitted`.
pub fn of(ticket: &Ticket) -> String {
    let mut ticket = ticket.clone();
    let mut omitted = Vec::new();
    loop {
        let document = written(&ticket, &omitted);
        match ticket.fields.as_mut().and_then(take_largest) {
            Some(name) if document.len() > LARGEST => omitted.push(name),
            _ => return document,
        }
    }
}

fn take_largest(fields: &mut Map<String, Value>) -> Option<String> {
    let size = |value: &Value| ascii(&value.to_string()).len();
    let largest = fields.iter().max_by_key(|(_, value)| size(value));
    let (name, _) = fields.remove_entry(&largest?.0.clone())?;
    Some(name)
}

fn written(ticket: &Ticket, omitted: &[String]) -> String {
    let mut document = json!(ticket);
    if !omitted.is_empty() {
        document["ticket_omitted"] = json!(omitted);
    }
    ascii(&document.to_string())
}

/// Other characters only occur in strings, where JSON has an escape for them.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if (' '..='~').contains(&character) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("a string takes everything");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(fields: Value) -> Ticket {
        Ticket {
            read_at: "2026-08-24T15:04:05.678Z".parse().unwrap(),
            fields: serde_json::from_value(fields).unwrap(),
        }
    }

    fn read(ticket: &Ticket) -> Value {
        let document = of(ticket);
        assert!(document.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert!(document.len() <= LARGEST, "{} bytes", document.len());
        serde_json::from_str(&document).unwrap()
    }

    #[test]
    fn a_ticket_in_any_alphabet_fits_into_a_header() {
        let fields =
            json!({"title": "Zahnärzte 🦷 \"am\" Fluß\n\u{7f}\\", "hours": 1.5, "closed_at": null});
        assert_eq!(
            read(&ticket(fields.clone())),
            json!({"ticket": fields, "ticket_read_at": "2026-08-24T15:04:05.678Z"})
        );
    }

    #[test]
    fn a_ticket_that_is_gone_is_null() {
        let gone = read(&ticket(Value::Null));
        assert_eq!(gone["ticket"], Value::Null);
        assert!(gone.as_object().unwrap().contains_key("ticket"));
    }

    #[test]
    fn of_a_large_ticket_the_largest_fields_are_left_out_and_named() {
        let fields = json!({"attributes": {"description": "ä".repeat(800)}, "title": "x".repeat(5000), "status_name": "Open"});
        let document = read(&ticket(fields));
        assert_eq!(document["ticket_omitted"], json!(["title"]));
        assert_eq!(document["ticket"]["status_name"], "Open");
        let both = json!({"a": "x".repeat(7000), "b": "x".repeat(7001), "c": "Open"});
        let document = read(&ticket(both));
        assert_eq!(document["ticket_omitted"], json!(["b", "a"]));
        assert_eq!(document["ticket"], json!({"c": "Open"}));
    }
}
