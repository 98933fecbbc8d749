//! Several subscriptions and tenants.

use jiff::Timestamp;
use serde_json::json;
use shared::filter::Filter;
use support::in_process::Envelope;
use uuid::Uuid;

use super::{World, signed_by};

const FIRST: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const SECOND: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

#[tokio::test]
async fn a_secret_speaks_for_its_own_tenant_and_for_no_other() {
    let [one, other] = ["ticket.created"; 2].map(Envelope::new);
    let secrets = json!({
        FIRST: { "secret": "first", "tenant_id": one.tenant_id },
        SECOND: { "secret": "second", "tenant_id": other.tenant_id },
        "unbound": { "secret": "third" },
    });
    let world = World::holding(&secrets.to_string(), Filter::default()).await;

    for (secret, envelope, told) in [
        ("first", &one, "200 accepted"),
        ("second", &other, "200 accepted"),
        ("first", &other, "401 wrong tenant"),
        ("second", &one, "401 wrong tenant"),
        ("third", &Envelope::new("ticket.created"), "200 accepted"),
        ("third", &one, "200 duplicate"),
        ("fourth", &one, "401 signature mismatch"),
    ] {
        // The header that names the subscription is not signed: it is a hint and decides nothing.
        for hint in [None, Some(FIRST), Some(SECOND), Some("unbound"), Some("")] {
            let mut envelope = envelope.clone();
            if told == "200 accepted" {
                envelope.event_id = Uuid::new_v4().to_string();
            }
            let mut request = signed_by(secret, Timestamp::now(), envelope.body().as_bytes());
            if let Some(hint) = hint {
                let hint = hint.parse().unwrap();
                request.headers_mut().insert("x-alga-webhook-id", hint);
            }
            let answer = world.receive(request).await.told();
            let kept_before = told == "200 duplicate" && hint.is_none();
            let expected = if kept_before { "200 accepted" } else { told };
            assert_eq!(answer, expected, "{secret} with hint {hint:?}");
        }
    }
}

#[tokio::test]
async fn one_secret_for_two_tenants_speaks_for_both_and_no_third() {
    let [one, other, third] = ["ticket.created"; 3].map(Envelope::new);
    let secrets = json!({
        FIRST: { "secret": "shared", "tenant_id": one.tenant_id },
        SECOND: { "secret": "shared", "tenant_id": other.tenant_id },
    });
    let world = World::holding(&secrets.to_string(), Filter::default()).await;
    for (envelope, told) in [
        (&one, "200 accepted"),
        (&other, "200 accepted"),
        (&third, "401 wrong tenant"),
    ] {
        let request = signed_by("shared", Timestamp::now(), envelope.body().as_bytes());
        assert_eq!(world.receive(request).await.told(), told);
    }
}

#[tokio::test]
async fn a_bound_secret_does_not_open_quarantine_for_another_tenant() {
    let envelope = Envelope::new("ticket.created");
    let secrets = json!({ FIRST: { "secret": "first", "tenant_id": "somebody else" } });
    let world = World::holding(&secrets.to_string(), Filter::default()).await;
    let unreadable = envelope.clone().with_id("");
    let test = envelope.with_type("webhook.test");
    for (body, told) in [
        (unreadable.body(), "401 wrong tenant"),
        (test.body(), "401 wrong tenant"),
        ("names no tenant".into(), "200 quarantined"),
    ] {
        let request = signed_by("first", Timestamp::now(), body.as_bytes());
        assert_eq!(world.receive(request).await.told(), told, "{body}");
    }
}
