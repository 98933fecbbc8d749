//! What must be refused, and the fields of a sample.

use alga_webhooks::commands::send::How;
use alga_webhooks::commands::send::sample::field;
use serde_json::json;

#[test]
fn an_age_beyond_five_minutes_or_a_changed_body_must_be_refused() {
    let sent = |age, tamper| How {
        repeat: 1,
        at_once: 1,
        tamper,
        age,
    };
    for (age, refused) in [(0, false), (300, false), (301, true)] {
        assert_eq!(sent(age, false).must_be_refused(), refused, "{age}");
        assert_eq!(sent(-age, false).must_be_refused(), refused, "-{age}");
    }
    assert!(sent(0, true).must_be_refused());
}

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
