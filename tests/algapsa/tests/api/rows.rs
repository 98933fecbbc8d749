//! What a ticket looks like: in a list, with chosen fields, by its id, and its comments.

use std::collections::HashSet;

use algapsa::Chance;
use algapsa::desk::{Act, Change, Way};
use serde_json::{Value, json};

use super::{Api, after};

fn keys(row: &Value) -> Vec<&str> {
    row.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Does that to the ticket in AlgaPSA's pages.
fn does(api: &mut Api, id: uuid::Uuid, act: Act) {
    let mut dice = Chance::new(5);
    api.installation.change(api.tenant_id, |desk| {
        let ticket = desk.ticket(id).unwrap().clone();
        let change = desk.some_change(&mut dice, (Way::Ui, act), &ticket, after(0));
        desk.save(Way::Ui, id, &[change.expect("it can be done")], after(0))
    });
}

#[test]
fn chosen_fields_come_with_six_that_always_come() {
    let mut api = Api::with(5);
    let always = [
        "assigned_team_id",
        "assigned_to",
        "board_id",
        "client_id",
        "entered_by",
        "status_id",
    ];
    for (fields, extra) in [
        ("title", &["title"][..]),
        (
            "ticket_id,tags,,updated_at",
            &["ticket_id", "tags", "updated_at"],
        ),
        ("status_id", &[]),
        (
            "mobile_list",
            &[
                "ticket_id",
                "ticket_number",
                "title",
                "status_name",
                "status_is_closed",
                "priority_name",
                "assigned_to_name",
                "client_name",
                "contact_name",
                "updated_at",
                "entered_at",
                "closed_at",
                "tags",
            ],
        ),
    ] {
        let list = api.list(&format!("fields={fields}"));
        let expected: HashSet<_> = always.iter().chain(extra).copied().collect();
        let told: HashSet<_> = keys(&list["data"][0]).into_iter().collect();
        assert_eq!(told, expected, "{fields}");
    }
}

#[test]
fn tags_are_in_lists_that_ask_for_them_and_nowhere_else() {
    let mut api = Api::with(5);
    let id = api.those(|_, _| true)[0];
    let tags = ["vip", "a first one"].map(str::to_owned).to_vec();
    api.installation.change(api.tenant_id, |desk| {
        desk.save(Way::Ui, id, &[Change::Tags(tags)], after(0))
    });
    let list = api.list("sort=entered_at&order=asc&fields=ticket_id,tags");
    let told = &list["data"][0]["tags"];
    let texts: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["tag_text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["a first one", "vip"]);
    assert_eq!(
        keys(&told[0]),
        ["background_color", "tag_id", "tag_text", "text_color"]
    );
    assert_eq!(api.list("")["data"][0].get("tags"), None);
    assert_eq!(
        api.get(&format!("/api/v1/tickets/{id}"))["data"].get("tags"),
        None
    );
}

#[test]
fn a_whole_row_and_a_ticket_by_its_id_differ_in_a_few_names() {
    let mut api = Api::with(5);
    let list = api.list("sort=entered_at&order=asc");
    let of_a_list: HashSet<_> = keys(&list["data"][0]).into_iter().collect();
    let id = api.those(|_, _| true)[0];
    let by_id = api.get(&format!("/api/v1/tickets/{id}"));
    let by_id: HashSet<_> = keys(&by_id["data"]).into_iter().collect();
    let only_list: HashSet<_> = of_a_list.difference(&by_id).copied().collect();
    assert_eq!(only_list, HashSet::from(["board_name", "entered_by_name"]));
    for name in ["contact_email", "documents", "description_html"] {
        assert!(by_id.contains(name) && !of_a_list.contains(name), "{name}");
    }
    for name in [
        "due_date",
        "response_state",
        "master_ticket_id",
        "attributes",
        "priority_id",
        "contact_name_id",
    ] {
        assert!(by_id.contains(name) && of_a_list.contains(name), "{name}");
    }
    for name in ["tags", "comments"] {
        assert!(!by_id.contains(name) && !of_a_list.contains(name), "{name}");
    }
}

#[test]
fn a_row_says_what_the_ticket_is_with_times_cut_to_milliseconds() {
    let mut api = Api::with(5);
    let ticket = api.desk().tickets().next().unwrap().clone();
    assert!(
        ticket.entered_at.subsec_nanosecond() % 1_000_000 > 0,
        "the database knows more"
    );
    let row = api.get(&format!("/api/v1/tickets/{}", ticket.id))["data"].clone();
    let name = |id| json!(api.desk().catalogue().name(id));
    assert_eq!(row["status_name"], name(ticket.status));
    assert_eq!(row["client_name"], name(ticket.client));
    assert_eq!(row["status_is_closed"], json!(!api.desk().is_open(&ticket)));
    let told: jiff::Timestamp = row["entered_at"].as_str().unwrap().parse().unwrap();
    let cut = ticket.entered_at.duration_since(told).as_micros();
    assert!((1..1_000).contains(&cut), "{cut} µs");
    assert_eq!(row["entered_at"].as_str().unwrap().len(), 24);
}

#[test]
fn comments_are_listed_whether_published_or_not_and_the_short_form_does_not_say() {
    let mut api = Api::with(30);
    let id = api.those(|_, ticket| ticket.comments.is_empty())[0];
    for act in [
        Act::Reply,
        Act::Note,
        Act::Schedule,
        Act::Schedule,
        Act::Cancel,
    ] {
        does(&mut api, id, act);
    }
    let path = format!("/api/v1/tickets/{id}/comments");
    let whole = api.get(&path);
    let states = |list: &Value| {
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["publish_state"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let expected =
        ["published", "published", "cancelled", "scheduled"].map(|state| Some(state.to_owned()));
    assert_eq!(states(&whole), expected);
    assert!(whole["data"][3]["scheduled_publish_at"].is_string());
    let short = api.get(&format!("{path}?content_format=markdown"));
    assert_eq!(states(&short), vec![None; 4]);
    let part = api.get(&format!("{path}?limit=2&offset=1&order=desc"));
    assert_eq!(
        states(&part),
        [Some("cancelled".to_owned()), Some("published".to_owned())]
    );
    for query in [
        "limit=0",
        "limit=201",
        "offset=-1",
        "order=up",
        "content_format=html",
    ] {
        let refusal = api.refusal(&format!("{path}?{query}"));
        assert_eq!(refusal, (400, "VALIDATION_ERROR".into()), "{query}");
    }
}
