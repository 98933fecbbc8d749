//! The value of the signing secret.

use secrecy::ExposeSecret;
use shared::secret::{Secret, Unusable, parse};

use super::{members, text};

/// A value is one secret or a map as it is written; no key is empty, and neither the secrets nor an error show one.
pub fn secret(value: &[u8]) {
    let Ok(value) = str::from_utf8(value) else {
        return;
    };
    let read = match parse(value) {
        Ok(read) => read,
        Err(why) => return is_a_reason(why, value),
    };
    assert!(!read.is_empty(), "{value:?}");
    for secret in &read {
        let key = secret.key.expose_secret();
        assert!(!key.is_empty() && key == bare(key), "{value:?}");
        let mut other = secret.clone();
        other.key = "x".into();
        let seen = format!("{secret:?}");
        assert_eq!(seen, format!("{other:?}"), "the key is shown");
    }
    match members(bare(value)) {
        None => {
            let is_map = bare(value).starts_with('{');
            assert!(!is_map, "half a map: {value:?}");
            assert_eq!(plain(&read), [(None, Some(bare(value).to_owned()), None)]);
        }
        Some(entries) => {
            let written = entries.iter().map(|(id, entry)| {
                let entry = members(entry.get()).expect("an entry is an object");
                let secret = text(&entry, "secret").map(|secret| bare(&secret).to_owned());
                (id.parse().ok(), secret, text(&entry, "tenant_id"))
            });
            assert_eq!(plain(&read), written.collect::<Vec<_>>(), "{value:?}");
        }
    }
}

/// Without white space and byte order marks around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

type Plain = (Option<uuid::Uuid>, Option<String>, Option<String>);

fn plain(secrets: &[Secret]) -> Vec<Plain> {
    let plain = |secret: &Secret| {
        let key = secret.key.expose_secret().to_owned();
        (secret.webhook_id, Some(key), secret.tenant_id.clone())
    };
    secrets.iter().map(plain).collect()
}

/// It says where in the value, and nothing of it.
fn is_a_reason(why: Unusable, value: &str) {
    let shown = match why {
        Unusable::Empty => "a signing secret is empty".to_owned(),
        Unusable::NotAMap(line, column) => {
            assert!(line <= value.lines().count().max(1) + 1, "{why:?}");
            assert!(column <= value.len() + 1, "{why:?}");
            format!(
                r#"the signing secret is not a map of webhook ids to {{"secret": …, "tenant_id": …}} (line {line}, column {column})"#
            )
        }
        Unusable::Binary => panic!("it is text: {value:?}"),
    };
    assert_eq!(why.to_string(), shown);
}
