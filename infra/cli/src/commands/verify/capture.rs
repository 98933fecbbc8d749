//! A captured request, as a proxy or `curl -v` shows it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Capture {
    pub signature: Option<String>,
    pub webhook_id: Option<Uuid>,
    /// `Date`, if the capture has one.
    pub date: Option<Timestamp>,
    pub body: Vec<u8>,
    /// What is odd about it.
    pub notes: Vec<String>,
}

impl Capture {
    /// Reads headers, an empty line and a body. Lines may end in LF or CRLF, and may begin with `> `, as curl prints them.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (head, body) =
            split(bytes).context("there is no empty line between the headers and the body")?;
        let headers = headers(&String::from_utf8_lossy(head));
        let value = |name: &str| {
            let values = headers.iter().filter(|(known, _)| known == name);
            // AWS joins repeated headers in the same way.
            let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        let mut capture = Self {
            signature: value("x-alga-signature"),
            webhook_id: value("x-alga-webhook-id").and_then(|id| id.parse().ok()),
            date: value("date").and_then(|date| Some(rfc2822::parse(&date).ok()?.timestamp())),
            body: body.to_vec(),
            notes: Vec::new(),
        };
        capture.measure(value("content-length").and_then(|length| length.parse().ok()));
        for (name, harmless) in [
            ("transfer-encoding", "identity"),
            ("content-encoding", "identity"),
        ] {
            if let Some(how) = value(name).filter(|how| how != harmless) {
                capture.notes.push(format!(
                    "the capture is encoded ({name}: {how}): decode the body first, and give it with --body"
                ));
            }
        }
        Ok(capture)
    }

    fn measure(&mut self, length: Option<usize>) {
        let Some(length) = length else { return };
        let held = self.body.len();
        if held < length {
            self.notes.push(format!(
                "the capture has {held} of the body's {length} bytes: it was cut off, or changed"
            ));
        } else if self.body[length..].iter().all(u8::is_ascii_whitespace) {
            self.body.truncate(length);
        } else {
            self.notes.push(format!(
                "the capture has {held} bytes of body, but Content-Length says {length}: it was changed"
            ));
        }
    }
}

/// At the first empty line.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if matches!(
            line,
            b"\n" | b"\r\n" | b"> \r\n" | b"> \n" | b">\r\n" | b">\n"
        ) {
            return Some((&bytes[..start], &bytes[end..]));
        }
        start = end;
    }
    None
}

/// Headers, with their names in lower case. A line without a name and a colon, such as the request line, is not one.
fn headers(head: &str) -> Vec<(String, String)> {
    let header = |line: &str| {
        let line = line.strip_prefix("> ").unwrap_or(line);
        let (name, value) = line.split_once(':')?;
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
        let named = name.chars().all(is_name);
        named.then(|| (name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    head.lines().filter_map(header).collect()
}
