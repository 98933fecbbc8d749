//! Payloads that AlgaPSA does not send: whatever is in them, it is told what does not fit, and nothing is lost.

use reactor::payload::{Misfit, Payload, Ticket, Unread};
use serde_json::{Value, json};

use super::event;

/// The ticket that the event is about, as far as it fits, and where it does not.
fn ticket(event_type: &str, data: &str) -> (Ticket, Vec<String>) {
    let (payload, misfits) = read(event_type, data);
    let ticket = match payload {
        Payload::TicketCreated(ticket)
        | Payload::TicketUpdated(ticket, _)
        | Payload::TicketCommentAdded(ticket, _) => ticket,
        other => panic!("{other:?}"),
    };
    (ticket, misfits)
}

fn read(event_type: &str, data: &str) -> (Payload, Vec<String>) {
    let event = event(event_type, data);
    let read = Payload::of(&event);
    let misfits = read.as_ref().err().map(|misfit| misfit.fields().to_vec());
    let payload = read.unwrap_or_else(Misfit::into_payload);
    (payload, misfits.unwrap_or_default())
}

/// What was sent is still there, as it was sent.
fn keeps(unread: &Unread, sent: &[(&str, &str)]) {
    assert_eq!(
        unread.names().collect::<Vec<_>>(),
        sent.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
    for (name, json) in sent {
        assert_eq!(unread.raw(name), Some(*json), "{name}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_named_and_kept_and_the_others_are_read() {
    let deep = format!("{}{}", "[".repeat(9_000), "]".repeat(9_000));
    for (field, value, at) in [
        ("title", "7", "data.title"),
        ("title", r#"["canary"]"#, "data.title"),
        ("title", &deep, "data.title"),
        ("is_closed", r#""false""#, "data.is_closed"),
        ("is_closed", "0", "data.is_closed"),
        ("closed_at", "1787583845", "data.closed_at"),
        ("closed_at", "1e999", "data.closed_at"),
        ("closed_at", r#""""#, "data.closed_at"),
        ("due_date", r#""2026-08-24""#, "data.due_date"),
        (
            "due_date",
            r#""+012026-08-24T00:00:00.000Z""#,
            "data.due_date",
        ),
        ("entered_at", r#"{"canary":1}"#, "data.entered_at"),
        ("tags", r#""canary""#, "data.tags"),
        ("tags", r#"["vip",null]"#, "data.tags[1]"),
        ("tags", r#"["vip",["canary"]]"#, "data.tags[1]"),
        ("comments", r#"{"0":{}}"#, "data.comments"),
        ("comments", r#"["canary"]"#, "data.comments[0]"),
        (
            "comments",
            r#"[{"comment_id":"1","text":"canary"}]"#,
            "data.comments[0].is_internal",
        ),
        ("comment", r#""canary""#, "data.comment"),
        (
            "comment",
            r#"{"text":"canary","is_internal":"no"}"#,
            "data.comment.is_internal",
        ),
        (
            "comment",
            r#"{"text":null,"is_internal":true}"#,
            "data.comment.text",
        ),
    ] {
        let data = format!(r#"{{"{field}":{value},"ticket_id":"1","url":"u"}}"#);
        let (ticket, misfits) = ticket("ticket.comment.added", &data);
        assert_eq!(misfits, [at], "{field}: {value}");
        assert_eq!(
            (&*ticket.ticket_id, ticket.url.as_deref()),
            ("1", Some("u"))
        );
        keeps(&ticket.unread, &[(field, value)]);
    }
}

#[test]
fn changes_that_do_not_fit_are_named_without_the_names_that_they_hold() {
    for (changes, at) in [
        ("[]", "data.changes"),
        ("7", "data.changes"),
        (r#"{"canary":7}"#, "data.changes.*"),
        (r#"{"canary":{"new":"a"},"other":null}"#, "data.changes.*"),
    ] {
        let data = format!(r#"{{"ticket_id":"1","changes":{changes}}}"#);
        let (ticket, misfits) = ticket("ticket.updated", &data);
        assert_eq!(misfits, [at], "{changes}");
        keeps(&ticket.unread, &[("changes", changes)]);
    }
    let data = r#"{"ticket_id":"1","changes":{"hours":{"previous":1e999,"new":2,"by":"me"}}}"#;
    let (payload, misfits) = read("ticket.updated", data);
    assert_eq!(misfits, ["data.changes.*.previous"]);
    let Payload::TicketUpdated(_, changes) = payload else {
        panic!("{payload:?}");
    };
    assert_eq!(changes["hours"].new, json!(2));
    let unread = [("by", r#""me""#), ("previous", "1e999")];
    keeps(&changes["hours"].unread, &unread);
}

#[test]
fn an_odd_time_within_a_thread_leaves_the_rest_of_the_thread() {
    let data = r#"{"ticket_id":"1","comments":[{"comment_id":"a","text":"x","is_internal":true,"created_at":"yesterday"},
        {"comment_id":"b","text":"y","is_internal":false}]}"#;
    let (ticket, misfits) = ticket("ticket.created", data);
    assert_eq!(misfits, ["data.comments[0].created_at"]);
    let thread = ticket.comments.expect("it is read");
    let told = thread.iter().map(|entry| (&*entry.text, entry.is_internal));
    assert_eq!(told.collect::<Vec<_>>(), [("x", true), ("y", false)]);
    keeps(&thread[0].unread, &[("created_at", r#""yesterday""#)]);
    keeps(&ticket.unread, &[]);
}

#[test]
fn what_algapsa_adds_one_day_is_no_misfit_and_can_be_read() {
    let data = r#"{"ticket_id":"1","response_state":"awaiting_client","huge":[1e999, 10000000000000000000000],"half":"\ud83e"}"#;
    let (ticket, misfits) = ticket("ticket.created", data);
    assert_eq!(misfits, [""; 0]);
    let sent = [
        ("half", r#""\ud83e""#),
        ("huge", "[1e999, 10000000000000000000000]"),
        ("response_state", r#""awaiting_client""#),
    ];
    keeps(&ticket.unread, &sent);
    let unread = &ticket.unread;
    let state: Option<String> = unread.json("response_state");
    assert_eq!(state.as_deref(), Some("awaiting_client"));
    assert_eq!(unread.json("half"), Some("\u{fffd}".to_owned()));
    assert_eq!(unread.json::<u8>("response_state"), None);
    assert_eq!(unread.json::<Value>("closed_at"), None);
}

#[test]
fn half_characters_and_repeated_names_are_read_as_elsewhere() {
    let data = r#"{"ticket_id":"1","title":"first","title":"cut \ud83e"}"#;
    let (ticket, misfits) = ticket("ticket.created", data);
    assert_eq!(misfits, [""; 0]);
    assert_eq!(ticket.title.as_deref(), Some("cut \u{fffd}"));
}

#[test]
fn without_the_id_that_it_is_about_an_event_is_another_with_all_that_was_sent() {
    for (event_type, data, at) in [
        ("ticket.created", r#"{"title":"a"}"#, "data.ticket_id"),
        ("ticket.created", r#"{"ticket_id":null}"#, "data.ticket_id"),
        ("ticket.created", r#"{"ticket_id":7}"#, "data.ticket_id"),
        ("ticket.created", "[]", "data"),
        ("ticket.created", "null", "data"),
        ("project.created", "{}", "data.project_id"),
        (
            "project.task.created",
            r#"{"project_id":"1"}"#,
            "data.task_id",
        ),
        (
            "project.task.created",
            r#"{"task_id":"1"}"#,
            "data.project_id",
        ),
    ] {
        let (payload, misfits) = read(event_type, data);
        assert_eq!(misfits, [at], "{event_type}: {data}");
        let Payload::Other(other) = payload else {
            panic!("{payload:?}");
        };
        assert_eq!(other.event_type, event_type);
        assert_eq!(other.raw(), Some(data).filter(|data| *data != "null"));
    }
}

#[test]
fn a_type_that_nobody_knows_yet_is_another_and_no_misfit() {
    for event_type in [
        "ticket.response_state_changed",
        "ticket.",
        "ticket",
        "project.task.",
        "project.tasks.created",
        "client.created",
    ] {
        let data =
            r#"{"ticket_id":"1","project_id":"2","task_id":"3","huge":1e999,"cut":"\ud83e"}"#;
        let (payload, misfits) = read(event_type, data);
        assert_eq!(misfits, [""; 0], "{event_type}");
        let Payload::Other(other) = payload else {
            panic!("{payload:?}");
        };
        assert_eq!((&*other.event_type, other.raw()), (event_type, Some(data)));
    }
    let (payload, _) = read("client.created", r#"{"client_id":"c","cut":"\ud83e"}"#);
    let Payload::Other(other) = payload else {
        panic!("{payload:?}");
    };
    assert_eq!(
        other.json(),
        Some(json!({ "client_id": "c", "cut": "\u{fffd}" }))
    );
}

#[test]
fn what_is_said_of_a_misfit_names_fields_and_no_content() {
    let data = r#"{"ticket_id":"1","title":["canary"],"changes":{"canary":"canary"},"closed_at":"canary"}"#;
    let misfit = Payload::of(&event("ticket.updated", data)).expect_err("it does not fit");
    let said = misfit.to_string();
    let fields = "data.changes.*, data.title, data.closed_at";
    assert_eq!(said, format!("the event does not fit its type: {fields}"));
    assert!(!format!("{misfit:?}").contains("canary"));
    let many =
        r#"{"ticket_id":"1","tags":7,"url":7,"title":7,"status_id":7,"board_id":7,"client_id":7}"#;
    let said = Payload::of(&event("ticket.created", many)).expect_err("it does not fit");
    assert!(said.to_string().ends_with(" and 1 more"), "{said}");
}
