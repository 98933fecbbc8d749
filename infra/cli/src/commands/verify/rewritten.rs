//! Undoes what tools do to a body on its way into a capture.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns the body as it was before, if this can have happened to it.
type Undo = fn(&[u8]) -> Option<Vec<u8>>;

pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// The most usual ones first.
const ALL: [(&str, Undo); 12] = [
    ("a newline was added at its end", |body| {
        let before = body.strip_suffix(b"\r\n").or(body.strip_suffix(b"\n"));
        Some(before?.to_vec())
    }),
    ("the newline at its end was removed", |body| {
        Some([body, b"\n"].concat())
    }),
    ("white space was added around it", |body| {
        Some(body.trim_ascii().to_vec())
    }),
    ("its line ends became CRLF", |body| Some(without_cr(body))),
    ("its line ends became LF", |body| Some(with_cr(body))),
    ("a byte order mark was put before it", |body| {
        Some(body.strip_prefix(BOM)?.to_vec())
    }),
    ("the byte order mark before it was removed", |body| {
        Some([BOM, body].concat())
    }),
    ("its JSON was reformatted with other white space", |body| {
        compact(body, |text| Some(text.to_owned()))
    }),
    ("its JSON was reformatted with letters escaped", |body| {
        compact(body, raw)
    }),
    ("its UTF-8 was read as Latin-1", latin_1),
    ("it was encoded in base64", |body| {
        STANDARD.decode(body.trim_ascii()).ok()
    }),
    ("it was put into a JSON string", |body| {
        Some(serde_json::from_slice::<String>(body).ok()?.into_bytes())
    }),
];

/// What can have happened to a body, and what it was before.
pub fn undone(body: &[u8]) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let before = |(what, undo): &(&'static str, Undo)| Some((*what, undo(body)?));
    let undone = ALL.iter().filter_map(before);
    undone.filter(move |(_, before)| before != body)
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

/// JSON without white space between its parts. Their order and the way numbers are written stay; `string` says how to
/// write each string.
pub fn compact(body: &[u8], string: impl Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
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
