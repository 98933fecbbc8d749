//! What happens to bodies.

use alga_webhooks::commands::verify::rewritten::{BOM, compact, undone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BODY: &str = r#"{"a":[1.50,"x \"y\" ü/😀"],"b":{}}"#;
const LINES: &str = "{\n\"a\":1\n}";

/// What happened, and what the capture holds then.
fn captures() -> Vec<(&'static str, Vec<u8>)> {
    let pretty = "{\n  \"a\": [\n    1.50,\n    \"x \\\"y\\\" ü/😀\"\n  ],\n  \"b\": {}\n}";
    let escaped = r#"{"a": [1.50, "x \"y\" \u00fc\/\ud83d\ude00"], "b": {}}"#;
    let latin_1: String = BODY.bytes().map(char::from).collect();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("a newline was added", text(&format!("{BODY}\n"))),
        ("a newline was added", text(&format!("{BODY}\r\n"))),
        ("white space was added", text(&format!(" {BODY} \n"))),
        ("became CRLF", text(&LINES.replace('\n', "\r\n"))),
        ("a byte order mark was put", [BOM, BODY.as_bytes()].concat()),
        ("other white space", text(pretty)),
        ("letters escaped", text(escaped)),
        ("Latin-1", text(&latin_1)),
        ("base64", text(&STANDARD.encode(BODY))),
        ("a JSON string", serde_json::to_vec(BODY).unwrap()),
    ]
}

/// The body before that has happened, if it can have happened.
fn before(captured: &[u8], what: &str) -> Option<String> {
    let mut undone = undone(captured).filter(|(known, _)| known.contains(what));
    let before = undone.next().map(|(_, before)| before);
    assert!(undone.next().is_none(), "{what} is not one of them");
    before.map(|before| String::from_utf8(before).unwrap())
}

#[test]
fn each_rewriting_is_undone() {
    for (what, captured) in captures() {
        let undone = before(&captured, what).unwrap();
        assert!([BODY, LINES].contains(&&*undone), "{what}: {undone}");
    }
}

#[test]
fn what_was_taken_away_is_put_back() {
    for (what, captured, expected) in [
        ("newline at its end was taken", "{}", "{}\n"),
        ("became LF", "{\n}\n", "{\r\n}\r\n"),
        ("mark before it was taken", "{}", "\u{feff}{}"),
    ] {
        let undone = before(captured.as_bytes(), what);
        assert_eq!(undone.as_deref(), Some(expected));
    }
}

#[test]
fn what_cannot_have_happened_changes_nothing() {
    let added = ["a newline was added", "CRLF", "other white space"];
    let written = ["letters escaped", "base64", "JSON string"];
    for what in added.into_iter().chain(written) {
        assert_eq!(before(BODY.as_bytes(), what), None, "{what}");
    }
    assert_eq!(compact(b"not { json", |text| Some(text.into())), None);
}
