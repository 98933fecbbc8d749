//! Where a secret goes in the value.

use alga_webhooks::commands::secret::value::{Entry, Value};
use secrecy::ExposeSecret;

const A: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const B: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

fn put(
    text: &str,
    webhook_id: Option<&str>,
    tenant_id: Option<&str>,
    existing_is: Option<&str>,
) -> String {
    let id = |id: &str| id.parse().unwrap();
    let entry = Entry {
        webhook_id: webhook_id.map(id),
        tenant_id,
        existing_is: existing_is.map(id),
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
    assert!(
        added.contains(r#""x":{"secret":"y"}"#) && added.contains("old") && added.contains("new"),
        "{added}"
    );
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
        value
            .secret(Some(id.parse().unwrap()))
            .map(|s| s.expose_secret().to_owned())
    };
    assert_eq!(found(&map, A), Some("s".into()));
    assert_eq!(found(&map, B), None);
    assert_eq!(found(&Value::of("one"), B), Some("one".into()));
}
