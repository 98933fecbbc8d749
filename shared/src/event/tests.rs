use super::*;

const ID: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const TIME: &str = "2026-08-24T15:04:05.678Z";
const CREATED: &str = "ticket.created";
const TICKET: &str = r#"{"ticket_id":"T"}"#;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn parse(body: &str) -> Result<Event, Unreadable> {
    let now = at("2026-08-24T15:04:06Z");
    Event::parse(Bytes::copy_from_slice(body.as_bytes()), now)
}

fn body(event_type: &str, occurred_at: &str, data: &str) -> String {
    format!(
        r#"{{"event_id":"{ID}","event_type":"{event_type}","occurred_at":"{occurred_at}","tenant_id":"t1","data":{data}}}"#
    )
}

fn event(event_type: &str, data: &str) -> Event {
    parse(&body(event_type, TIME, data)).unwrap()
}

fn occurred(time: &str) -> Event {
    parse(&body(CREATED, time, "{}")).unwrap()
}

#[test]
fn an_event_has_its_place_in_the_stream_of_what_it_is_about() {
    let ids = r#"{"ticket_id":"T","project_id":"P","task_id":"K"}"#;
    let odd = r#"{"ticket_id":"T","task_id":42,"project_id":{}}"#;
    let own = &*format!("t1/event/{ID}");
    for (event_type, data, stream) in [
        (CREATED, ids, "t1/ticket/T"),
        ("ticket.comment.added", ids, "t1/ticket/T"),
        ("ticket.some_new_type", ids, "t1/ticket/T"),
        ("project.closed", ids, "t1/project/P"),
        ("project.task.completed", ids, "t1/task/K"),
        ("invoice.sent", ids, own),
        (CREATED, "{}", own),
        (CREATED, r#"{"ticket_id":null}"#, own),
        (CREATED, r#"{"ticket_id":7}"#, own),
        (CREATED, "[]", own),
        (CREATED, r#"["T","P","K"]"#, own),
        (CREATED, "null", own),
        ("ticketing.created", ids, own),
        (CREATED, odd, "t1/ticket/T"),
    ] {
        let place = event(event_type, data).place;
        assert_eq!(place.stream, stream, "{event_type} {data}");
    }
}

#[test]
fn a_position_is_time_rank_id_and_type() {
    let event = event("ticket.closed", TICKET);
    let position = format!("2026-08-24T15:04:05.678000000Z/5/{ID}/ticket.closed");
    assert_eq!(event.place.position, position.as_str());
    assert_eq!(Position::parse(&position), Some(event.place.position));
}

#[test]
fn positions_order_as_text_by_instant_whatever_their_precision_or_zone() {
    let in_order = [
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "2026-08-24T17:04:04+02:00",
        "2026-08-24T15:04:05Z",
        "2026-08-24T15:04:05.05Z",
        "2026-08-24T15:04:05.1Z",
        "2026-08-24T15:04:05.100000001Z",
        "2026-08-24T14:04:05.2-01:00",
    ];
    let positions = in_order.map(|time| occurred(time).place.position);
    assert!(positions.is_sorted(), "{positions:#?}");
}

/// What the sender does not have comes last, as the reconciler's `ticket.deleted`.
#[test]
fn a_tie_is_broken_in_causal_order() {
    let ticket = "created updated assigned status_changed comment.added closed deleted";
    let task = "created updated assigned status_changed completed";
    for (about, kinds) in [("ticket", ticket), ("project.task", task)] {
        let kinds = kinds.split(' ');
        let events = kinds.map(|kind| event(&format!("{about}.{kind}"), "{}"));
        let positions: Vec<_> = events.map(|event| event.place.position).collect();
        assert!(positions.is_sorted(), "{positions:#?}");
    }
}

#[test]
fn a_clock_that_runs_ahead_is_clamped_to_five_minutes() {
    for (occurred_at, clamped) in [
        ("2026-08-24T15:09:05.999Z", "2026-08-24T15:09:05.999000000Z"),
        ("2026-08-24T15:09:06Z", "2026-08-24T15:09:06.000000000Z"),
        ("2026-08-24T15:09:06.001Z", "2026-08-24T15:09:06.000000000Z"),
        ("9999-12-30T00:00:00Z", "2026-08-24T15:09:06.000000000Z"),
    ] {
        let event = occurred(occurred_at);
        let moment = format!("{clamped}/0");
        assert_eq!(event.place.position.moment(), moment, "{occurred_at}");
        assert_eq!(event.occurred_at, at(occurred_at));
    }
}

#[test]
fn what_cannot_be_read_says_what_is_wrong() {
    use Unreadable::{Id, NotAnEnvelope, OccurredAt};
    let good = body(CREATED, TIME, TICKET);
    let with = |from: &str, to: &str| good.replace(from, to);
    let long = "x".repeat(129);
    for (body, why) in [
        (String::new(), NotAnEnvelope),
        ("null".into(), NotAnEnvelope),
        ("[1,2,3,4,5]".into(), NotAnEnvelope),
        (good[..good.len() - 1].into(), NotAnEnvelope),
        (good.clone() + "{}", NotAnEnvelope),
        (with(r#""t1""#, "17"), NotAnEnvelope),
        (with(r#""tenant_id""#, r#""event_id""#), NotAnEnvelope),
        ("{}".into(), Id("event_id")),
        (with(ID, ""), Id("event_id")),
        (with(ID, "a/b"), Id("event_id")),
        (with(ID, "a b"), Id("event_id")),
        (with(ID, "é"), Id("event_id")),
        (with(ID, "a\\nb"), Id("event_id")),
        (with(ID, &long), Id("event_id")),
        (with(r#""ticket.created""#, "null"), Id("event_type")),
        (with("t1", ""), Id("tenant_id")),
        (with(r#""T""#, r#""""#), Id("ticket_id")),
        (with(r#""T""#, r#""a/b""#), Id("ticket_id")),
        (with(TIME, "yesterday"), OccurredAt),
        (with(TIME, "2026-08-24T15:04:05.678"), OccurredAt),
        (with(TIME, "-000001-12-31T23:59:59Z"), OccurredAt),
        (with(&format!(r#""{TIME}""#), "null"), OccurredAt),
    ] {
        assert_eq!(parse(&body).unwrap_err(), why, "{body}");
    }
}

#[test]
fn unknown_keys_missing_data_spaces_and_escapes_are_fine() {
    let spaced = format!(
        r#" {{ "new": {{"a":[1]}}, "data": {{"x":null,"ticket_id":"\u0054"}}, "tenant_id":"t1", "occurred_at":"{TIME}", "event_type":"ticket\u002ecreated", "event_id":"{ID}" }} "#
    );
    let titled = body(CREATED, TIME, r#"{"ticket_id":"T","title":"Müller 🚑"}"#);
    for body in [spaced, titled] {
        let place = parse(&body).unwrap().place;
        assert_eq!(place, event(CREATED, TICKET).place, "{body}");
    }
    let without_data = body(CREATED, TIME, "{}").replace(r#","data":{}"#, "");
    assert_eq!(parse(&without_data).unwrap().subject_id(), None);
}

#[test]
fn deep_nesting_is_carried_and_not_followed() {
    let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(100_000));
    let deep = format!(r#"{{"ticket_id":"T","x":{open}1{close}}}"#);
    assert_eq!(event("ticket.updated", &deep).place.stream, "t1/ticket/T");
}

#[test]
fn a_kept_event_keeps_the_place_that_it_was_kept_with() {
    let admitted = parse(&body(CREATED, "2030-01-01T00:00:00Z", TICKET)).unwrap();
    let kept = Event::kept(admitted.place.clone(), admitted.body.clone()).unwrap();
    assert_eq!(kept.place, admitted.place);
    assert_eq!(kept.occurred_at, at("2030-01-01T00:00:00Z"));
    let envelope: serde_json::Value = kept.json().unwrap();
    assert_eq!(envelope["data"]["ticket_id"], "T");
}

#[test]
fn the_test_delivery_is_known_by_its_type() {
    assert!(event("webhook.test", r#"{"is_test":true}"#).is_test());
    assert!(!event(CREATED, r#"{"is_test":true}"#).is_test());
}

/// The sender does not say so. If it did, it would be believed as all that it signs.
#[test]
fn an_event_is_unannounced_only_if_its_envelope_says_true() {
    let usual = body(CREATED, TIME, TICKET);
    let with = |more: &str| usual.replace(r#""tenant_id""#, &format!(r#"{more},"tenant_id""#));
    for (written, unannounced) in [
        (r#""unannounced":true"#, true),
        (r#""unannounced" : true "#, true),
        (r#""unannounced":false"#, false),
        (r#""unannounced":null"#, false),
        (r#""unannounced":"true""#, false),
        (r#""unannounced":1"#, false),
        (r#""unannounced":[true]"#, false),
        (r#""unannounced":{"true":true}"#, false),
        (r#""Unannounced":true"#, false),
    ] {
        let event = parse(&with(written)).unwrap();
        assert_eq!(event.is_unannounced(), unannounced, "{written}");
        let kept = Event::kept(event.place, event.body).unwrap();
        assert_eq!(kept.is_unannounced(), unannounced, "{written}, once kept");
    }
    let inside = body(CREATED, TIME, r#"{"ticket_id":"T","unannounced":true}"#);
    for usual in [usual, inside] {
        assert!(!parse(&usual).unwrap().is_unannounced(), "{usual}");
    }
}

#[test]
fn the_tenant_is_read_from_any_envelope_that_names_one_once() {
    for (body, tenant) in [
        (r#"{"tenant_id":"t9","occurred_at":"x"}"#, Some("t9")),
        (r#"{"tenant_id":"a","tenant_id":"b"}"#, None),
        (r#"{"tenant_id":7}"#, None),
        ("{}", None),
        ("t9", None),
    ] {
        assert_eq!(tenant_of(body.as_bytes()).as_deref(), tenant, "{body}");
    }
}

#[test]
fn an_event_of_another_shape_is_told_without_its_content() {
    let event = event(CREATED, r#"{"title":"do not tell"}"#);
    let told = event.json::<Vec<u32>>().unwrap_err().to_string();
    assert_eq!(told, "the event has another shape at line 1, column 0");
    let numbers = event.json::<std::collections::BTreeMap<String, u32>>();
    let told = numbers.unwrap_err().to_string();
    assert_eq!(told, "the event has another shape at line 1, column 50");
}

/// AlgaPSA cuts titles by UTF-16 units, also in the middle of an emoji.
#[test]
fn half_a_character_does_not_hide_the_rest_of_an_event() {
    let event = event(CREATED, r#"{"title":"cut \ud83e","status":"new"}"#);
    let envelope: serde_json::Value = event.json().unwrap();
    assert_eq!(envelope["data"]["title"], "cut \u{fffd}");
    assert_eq!(envelope["data"]["status"], "new");
}

#[test]
fn bytes_that_are_no_text_are_unreadable_wherever_they_are() {
    let good = br#"{"event_id":"e","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{"ticket_id":"1"},"note":"x"}"#;
    for at in 0..good.len() {
        let mut bad = good.to_vec();
        bad[at] = 0xff;
        let read = Event::parse(bad.into(), Timestamp::now());
        assert_eq!(read.unwrap_err(), Unreadable::NotAnEnvelope, "byte {at}");
    }
}
