//! Properties of what reads foreign bytes, over random input. No AWS.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::Offset;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reactor::payload::{Misfit, Payload};
use serde_json::{Value, json};
use shared::event::{Event, Place, Position, StreamId};
use shared::queue::Doorbell;

/// Headers that are nearly right.
fn header() -> impl Strategy<Value = String> {
    let digits = prop_oneof![
        "[0-9]{1,12}",
        "[0-9]{9,22}",
        "[-+ ]?[0-9.]{0,11}",
        Just("1700000000".to_owned())
    ];
    let hex = prop_oneof![
        "[0-9a-f]{64}",
        "[0-9a-fA-F]{62,66}",
        Just("RIGHT".to_owned()),
    ];
    let part = prop_oneof![
        4 => digits.prop_map(|digits| format!("t={digits}")),
        4 => hex.prop_map(|hex| format!("v1={hex}")),
        1 => "[a-z0-9 =]{0,12}",
        1 => "\\PC{0,12}",
    ];
    let spaced = (part, "[ \t]{0,2}", "[ \t]{0,2}")
        .prop_map(|(part, before, after)| format!("{before}{part}{after}"));
    prop::collection::vec(spaced, 0..5).prop_map(|parts| parts.join(","))
}

fn envelope(event_id: &str, event_type: &str, occurred_at: &str, ticket_id: &str) -> Value {
    json!({
        "event_id": event_id, "event_type": event_type, "occurred_at": occurred_at, "tenant_id": "t",
        "data": { "ticket_id": ticket_id },
    })
}

/// Tenant, event id, type and subject, so few of each that they often meet.
fn identity() -> impl Strategy<Value = Vec<String>> {
    let types = "ticket\\.(created|updated|assigned|status_changed|comment\\.added|closed|other)|project\\.(task\\.)?(closed|completed)|test";
    ("[ab]|head|quarantine", "[ab!]{1,2}", types, "[ab]|event")
        .prop_map(|(tenant, id, kind, subject)| vec![tenant, id, kind, subject])
}

/// Any instant that an event may have occurred at, written in any zone and precision.
fn instant() -> impl Strategy<Value = (Timestamp, String)> {
    let seconds = prop_oneof![
        -62_167_000_000_i64..253_402_200_000,
        1_787_583_845_i64..1_787_583_847
    ];
    (
        seconds,
        prop_oneof![0..1_000_000_000_i32, 678_000_000..678_003_000_i32],
        0..=9_u32,
        -14 * 60..=14 * 60_i32,
    )
        .prop_map(|(second, nanos, digits, zone)| {
            let step = 10_i32.pow(9 - digits);
            let at = Timestamp::new(
                second,
                if second < 0 {
                    -(nanos / step * step)
                } else {
                    nanos / step * step
                },
            );
            let at = at.expect("a time");
            let zone = Offset::from_seconds(zone * 60).expect("an offset");
            let text = at.display_with_offset(zone).to_string();
            // Beyond the years 0 to 9999 there is no such text in some zones.
            if text.starts_with('-') {
                (at, at.to_string())
            } else {
                (at, text)
            }
        })
}

/// A value that may stand in `data`: of the right shape, of another, or odd.
fn value() -> impl Strategy<Value = String> {
    let odd = [
        "null",
        "1e999",
        "-0.0",
        "18446744073709551616",
        r#""\ud83e""#,
        r#""2026-08-24T15:04:05.678Z""#,
        r#""+012026-08-24T00:00:00Z""#,
        "[[[[]]]]",
        r#"[{"text":"a","is_internal":true,"comment_id":"c"}]"#,
        r#"[{"text":"a","is_internal":0,"comment_id":null}]"#,
        "{}",
        r#"{"a":{"new":1}}"#,
        r#"{"a":{"previous":[]}}"#,
        r#"{"a":7}"#,
    ];
    let odd = prop::sample::select(odd.map(str::to_owned).to_vec());
    let plain = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::collection::vec("[a-z]{0,3}", 0..3).prop_map(Value::from),
    ];
    prop_oneof![odd, plain.prop_map(|value| value.to_string())]
}

/// Long after any event, so that nothing is clamped.
fn late() -> Timestamp {
    Timestamp::MAX - Duration::from_mins(10)
}

fn parse(body: impl Into<Bytes>) -> Option<Event> {
    Event::parse(body.into(), late()).ok()
}

