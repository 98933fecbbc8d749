use super::*;

const ID: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-08-24T15:04:06Z")
}

fn parse(body: &str) -> Result<Event, Unreadable> {
    Event::parse(Bytes::copy_from_slice(body.as_bytes()), now())
}

fn body(event_type: &str, occurred_at: &str, data: &str) -> String {
    format!(
        r#"{{"event_id":"{ID}","event_type":"{event_type}","occurred_at":"{occurred_at}","tenant_id":"t1","data":{data}}}"#
    )
}

fn event(event_type: &str, data: &str) -> Event {
    parse(&body(event_type, "2026-08-24T15:04:05.678Z", data)).unwrap()
}

#[test]
fn an_event_has_its_place_in_the_stream_of_what_it_is_about() {
    let ids = r#"{"ticket_id":"T","project_id":"P","task_id":"K"}"#;
    let own = format!("t1/event/{ID}");
    for (event_type, data, stream) in [
        ("ticket.created", ids, "t1/ticket/T"),
        ("ticket.comment.added", ids, "t1/ticket/T"),
        ("ticket.some_new_type", ids, "t1/ticket/T"),
        ("project.closed", ids, "t1/project/P"),
        ("project.task.completed", ids, "t1/task/K"),
        ("invoice.sent", ids, own.as_str()),
        ("ticket.created", "{}", own.as_str()),
        ("ticket.created", r#"{"ticket_id":null}"#, own.as_str()),
        ("ticket.created", r#"{"ticket_id":7}"#, own.as_str()),
        ("ticket.created", "[]", own.as_str()),
        ("ticket.created", r#"["T","P","K"]"#, own.as_str()),
        ("ticket.created", "null", own.as_str()),
        ("ticketing.created", ids, own.as_str()),
        (
            "ticket.created",
            r#"{"ticket_id":"T","task_id":42,"project_id":{}}"#,
            "t1/ticket/T",
        ),
    ] {
        assert_eq!(
            event(event_type, data).place.stream,
            stream,
            "{event_type} {data}"
        );
    }
}

#[test]
fn a_position_is_time_rank_id_and_type() {
    let event = event("ticket.closed", r#"{"ticket_id":"T"}"#);
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
    let positions: Vec<_> = in_order
        .iter()
        .map(|time| {
            parse(&body("ticket.created", time, "{}"))
                .unwrap()
                .place
                .position
        })
        .collect();
    assert!(positions.is_sorted(), "{positions:#?}");
}

#[test]
fn a_tie_is_broken_in_causal_order() {
    let ticket = [
        "created",
        "updated",
        "assigned",
        "status_changed",
        "comment.added",
        "closed",
        "reopened",
    ];
    let positions = ticket.map(|kind| event(&format!("ticket.{kind}"), "{}").place.position);
    assert!(positions.is_sorted(), "{positions:#?}");
    let task = [
        "created",
        "updated",
        "assigned",
        "status_changed",
        "completed",
    ];
    let positions = task.map(|kind| event(&format!("project.task.{kind}"), "{}").place.position);
    assert!(positions.is_sorted(), "{positions:#?}");
}

#[test]
fn a_clock_that_runs_ahead_is_clamped_to_five_minutes() {
    for (occurred_at, clamped) in [
        ("2026-08-24T15:09:05.999Z", "2026-08-24T15:09:05.999000000Z"),
        ("2026-08-24T15:09:06Z", "2026-08-24T15:09:06.000000000Z"),
        ("2026-08-24T15:09:06.001Z", "2026-08-24T15:09:06.000000000Z"),
        ("9999-12-30T00:00:00Z", "2026-08-24T15:09:06.000000000Z"),
    ] {
        let event = parse(&body("ticket.created", occurred_at, "{}")).unwrap();
        assert_eq!(
            event.place.position.moment(),
            format!("{clamped}/0"),
            "{occurred_at}"
        );
        assert_eq!(event.occurred_at, at(occurred_at));
    }
}

#[test]
fn what_cannot_be_read_says_what_is_wrong() {
    let good = body(
        "ticket.created",
        "2026-08-24T15:04:05.678Z",
        r#"{"ticket_id":"T"}"#,
    );
    let with = |from: &str, to: &str| good.replace(from, to);
    let long = "x".repeat(129);
    for (body, why) in [
        (String::new(), Unreadable::NotAnEnvelope),
        ("null".into(), Unreadable::NotAnEnvelope),
        ("[1,2,3,4,5]".into(), Unreadable::NotAnEnvelope),
        (good[..good.len() - 1].into(), Unreadable::NotAnEnvelope),
        (good.clone() + "{}", Unreadable::NotAnEnvelope),
        (with(r#""t1""#, "17"), Unreadable::NotAnEnvelope),
        (
            with(r#""tenant_id""#, r#""event_id""#),
            Unreadable::NotAnEnvelope,
        ),
        ("{}".into(), Unreadable::Id("event_id")),
        (with(ID, ""), Unreadable::Id("event_id")),
        (with(ID, "a/b"), Unreadable::Id("event_id")),
        (with(ID, "a b"), Unreadable::Id("event_id")),
        (with(ID, "é"), Unreadable::Id("event_id")),
        (with(ID, "a\\nb"), Unreadable::Id("event_id")),
        (with(ID, &long), Unreadable::Id("event_id")),
        (
            with(r#""ticket.created""#, "null"),
            Unreadable::Id("event_type"),
        ),
        (with("t1", ""), Unreadable::Id("tenant_id")),
        (with(r#""T""#, r#""""#), Unreadable::Id("ticket_id")),
        (with(r#""T""#, r#""a/b""#), Unreadable::Id("ticket_id")),
        (
            with("2026-08-24T15:04:05.678Z", "yesterday"),
            Unreadable::OccurredAt,
        ),
        (
            with("2026-08-24T15:04:05.678Z", "2026-08-24T15:04:05.678"),
            Unreadable::OccurredAt,
        ),
        (
            with("2026-08-24T15:04:05.678Z", "-000001-12-31T23:59:59Z"),
            Unreadable::OccurredAt,
        ),
        (
            with(r#""2026-08-24T15:04:05.678Z""#, "null"),
            Unreadable::OccurredAt,
        ),
    ] {
        assert_eq!(parse(&body).unwrap_err(), why, "{body}");
    }
}

#[test]
fn unknown_keys_missing_data_spaces_and_escapes_are_fine() {
    let plain = event("ticket.created", r#"{"ticket_id":"T"}"#);
    for body in [
        format!(
            r#" {{ "new": {{"a":[1]}}, "data": {{"x":null,"ticket_id":"\u0054"}}, "tenant_id":"t1", "occurred_at":"2026-08-24T15:04:05.678Z", "event_type":"ticket\u002ecreated", "event_id":"{ID}" }} "#
        ),
        body(
            "ticket.created",
            "2026-08-24T15:04:05.678Z",
            r#"{"ticket_id":"T","title":"Müller 🚑"}"#,
        ),
    ] {
        assert_eq!(parse(&body).unwrap().place, plain.place, "{body}");
    }
    let without_data = format!(
        r#"{{"event_id":"{ID}","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05.678Z","tenant_id":"t1"}}"#
    );
    assert_eq!(parse(&without_data).unwrap().subject_id(), None);
}

#[test]
fn deep_nesting_is_carried_and_not_followed() {
    let deep = format!(
        r#"{{"ticket_id":"T","x":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(event("ticket.updated", &deep).place.stream, "t1/ticket/T");
}

#[test]
fn a_kept_event_keeps_the_place_that_it_was_kept_with() {
    let ahead = body(
        "ticket.created",
        "2030-01-01T00:00:00Z",
        r#"{"ticket_id":"T"}"#,
    );
    let admitted = parse(&ahead).unwrap();
    let kept = Event::kept(admitted.place.clone(), admitted.body.clone()).unwrap();
    assert_eq!(kept.place, admitted.place);
    assert_eq!(kept.occurred_at, at("2030-01-01T00:00:00Z"));
    assert_eq!(
        kept.json::<serde_json::Value>().unwrap()["data"]["ticket_id"],
        "T"
    );
}

#[test]
fn the_test_delivery_is_known_by_its_type() {
    assert!(event("webhook.test", r#"{"is_test":true}"#).is_test());
    assert!(!event("ticket.created", r#"{"is_test":true}"#).is_test());
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
    let event = event("ticket.created", r#"{"title":"do not tell"}"#);
    let told = event.json::<Vec<u32>>().unwrap_err().to_string();
    assert_eq!(told, "the event has another shape at line 1, column 0");
    let told = event
        .json::<std::collections::BTreeMap<String, u32>>()
        .unwrap_err()
        .to_string();
    assert_eq!(told, "the event has another shape at line 1, column 50");
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
