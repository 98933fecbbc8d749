//! Keys, tenants, what they may see, and how often they may ask.

use algapsa::day::Day;
use algapsa::desk::{Change, Desk, Way};
use algapsa::ticket_api::{Installation, KEY, Key};
use http::{Method, Request, Response};
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use super::{Api, SEED, after, ids, start};

const OTHER: &str = "alga_the_other_tenants";

fn other_tenant() -> Uuid {
    "0d9f6a52-9a0c-4c0e-8d55-1f0b1c2d3e4f".parse().unwrap()
}

fn both() -> Installation {
    let ours = Day::idle(Desk::with_tickets(SEED, 20, start()), start());
    let theirs = Desk::with_tickets(SEED + 1, 10, start()).of_tenant(other_tenant());
    let installation = Installation::new([ours, Day::idle(theirs, start())]);
    installation.with_key(OTHER, Key::of(other_tenant()))
}

fn ask(
    installation: &mut Installation,
    path: &str,
    headers: &[(&str, &str)],
) -> Response<bytes::Bytes> {
    let mut request = Request::get(format!("http://127.0.0.1/api/v1/tickets{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    installation.answer(&request.body(()).unwrap(), start())
}

fn body(response: &Response<bytes::Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn a_key_reads_its_own_tenant_only() {
    let mut installation = both();
    let tenant = other_tenant().to_string();
    let theirs = ids(&body(&ask(
        &mut installation,
        "?limit=100",
        &[("x-api-key", OTHER)],
    )));
    assert_eq!(theirs.len(), 10);
    let path = format!("/{}", theirs[0]);
    for (headers, status) in [
        (&[("x-api-key", OTHER)][..], 200),
        (
            &[("x-api-key", OTHER), ("x-tenant-id", tenant.as_str())],
            200,
        ),
        (&[("X-API-Key", KEY)], 404),
        (&[("x-api-key", KEY), ("x-tenant-id", tenant.as_str())], 401),
        (&[("x-api-key", "another")], 401),
        (&[], 401),
    ] {
        let answer = ask(&mut installation, &path, headers);
        assert_eq!(answer.status(), status, "{headers:?}");
    }
}

#[test]
fn without_a_key_the_answer_has_another_form_than_with_a_wrong_one() {
    let mut installation = both();
    let missing = body(&ask(&mut installation, "", &[]));
    assert_eq!(missing["error"], "Unauthorized: API key missing");
    let wrong = body(&ask(&mut installation, "", &[("x-api-key", "wrong")]));
    assert_eq!(wrong["error"]["code"], "UNAUTHORIZED");
}

#[test]
fn what_a_key_may_not_see_is_missing_in_lists_and_forbidden_by_id() {
    let mut api = Api::with(40);
    let board = api.desk().catalogue().boards[0];
    let hidden = api.those(|_, ticket| ticket.board == board);
    let key = Key {
        hidden_boards: vec![board],
        ..Key::of(api.tenant_id)
    };
    api.installation = api.installation.with_key(KEY, key);
    let list = api.list("limit=100");
    assert!(ids(&list).iter().all(|id| !hidden.contains(id)));
    assert_eq!(list["pagination"]["total"], 40 - hidden.len());
    let refusal = api.refusal(&format!("/api/v1/tickets/{}", hidden[0]));
    assert_eq!(refusal, (403, "FORBIDDEN".into()));
    let key = Key {
        may_read: false,
        ..Key::of(api.tenant_id)
    };
    api.installation = api.installation.with_key(KEY, key);
    assert_eq!(api.refusal("/api/v1/tickets"), (403, "FORBIDDEN".into()));
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_no_id() {
    let mut api = Api::with(5);
    let id = api.those(|_, _| true)[0];
    let path = format!("/api/v1/tickets/{id}");
    api.get(&path);
    api.installation.change(api.tenant_id, |desk| {
        desk.save(Way::Ui, id, &[Change::Delete], after(0))
    });
    assert_eq!(
        api.refusal(&path),
        (404, "NOT_FOUND".into()),
        "deleted for good"
    );
    assert_eq!(
        api.refusal(&format!("{path}/comments")),
        (404, "NOT_FOUND".into())
    );
    assert_eq!(
        api.refusal("/api/v1/tickets/TIC10001"),
        (400, "VALIDATION_ERROR".into())
    );
    assert_eq!(api.refusal("/api/v1/comments"), (404, "NOT_FOUND".into()));
    let request = Request::builder()
        .method(Method::PUT)
        .uri("/api/v1/tickets")
        .header("x-api-key", KEY);
    let answer = api.installation.answer(&request.body(()).unwrap(), start());
    assert_eq!(answer.status(), 405);
}

#[test]
fn a_key_has_120_calls_at_once_and_one_more_each_second() {
    let mut api = Api::with(3);
    api.installation.enforces_the_rate_limit = true;
    for left in (0..120).rev() {
        let answer = api.ask("/api/v1/tickets?limit=1");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-ratelimit-limit"], "120");
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left.to_string());
    }
    let refused = api.ask("/api/v1/tickets?limit=1");
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(body(&refused)["error"]["details"]["retry_after_ms"], 1_000);
    let id = api.those(|_, _| true)[0];
    let free = api.ask(&format!("/api/v1/tickets/{id}/comments"));
    assert_eq!(
        (
            free.status().as_u16(),
            free.headers().get("x-ratelimit-limit")
        ),
        (200, None)
    );
    api.now = after(1);
    assert_eq!(api.ask("/api/v1/tickets").status(), 200);
    assert_eq!(api.ask("/api/v1/tickets").status(), 429);
    api.installation.enforces_the_rate_limit = false;
    let told = api.ask("/api/v1/tickets");
    assert_eq!(
        (
            told.status().as_u16(),
            &told.headers()["x-ratelimit-remaining"]
        ),
        (200, &"0".parse().unwrap())
    );
}

#[test]
fn keys_do_not_use_up_each_others_calls() {
    let mut installation = both();
    for _ in 0..130 {
        ask(&mut installation, "", &[("x-api-key", KEY)]);
    }
    assert_eq!(
        ask(&mut installation, "", &[("x-api-key", KEY)]).status(),
        429
    );
    assert_eq!(
        ask(&mut installation, "", &[("x-api-key", OTHER)]).status(),
        200
    );
}

#[test]
fn an_answer_says_what_time_it_is_there() {
    let mut api = Api::with(1);
    api.now = start() - SignedDuration::from_secs(90);
    assert_eq!(
        api.ask("/api/v1/tickets").headers()["date"],
        "Mon, 24 Aug 2026 14:58:30 GMT"
    );
}
