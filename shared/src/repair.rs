//! Half characters: a title cut in the middle of an emoji ends in `\ud83d`, which JSON allows and no Rust string can hold.

/// The same JSON with `\ufffd` for each surrogate that lacks its other half.
pub fn repaired(json: &str) -> String {
    let mut repaired = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        repaired.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = match (unit(rest), unit(rest.get(6..).unwrap_or_default())) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                repaired.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        repaired.push_str(&rest[..escape]);
        rest = &rest[escape..];
    }
    repaired.push_str(rest);
    repaired
}

/// The UTF-16 unit of a `\uXXXX` at the beginning of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_half_characters_are_replaced() {
        for (json, expected) in [
            (r#""plain ä 🦷""#, r#""plain ä 🦷""#),
            (r#""\ud83e\uddb7""#, r#""\ud83e\uddb7""#),
            (r#""cut \ud83e""#, r#""cut \ufffd""#),
            (r#""cut \ud83e…""#, r#""cut \ufffd…""#),
            (r#""\uddb7 first""#, r#""\ufffd first""#),
            (r#""\ud83e\ud83e\uddb7""#, r#""\ufffd\ud83e\uddb7""#),
            (r#""\ud83e\n\u0041""#, r#""\ufffd\n\u0041""#),
            (r#""\\ud83e""#, r#""\\ud83e""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""end \"#, r#""end \"#),
        ] {
            assert_eq!(repaired(json), expected, "{json}");
        }
    }
}
