//! The ways in which tools rewrite a body on its way into a capture, undone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One of them.
pub struct Rewriting {
    /// What happened to the body.
    pub what: &'static str,
    undo: fn(&[u8]) -> Option<Vec<u8>>,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// All that are known, the usual ones first.
pub const ALL: [Rewriting; 12] = [
    Rewriting::new("a newline was added at its end", |body| {
        let before = body.strip_suffix(b"\r\n").or(body.strip_suffix(b"\n"));
        Some(before?.to_vec())
    }),
    Rewriting::new("the newline at its end was taken away", |body| {
        Some([body, b"\n"].concat())
    }),
    Rewriting::new("white space was added around it", |body| {
        Some(body.trim_ascii().to_vec())
    }),
    Rewriting::new("its line ends became CRLF", |body| Some(without_cr(body))),
    Rewriting::new("its line ends became LF", |body| Some(with_cr(body))),
    Rewriting::new("a byte order mark was put before it", |body| {
        Some(body.strip_prefix(BOM)?.to_vec())
    }),
    Rewriting::new("the byte order mark before it was taken away", |body| {
        Some([BOM, body].concat())
    }),
    Rewriting::new(
        "its JSON was written again with other white space",
        |body| compact(body, |text| Some(text.to_owned())),
    ),
    Rewriting::new("its JSON was written again with letters escaped", |body| {
        compact(body, raw)
    }),
    Rewriting::new("its UTF-8 was taken for Latin-1", latin_1),
    Rewriting::new("it was encoded in base64", |body| {
        STANDARD.decode(body.trim_ascii()).ok()
    }),
    Rewriting::new("it was made a JSON string", |body| {
        Some(serde_json::from_slice::<String>(body).ok()?.into_bytes())
    }),
];

impl Rewriting {
    const fn new(what: &'static str, undo: fn(&[u8]) -> Option<Vec<u8>>) -> Self {
        Self { what, undo }
    }

    /// The body as it was before, if this can have happened to it.
    pub fn undone(&self, body: &[u8]) -> Option<Vec<u8>> {
        (self.undo)(body).filter(|before| before != body)
    }
}

fn without_cr(body: &[u8]) -> Vec<u8> {
    let text = body
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    text.collect::<Vec<_>>().join(&b'\n')
}

fn with_cr(body: &[u8]) -> Vec<u8> {
    let text = without_cr(body);
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    lines.join(&b"\r\n"[..])
}

fn latin_1(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    text.chars()
        .map(|char| u8::try_from(u32::from(char)).ok())
        .collect()
}

/// JSON without white space between its parts, which keep their order and their way of writing numbers; `string` says
/// how to write each string.
fn compact(body: &[u8], string: impl Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let body = body.strip_prefix(BOM).unwrap_or(body);
    let mut rest = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<serde::de::IgnoredAny>(rest).ok()?;
    let mut written = String::with_capacity(rest.len());
    while let Some(char) = rest.chars().next() {
        let length = if char == '"' {
            string_length(rest)?
        } else {
            char.len_utf8()
        };
        let (part, after) = rest.split_at(length);
        if char == '"' {
            written.push_str(&string(part)?);
        } else if !char.is_ascii_whitespace() {
            written.push(char);
        }
        rest = after;
    }
    Some(written.into_bytes())
}

/// The length of the JSON string that a text begins with, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// With as few escapes as `JSON.stringify` makes.
fn raw(string: &str) -> Option<String> {
    let text: String = serde_json::from_str(string).ok()?;
    serde_json::to_string(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"a":[1.50,"x \"y\" ü/😀"],"b":{}}"#;

    /// What happened, and what the capture holds then.
    fn captures() -> Vec<(&'static str, Vec<u8>)> {
        let lines = "{\n\"a\":1\n}";
        let text = |text: &str| text.as_bytes().to_vec();
        vec![
            ("a newline was added", text(&format!("{BODY}\n"))),
            ("a newline was added", text(&format!("{BODY}\r\n"))),
            ("white space was added", text(&format!(" {BODY} \n"))),
            ("became CRLF", text(&lines.replace('\n', "\r\n"))),
            ("a byte order mark was put", [BOM, BODY.as_bytes()].concat()),
            (
                "other white space",
                text("{\n  \"a\": [\n    1.50,\n    \"x \\\"y\\\" ü/😀\"\n  ],\n  \"b\": {}\n}"),
            ),
            (
                "letters escaped",
                text(r#"{"a": [1.50, "x \"y\" \u00fc\/\ud83d\ude00"], "b": {}}"#),
            ),
            (
                "Latin-1",
                text(&BODY.bytes().map(char::from).collect::<String>()),
            ),
            ("base64", text(&STANDARD.encode(BODY))),
            ("a JSON string", serde_json::to_vec(BODY).unwrap()),
        ]
    }

    #[test]
    fn each_rewriting_is_undone() {
        for (what, captured) in captures() {
            let [rewriting] = &ALL
                .iter()
                .filter(|known| known.what.contains(what))
                .collect::<Vec<_>>()[..]
            else {
                panic!("{what} is not one of them");
            };
            let undone = String::from_utf8(rewriting.undone(&captured).unwrap()).unwrap();
            assert!(
                undone == BODY || undone == "{\n\"a\":1\n}",
                "{what}: {undone}"
            );
        }
    }

    #[test]
    fn what_was_taken_away_is_put_back() {
        for (what, captured, before) in [
            ("newline at its end was taken", "{}", "{}\n"),
            ("became LF", "{\n}\n", "{\r\n}\r\n"),
            ("mark before it was taken", "{}", "\u{feff}{}"),
        ] {
            let rewriting = ALL.iter().find(|known| known.what.contains(what)).unwrap();
            assert_eq!(
                rewriting.undone(captured.as_bytes()).unwrap(),
                before.as_bytes()
            );
        }
    }

    #[test]
    fn what_cannot_have_happened_changes_nothing() {
        for what in [
            "a newline was added",
            "CRLF",
            "other white space",
            "letters escaped",
            "base64",
            "JSON string",
        ] {
            let rewriting = ALL.iter().find(|known| known.what.contains(what)).unwrap();
            assert_eq!(rewriting.undone(BODY.as_bytes()), None, "{what}");
        }
        assert_eq!(compact(b"not { json", |text| Some(text.into())), None);
    }
}
