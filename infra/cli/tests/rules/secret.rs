//! What does not look like a secret, what putting one must not end, and where it goes in the value.

use alga_webhooks::commands::secret::offered::objection;
use alga_webhooks::commands::secret::put::{guard, present};
use alga_webhooks::commands::secret::value::{Entry, Value};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use crate::{A, B, START, versions};

#[test]
fn what_is_not_a_secret_of_algapsa_is_objected_to_without_quoting_it() {
    let good = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
    let long = format!("{good}x");
    let spaced = format!("{} {}", &good[..20], &good[21..]);
    let quoted = format!("\"{good}\"");
    let odd = format!("+{}", &good[1..]);
    for (secret, word, fatal) in [
        ("", "nothing", true),
        (r#"{"a":{}}"#, "like a map", true),
        (&spaced, "white space inside", false),
        (&quoted, "quotes", false),
        (&odd, "characters that", false),
        (&good[..42], "has 42 characters", false),
        (&long, "has 44 characters", false),
    ] {
        let objection = objection(secret).unwrap_or_else(|| panic!("none to {secret}"));
        assert!(objection.why.contains(word), "{}", objection.why);
        assert!(secret.len() < 9 || !objection.why.contains(secret.trim()));
        assert_eq!(objection.fatal, fatal, "{secret}");
    }
    assert_eq!(objection(good), None);
}

#[test]
fn a_previous_secret_ends_early_only_within_the_hour_and_if_the_new_value_lacks_it() {
    let versions = versions("b", "a");
    for (new, after, ends) in [
        ("c", 0, true),
        ("c", 3599, true),
        ("c", 3600, false),
        ("a", 0, false),
        (r#"{"x":{"secret":"a"},"y":{"secret":"c"}}"#, 0, false),
    ] {
        let now = START + SignedDuration::from_secs(after);
        let new = Value::of(new);
        assert_eq!(guard(&versions, &new, now, false).is_err(), ends, "{after}");
        assert!(guard(&versions, &new, now, true).is_ok());
    }
}

#[test]
fn a_previous_value_that_is_current_too_is_no_loss() {
    let versions = versions(r#"{"x":{"secret":"a","tenant_id":"t"}}"#, "a");
    assert!(guard(&versions, &Value::of("b"), START, false).is_ok());
}

#[test]
fn a_value_that_cannot_be_used_is_replaced_only_by_force() {
    let broken = versions(r#"{"x":"y"}"#, "").current;
    assert!(present(broken.as_ref(), false).is_err());
    assert!(matches!(present(broken.as_ref(), true), Ok(Value::Empty)));
    assert!(matches!(present(None, false), Ok(Value::Empty)));
}

fn put(text: &str, webhook: Option<&str>, tenant: Option<&str>, existing: Option<&str>) -> String {
    let id = |id: &str| id.parse().unwrap();
    let entry = Entry {
        webhook_id: webhook.map(id),
        tenant_id: tenant,
        existing_is: existing.map(id),
    };
    match Value::of(text).with(&"new".into(), entry) {
        Ok(value) => value.text().expose_secret().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_secret_goes_where_it_belongs_and_leaves_the_rest() {
    let upper = A.to_uppercase();
    let map = format!(r#"{{"{upper}":{{"secret":"old","tenant_id":"t"}},"x":{{"secret":"y"}}}}"#);
    let both = format!(r#"{{"{A}":{{"secret":"new"}},"{B}":{{"secret":"old"}}}}"#);
    assert_eq!(put("", None, None, None), "new");
    assert_eq!(put("old\n", None, None, None), "new");
    let expected = format!(r#"{{"{A}":{{"secret":"new","tenant_id":"t"}}}}"#);
    assert_eq!(put("", Some(A), Some("t"), None), expected);
    assert_eq!(put(&map, Some(A), None, None), map.replace("old", "new"));
    let seen = put(&map, Some(A), Some("u"), None);
    assert_eq!(seen, map.replace("old", "new").replace(r#""t""#, r#""u""#));
    let added = put(&map, Some(B), None, None);
    for part in [r#""x":{"secret":"y"}"#, "old", "new"] {
        assert!(added.contains(part), "{added}");
    }
    assert_eq!(put("old", Some(A), None, Some(B)), both);
}

#[test]
fn a_place_that_does_not_fit_is_refused() {
    let map = format!(r#"{{"{A}":{{"secret":"old"}}}}"#);
    assert!(put(&map, None, None, None).contains(A));
    assert!(put("old", Some(A), None, None).contains("--existing-is"));
    assert!(put("old", Some(A), None, Some(A)).contains("--existing-is"));
}

#[test]
fn a_webhooks_own_secret_is_found_however_its_id_is_written() {
    let map = Value::of(&format!(r#"{{"{}":{{"secret":" s "}}}}"#, A.to_uppercase()));
    let found = |value: &Value, id: &str| {
        let secret = value.secret(Some(id.parse().unwrap()));
        secret.map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(found(&map, A), Some("s".into()));
    assert_eq!(found(&map, B), None);
    assert_eq!(found(&Value::of("one"), B), Some("one".into()));
}
