//! How reading page by page goes wrong while tickets change, and how it does not.

use std::collections::HashSet;

use algapsa::desk::{Change, Desk, Way};
use uuid::Uuid;

use super::{Api, after};

/// All open tickets, each page from where the last one ended. `between` is called after each page.
fn by_keyset(api: &mut Api, mut between: impl FnMut(&mut Api)) -> (Vec<Uuid>, usize) {
    let (mut seen, mut from, mut calls) = (Vec::new(), "2000-01-01T00:00:00Z".to_owned(), 0);
    loop {
        let list = api.list(&format!(
            "is_open=true&sort=entered_at&order=asc&limit=100&created_from={from}&fields=ticket_id,entered_at"
        ));
        calls += 1;
        let page = super::ids(&list);
        seen.extend(
            page.iter()
                .filter(|id| !seen.contains(*id))
                .copied()
                .collect::<Vec<_>>(),
        );
        if page.len() < 100 {
            return (seen, calls);
        }
        let entered_at = list["data"][99]["entered_at"].as_str().unwrap();
        entered_at.clone_into(&mut from);
        between(api);
    }
}

#[test]
fn a_ticket_that_is_touched_between_two_pages_makes_another_one_slip_through() {
    let mut api = Api::with(300);
    let query = "sort=updated_at&order=asc&limit=100";
    let mut seen = api.ids(&format!("{query}&page=1"));
    let (touched, slips) = (seen[50], api.ids(&format!("{query}&page=2"))[0]);
    api.installation.change(api.tenant_id, |desk| {
        desk.save(
            Way::Workflow,
            touched,
            &[Change::Title("New".into())],
            after(1),
        )
    });
    seen.extend(api.ids(&format!("{query}&page=2")));
    seen.extend(api.ids(&format!("{query}&page=3")));
    assert!(!seen.contains(&slips));
    assert_eq!(
        seen.iter().collect::<HashSet<_>>().len(),
        299,
        "and the touched one is there twice"
    );
}

#[test]
fn a_keyset_by_entry_sees_every_ticket_that_stays_open() {
    let mut api = Api::with(600);
    let open = api.those(Desk::is_open);
    let closed = api.desk().catalogue().closed[0];
    let mut going = open.iter().copied().step_by(7);
    let mut gone = HashSet::new();
    let (seen, calls) = by_keyset(&mut api, |api| {
        let ids: Vec<_> = going.by_ref().take(20).collect();
        for id in ids {
            gone.insert(id);
            api.installation.change(api.tenant_id, |desk| {
                desk.save(Way::Ui, id, &[Change::Status(closed)], after(1))
            });
        }
    });
    let seen: HashSet<_> = seen.into_iter().collect();
    let missing: Vec<_> = open
        .iter()
        .filter(|id| !seen.contains(*id) && !gone.contains(*id))
        .collect();
    assert_eq!(missing, Vec::<&Uuid>::new());
    // Each page repeats the last row of the one before it.
    assert!(
        (4..=5).contains(&calls),
        "{calls} calls for {} tickets",
        open.len()
    );
}

/// A page of a hundred cannot get beyond them: the next one begins with the same again.
#[test]
fn an_import_of_more_than_a_page_needs_its_second_page() {
    let mut api = Api::with(20);
    api.installation.change(api.tenant_id, |desk| {
        let mut chance = algapsa::Chance::new(3);
        let drafts = (0..150).map(|_| {
            let mut draft = desk.draft(&mut chance);
            draft.entered_at = Some(after(5));
            draft
        });
        let drafts: Vec<_> = drafts.collect();
        drafts
            .into_iter()
            .map(|draft| desk.create(Way::Import, draft, after(5)))
            .collect()
    });
    let query = "limit=100&sort=entered_at&order=asc&created_from=2026-08-24T15:00:05.000Z";
    let list = api.list(&format!("{query}&fields=ticket_id,entered_at"));
    assert_eq!(
        list["data"][0]["entered_at"],
        list["data"][99]["entered_at"]
    );
    assert_eq!(list["pagination"]["total"], 150);
    let page = |api: &mut Api, number| api.ids(&format!("{query}&page={number}"));
    assert_eq!(
        (page(&mut api, 1).len(), page(&mut api, 2).len()),
        (100, 50)
    );
}

#[test]
fn what_is_alike_comes_in_another_order_each_time() {
    let mut api = Api::with(90);
    let query = "sort=priority_name&order=asc&limit=100";
    let (first, second) = (api.ids(query), api.ids(query));
    assert_ne!(first, second);
    assert_eq!(super::sorted(first), super::sorted(second));
    let constant = "sort=ticket_id&order=asc&limit=100";
    assert_eq!(api.ids(constant), api.ids(constant));
}