/// The same input in every run, or that of the seed in `PROPTEST_RNG_SEED`.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::with_cases(2_000);
    config.failure_persistence = None;
    if let RngSeed::Random = config.rng_seed {
        config.rng_seed = RngSeed::Fixed(7);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_signature_header_is_read_as_the_senders_parser_reads_it(header in header(), body in "\\PC{0,20}") {
        laws::signature(format!("{header}\n{body}").as_bytes());
    }

    #[test]
    fn no_header_is_misread(header in "\\PC{0,200}") {
        laws::signature(header.as_bytes());
    }

    #[test]
    fn whatever_is_in_a_delivery_it_is_read(text in "\\PC{0,60}|[ -~]{0,20}|/[?#a-z]{0,3}") {
        laws::lambda_event(text.as_bytes());
    }

    #[test]
    fn a_damaged_lambda_event_is_read_or_refused(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut event = include_bytes!("../../fuzz/seeds/lambda_event/delivery").to_vec();
        let at = at.index(event.len());
        event[at] = with;
        laws::lambda_event(&event);
    }

    #[test]
    fn no_bytes_are_misread(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        laws::envelope(&bytes);
        laws::lambda_event(&bytes);
        laws::doorbell(&bytes);
        laws::secret(&bytes);
        laws::body(&bytes);
    }

    #[test]
    fn a_damaged_envelope_is_read_or_refused_but_never_misread(
        at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>(), does_cut in any::<bool>(),
    ) {
        let mut body = include_bytes!("../../../shared/dictionary/sample.json").to_vec();
        let at = at.index(body.len());
        body[at] = with;
        if does_cut {
            body.truncate(cut.index(body.len()));
        }
        laws::envelope(&body);
    }

    #[test]
    fn only_true_says_that_an_event_was_never_announced(value in "[ \t]{0,2}(true|false|null|\"true\"|\\[true\\]|[0-9]{1,3}|tru|\\PC{0,6})[ \t]{0,2}") {
        let body = envelope("e", "ticket.deleted", "2026-08-24T15:04:05.678Z", "T").to_string();
        let body = body.replacen('{', &format!(r#"{{"unannounced":{value},"#), 1);
        laws::envelope(body.as_bytes());
    }

    #[test]
    fn two_events_share_a_key_only_if_they_are_one_and_are_in_order(
        one in identity(), other in identity(), times in prop::array::uniform2(instant()), at_once in any::<bool>(),
    ) {
        let [first, second] = times.map(|(_, text)| text);
        let second = if at_once { first.clone() } else { second };
        let lines = [one, vec![first], other, vec![second]].concat();
        laws::place(lines.join("\n").as_bytes());
    }

    #[test]
    fn a_map_of_secrets_is_read_as_it_is_written(
        entries in prop::collection::btree_map("[a-f0-9-]{1,36}", ("\\PC{0,9}", prop::option::of("\\PC{0,9}")), 0..4),
    ) {
        let entries = entries.into_iter().map(|(id, (secret, tenant_id))| {
            (id, json!({ "secret": secret, "tenant_id": tenant_id }))
        });
        laws::secret(Value::Object(entries.collect()).to_string().as_bytes());
    }

    #[test]
    fn whatever_is_read_has_a_place_that_names_it(
        event_id in "\\PC{0,140}", event_type in "(ticket\\.|project\\.|project\\.task\\.)?\\PC{0,20}", ticket_id in "\\PC{0,140}",
    ) {
        let body = envelope(&event_id, &event_type, "2026-08-24T15:04:05.678Z", &ticket_id).to_string();
        let usable = |id: &str| (1..=128).contains(&id.len()) && id.chars().all(|c| ('!'..='~').contains(&c) && c != '/');
        let about_ticket = event_type.starts_with("ticket.");
        let expected = usable(&event_id) && usable(&event_type) && (!about_ticket || usable(&ticket_id));
        let event = parse(body);
        prop_assert_eq!(event.is_some(), expected);
        if let Some(event) = event {
                        let key = event.place.event();
            prop_assert_eq!(key.as_str(), format!("{event_id}/{event_type}"));
            let stream = if about_ticket { format!("t/ticket/{ticket_id}") } else { format!("t/event/{event_id}") };
            prop_assert_eq!(event.place.stream.as_str(), stream);
        }
    }

    #[test]
    fn positions_order_as_text_as_their_instants_do(one in instant(), other in instant()) {
        let position = |at: &str| {
            let event = parse(envelope("e", "ticket.created", at, "T").to_string());
            event.map(|event| event.place.position)
        };
        let (first, second) = (position(&one.1), position(&other.1));
        prop_assume!(first.is_some() && second.is_some());
        prop_assert_eq!(first.cmp(&second), one.0.cmp(&other.0), "{} {}", one.1, other.1);
    }

    #[test]
    fn a_clock_that_runs_ahead_moves_a_position_back_to_five_minutes_from_now_and_not_further(ahead in -600..600_i64) {
        let now: Timestamp = "2026-08-24T15:00:00Z".parse().expect("a time");
        let at = now + jiff::SignedDuration::from_secs(ahead);
        let body = envelope("e", "ticket.created", &at.to_string(), "T").to_string();
        let event = Event::parse(body.into(), now).expect("it can be read");
        let expected = at.min(now + jiff::SignedDuration::from_secs(300));
        let clamped = format!("{expected:.9}");
        prop_assert!(event.place.position.moment().starts_with(&clamped));
        prop_assert_eq!(event.occurred_at, at);
    }

    #[test]
    fn what_an_event_says_is_read_or_named_and_kept(
        told in prop::collection::btree_map("title|is_closed|closed_at|tags|comments|changes|comment|x_[a-z]{1,3}", value(), 0..6),
        what in "created|updated|comment\\.added",
    ) {
        let members = told.iter().map(|(name, value)| format!(r#","{name}":{value}"#));
        let data = format!(r#"{{"ticket_id":"T"{}}}"#, members.collect::<String>());
        let body = format!(
            r#"{{"event_id":"e","event_type":"ticket.{what}","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{data}}}"#
        );
        let event = parse(body).expect("it can be read");
        let read = Payload::of(&event);
        let misfits = read.as_ref().err().map(|misfit| misfit.fields().to_vec()).unwrap_or_default();
        let ticket = match read.unwrap_or_else(Misfit::into_payload) {
            Payload::TicketCreated(ticket) | Payload::TicketUpdated(ticket, _) | Payload::TicketCommentAdded(ticket, _) => ticket,
            other => panic!("{other:?}"),
        };
        for (name, value) in &told {
            let kept = ticket.unread.raw(name);
            prop_assert!(kept.is_none_or(|kept| kept == value), "{name}: {value}");
            let has_field = match name.as_str() {
                "changes" => what == "updated",
                "comment" => what == "comment.added",
                name => !name.starts_with("x_"),
            };
            let is_named = misfits.iter().any(|at| at.split(['.', '[']).nth(1) == Some(name));
            let is_misfit = misfits.contains(&format!("data.{name}"));
            prop_assert!(!is_misfit || kept.is_some(), "{name}: {value} is lost");
            prop_assert!(has_field || !is_named && kept.is_some(), "{name} is unknown: {misfits:?}");
            prop_assert!(!has_field || is_named || kept.is_none(), "{name} was read: {misfits:?}");
        }
    }

    #[test]
    fn a_body_comes_out_as_it_went_in(body in prop::collection::vec(any::<u8>(), 0..4_000), repeated in 1..50_usize) {
        laws::body(&body.repeat(repeated));
    }

    #[test]
    fn a_doorbell_is_read_as_it_was_written(id in "[!-.0-~]{1,60}", part in "[!-.0-~]{1,20}", unpark in any::<bool>()) {
        let position = format!("2026-08-24T15:04:05.678000000Z/0/{part}/{part}");
        let position = Position::parse(&position).expect("a position");
        let stream = StreamId::of_ticket(&id, &id).expect("a stream");
        let bell = Doorbell { place: Place { stream, position }, unpark };
        let message = serde_json::to_string(&bell).expect("it can be written");
        prop_assert_eq!(Doorbell::parse(&message), Some(bell));
    }

    #[test]
    fn no_message_is_misread_as_a_doorbell(position in "[a-z/]{0,12}", stream in "[a-z/]{0,9}", unpark in prop::option::of(any::<bool>())) {
        laws::doorbell(json!({ "stream": stream, "position": position, "unpark": unpark }).to_string().as_bytes());
    }
}
