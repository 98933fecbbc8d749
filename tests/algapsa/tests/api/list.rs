//! What a list takes, passes over and refuses.

use algapsa::desk::{Desk, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{Api, sorted, start};

type Is = Box<dyn Fn(&Desk, &Ticket) -> bool>;

fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// Filters, and the tickets that pass them.
fn filters(api: &Api) -> Vec<(String, Is)> {
    let catalogue = api.desk().catalogue().clone();
    let first = api.desk().tickets().next().unwrap().clone();
    let day = start() - SignedDuration::from_hours(24 * 30);
    let (board, person) = (catalogue.boards[1], catalogue.people[2]);
    let (client, status) = (catalogue.clients[3], catalogue.open[2]);
    let name = catalogue.name(client).to_owned();
    let encoded = name.replace('&', "%26").replace(' ', "+");
    vec![
        ("is_open=true".into(), Box::new(Desk::is_open)),
        (
            "is_closed=true".into(),
            Box::new(|desk: &Desk, ticket: &Ticket| !desk.is_open(ticket)),
        ),
        (
            format!("board_id={board}"),
            Box::new(move |_, ticket| ticket.board == board),
        ),
        (
            format!("assigned_to={person}"),
            Box::new(move |_, ticket| ticket.assignee == Some(person)),
        ),
        (
            format!("status_id={status}"),
            Box::new(move |_, ticket| ticket.status == status),
        ),
        (
            format!("status_ids={status},{}", catalogue.closed[0]),
            Box::new(move |_, ticket| {
                ticket.status == status || ticket.status == catalogue.closed[0]
            }),
        ),
        (
            format!("client_id={client}"),
            Box::new(move |_, ticket| ticket.client == client),
        ),
        (
            format!("client_name={encoded}"),
            Box::new(move |_, ticket| ticket.client == client),
        ),
        (
            "has_assignment=true".into(),
            Box::new(|_, ticket| ticket.assignee.is_some()),
        ),
        (
            "has_assignment=false".into(),
            Box::new(|_, ticket| ticket.assignee.is_none()),
        ),
        (
            "title=PRINTER".into(),
            Box::new(|_, ticket| ticket.title.contains("printer")),
        ),
        (
            "tags=VIP,outlook".into(),
            Box::new(|_, ticket| {
                ticket
                    .tags
                    .iter()
                    .any(|tag| ["vip", "outlook"].contains(&tag.text.as_str()))
            }),
        ),
        (
            format!("created_from={}", written(day)),
            Box::new(move |_, ticket| ticket.entered_at >= day),
        ),
        (
            format!("created_to={}", written(day)),
            Box::new(move |_, ticket| ticket.entered_at <= day),
        ),
        (
            format!("closed_from={}", written(day)),
            Box::new(move |_, ticket| ticket.closed_at.is_some_and(|at| at >= day)),
        ),
        (
            format!("updated_from={}", written(day)),
            Box::new(move |_, ticket| ticket.updated_at.unwrap() >= day),
        ),
        (
            format!("updated_to={}", written(day)),
            Box::new(move |_, ticket| ticket.updated_at.unwrap() <= day),
        ),
        (
            format!("entered_from={0}&entered_to={0}", written(first.entered_at)),
            Box::new(move |_, ticket| ticket.id == first.id),
        ),
        (
            format!("is_open=true&board_id={board}"),
            Box::new(move |desk, ticket| desk.is_open(ticket) && ticket.board == board),
        ),
    ]
}

#[test]
fn a_filter_leaves_what_passes_it() {
    let mut api = Api::with(90);
    for (query, is) in filters(&api) {
        let expected = sorted(api.those(is));
        assert!(
            !expected.is_empty() && expected.len() < 90,
            "{query} filters"
        );
        assert_eq!(
            sorted(api.ids(&format!("limit=100&{query}"))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn what_the_api_does_not_know_is_passed_over_and_so_are_false_flags() {
    let mut api = Api::with(90);
    for query in [
        "is_open=false",
        "is_closed=false",
        "is_active=true",
        "is_overdue=true",
        "updated_since=2026-08-24T14:00:00Z",
        "updated_at=2026-08-24",
        "ticket_ids=1,2",
    ] {
        assert_eq!(api.ids(&format!("limit=100&{query}")).len(), 90, "{query}");
    }
}

#[test]
fn a_value_that_cannot_be_is_refused() {
    let mut api = Api::with(3);
    for query in [
        "limit=101",
        "limit=0",
        "limit=many",
        "limit=-1",
        "page=0",
        "page=",
        "order=up",
        "updated_from=2026-08-24T14:00:00%2B00:00",
        "updated_from=2026-08-24T14:00:00+00:00",
        "updated_from=2026-08-24T14:00:00",
        "updated_from=2026-08-24T14:00:00z",
        "updated_from=20260824T140000Z",
        "updated_from=2026-08-24T14Z",
        "updated_from=2026-08-24",
        "updated_from=2026-13-24T14:00:00Z",
        "closed_from=yesterday",
        "created_to=",
        "status_id=open",
        "status_ids=1,2",
        "is_open=1",
        "fields=ticket_id,due_date",
        "fields=priority_id",
    ] {
        let refusal = api.refusal(&format!("/api/v1/tickets?{query}"));
        assert_eq!(refusal, (400, "VALIDATION_ERROR".into()), "{query}");
    }
    let unknown = api.refusal("/api/v1/tickets?sort=nothing");
    assert_eq!(unknown, (500, "INTERNAL_CONFIGURATION".into()));
}

#[test]
fn a_time_may_have_any_fraction_of_a_second() {
    let mut api = Api::with(3);
    for time in [
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00.1Z",
        "2020-01-01T00%3A00%3A00.123456Z",
    ] {
        assert_eq!(api.ids(&format!("created_from={time}")).len(), 3, "{time}");
    }
}

#[test]
fn a_page_says_where_it_is_and_what_was_asked() {
    let mut api = Api::with(30);
    let list = api.list("page=2&limit=7&sort=ticket_id&order=asc&is_open=false&has_assignment=true&x=y&fields=title");
    let total = api.those(|_, ticket| ticket.assignee.is_some()).len();
    let pagination = json!({
        "page": 2, "limit": 7, "total": total, "totalPages": total.div_ceil(7), "hasNext": total > 14, "hasPrev": true,
    });
    assert_eq!(list["pagination"], pagination);
    let meta = json!({
        "sort": "ticket_id", "order": "asc", "filters": { "is_open": false, "has_assignment": true },
    });
    assert_eq!(list["meta"], meta);
    let usual = api.list("");
    assert_eq!(
        usual["meta"],
        json!({ "sort": "created_at", "order": "desc", "filters": {} })
    );
    assert_eq!(
        (
            usual["pagination"]["limit"].as_i64(),
            usual["data"].as_array().unwrap().len()
        ),
        (Some(25), 25)
    );
    assert!(api.ids("page=9").is_empty(), "beyond the last");
}

#[test]
fn a_list_is_in_the_order_that_was_asked_for() {
    let mut api = Api::with(60);
    let mut by_id = |query: &str| api.ids(&format!("limit=100&{query}"));
    let oldest = by_id("sort=entered_at&order=asc");
    let mut newest = by_id("");
    newest.reverse();
    assert_eq!(oldest, newest);
    assert_eq!(by_id("sort=ticket_id&order=asc"), sorted(oldest.clone()));
    let made = api.those(|_, _| true);
    assert_eq!(oldest, made);
}

#[test]
fn what_has_no_value_comes_last_and_first_the_other_way_round() {
    let mut api = Api::with(60);
    let closed = api.those(|_, ticket| ticket.closed_at.is_some()).len();
    let has_time = |api: &Api, id: &Uuid| api.desk().ticket(*id).unwrap().closed_at.is_some();
    let rising = api.ids("limit=100&sort=closed_at&order=asc");
    let falling = api.ids("limit=100&sort=closed_at&order=desc");
    assert!(rising[..closed].iter().all(|id| has_time(&api, id)));
    assert!(falling[..60 - closed].iter().all(|id| !has_time(&api, id)));
}
