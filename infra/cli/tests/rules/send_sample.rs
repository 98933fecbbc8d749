//! Fields of a sample.

use alga_webhooks::commands::send::sample::field;
use serde_json::json;

#[test]
fn a_field_is_json_or_plain_text() {
    for (text, value) in [
        ("a=Urgent", json!("Urgent")),
        ("a=true", json!(true)),
        ("a=null", json!(null)),
        (r#"a="1""#, json!("1")),
        ("a=b=c", json!("b=c")),
        ("a=", json!("")),
    ] {
        assert_eq!(field(text), Ok(("a".to_owned(), value)), "{text}");
    }
    assert!(field("a").is_err());
}
