//! The second document of the `http` reaction: the fresh ticket, as one header next to the untouched envelope.

use std::fmt::Write;

use serde_json::{Value, json};
use shared::alga_api::Ticket;

/// What a header may take, in bytes: with our other headers it stays below the 8 kB at which common servers refuse.
const LARGEST: usize = 6 * 1024;
/// How much of that the names of omitted fields may take.
const NAMES: usize = 1024;

/// The ticket as JSON in ASCII. If it does not fit into a header, its largest fields are left out and named in
/// `ticket_omitted`, as far as their names fit.
pub fn of(ticket: &Ticket) -> String {
    let whole = ascii(&json!(ticket).to_string());
    if whole.len() <= LARGEST {
        return whole;
    }
    let mut ticket = ticket.clone();
    let mut sizes: Vec<_> = ticket.fields.iter().flatten().map(size).collect();
    sizes.sort();
    let (mut taken, mut omitted, mut names) = (whole.len(), Vec::new(), 0);
    while let Some((size, name)) = sizes.pop().filter(|_| taken > LARGEST - NAMES) {
        let fields = ticket.fields.as_mut();
        fields.and_then(|fields| fields.remove(&name));
        taken -= size;
        names += ascii(&json!(name).to_string()).len() + 1;
        if names < NAMES - r#","ticket_omitted":[]"#.len() {
            omitted.push(name);
        }
    }
    let mut document = json!(ticket);
    document["ticket_omitted"] = json!(omitted);
    ascii(&document.to_string())
}

/// How much of the document a field takes, and its name.
fn size((name, value): (&String, &Value)) -> (usize, String) {
    let field = format!("{}:{value},", json!(name));
    (ascii(&field).len(), name.clone())
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
        let document = json!({"ticket": fields, "ticket_read_at": "2026-08-24T15:04:05.678Z"});
        assert_eq!(read(&ticket(fields)), document);
    }

    #[test]
    fn a_ticket_that_is_gone_is_null() {
        let gone = read(&ticket(Value::Null));
        assert_eq!(gone["ticket"], Value::Null);
        assert!(gone.as_object().unwrap().contains_key("ticket"));
    }

    #[test]
    fn a_large_ticket_loses_its_largest_fields_which_are_named() {
        let fields = json!({"attributes": {"description": "ä".repeat(800)}, "title": "x".repeat(5000), "status_name": "Open"});
        let document = read(&ticket(fields));
        assert_eq!(document["ticket_omitted"], json!(["title"]));
        assert_eq!(document["ticket"]["status_name"], "Open");
        let both = json!({"a": "x".repeat(7000), "b": "x".repeat(7001), "c": "Open"});
        let document = read(&ticket(both));
        assert_eq!(document["ticket_omitted"], json!(["b", "a"]));
        assert_eq!(document["ticket"], json!({"c": "Open"}));
    }

    #[test]
    fn a_ticket_of_thousands_of_fields_fits_too_and_takes_no_time() {
        let names = (0..20_000).map(|n| (format!("field_{n}"), json!("x".repeat(n % 90))));
        let fields: serde_json::Map<_, _> = names.collect();
        let document = read(&ticket(fields.into()));
        assert!(!document["ticket_omitted"].as_array().unwrap().is_empty());
    }
}
