//! What events say of a ticket.

use std::collections::HashSet;

use algapsa::desk::{Act, Desk, Way};
use algapsa::{Data, Event, Ticket};
use serde_json::{Value, json};

use super::{World, start};

fn field<'a>(event: &'a Event, name: &str) -> &'a Value {
    let Data(fields) = &event.data;
    let found = fields.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("{name} is there")).1
}

fn keys(event: &Event) -> Vec<&str> {
    event.data.0.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn an_event_has_the_keys_of_a_sample_in_its_order() {
    for (act, event_type) in [
        (Act::Priority, "ticket.updated"),
        (Act::Status, "ticket.status_changed"),
        (Act::Assign, "ticket.assigned"),
        (Act::Reply, "ticket.comment.added"),
        (Act::Close, "ticket.closed"),
    ] {
        let mut world = World::new();
        let id = world.open().id;
        let happened = world.does(Way::Ui, act, id);
        let told = happened
            .announced
            .iter()
            .find(|announced| announced.event_type == event_type);
        let told = told.expect("it is announced").event();
        let sample = Ticket::new("Sample").event(event_type, 1);
        assert_eq!(keys(&told), keys(&sample), "{event_type}");
        assert_eq!(told.event_type, event_type);
        assert_eq!(told.tenant_id, sample.tenant_id);
    }
}

#[test]
fn an_event_says_how_the_ticket_is_and_who_is_meant() {
    let mut world = World::new();
    let ticket = world.ticket(|desk, ticket| {
        desk.is_open(ticket)
            && ticket.assignee.is_some()
            && ticket.contact.is_some()
            && !ticket.comments.is_empty()
    });
    let event = world.does(Way::Ui, Act::Title, ticket.id).announced[0].event();
    let ticket = world.desk.ticket(ticket.id).unwrap();
    let catalogue = world.desk.catalogue();
    let name = |id| json!(catalogue.name(id));
    assert_eq!(*field(&event, "title"), json!(ticket.title));
    assert_eq!(*field(&event, "status_name"), name(ticket.status));
    assert_eq!(*field(&event, "client_name"), name(ticket.client));
    assert_eq!(
        *field(&event, "assigned_to_name"),
        name(ticket.assignee.unwrap())
    );
    let contact = catalogue.contact(ticket.contact.unwrap()).unwrap();
    assert_eq!(*field(&event, "contact_email"), json!(contact.email));
    assert_eq!(contact.client, ticket.client);
    let thread = field(&event, "comments").as_array().unwrap();
    assert_eq!(thread.len(), ticket.comments.len());
}

/// Half of the events that are published inside the transaction are built before its commit.
#[test]
fn what_is_published_before_the_commit_may_say_what_was_and_what_is_published_after_it_does_not() {
    let (mut old, mut new) = (0, 0);
    let mut world = World::new();
    let id = world.open().id;
    for _ in 0..40 {
        let before = world.desk.ticket(id).unwrap().status.to_string();
        let happened = world.does(Way::Ui, Act::Status, id);
        let after = world.desk.ticket(id).unwrap().status.to_string();
        let (changed, updated) = (happened.announced[0].event(), happened.announced[1].event());
        assert_eq!(*field(&changed, "previous_status_id"), json!(before));
        assert_eq!(*field(&updated, "status_id"), json!(after));
        assert!(changed.occurred_at <= happened.at && updated.occurred_at >= happened.at);
        if *field(&changed, "status_id") == json!(before) {
            old += 1;
        } else {
            new += 1;
        }
    }
    assert!(old > 5 && new > 5, "{old} and {new}");
}

#[test]
fn a_thread_lists_what_is_not_published_and_nothing_tells() {
    let mut world = World::new();
    let id = world.open().id;
    world.does(Way::Ui, Act::Schedule, id);
    let event = world.does(Way::Ui, Act::Title, id).announced[0].event();
    let thread = field(&event, "comments").as_array().unwrap();
    let scheduled = thread.last().unwrap().as_object().unwrap();
    assert_eq!(scheduled["is_internal"], json!(false));
    let keys: Vec<_> = scheduled.keys().map(String::as_str).collect();
    let known = [
        "author",
        "comment_id",
        "created_at",
        "is_internal",
        "is_resolution",
        "text",
        "updated_at",
    ];
    assert_eq!(keys, known);
}

#[test]
fn a_comment_is_told_when_it_is_published_with_its_words() {
    let mut world = World::new();
    let id = world.open().id;
    world.does(Way::Ui, Act::Schedule, id);
    let text = world
        .desk
        .ticket(id)
        .unwrap()
        .comments
        .last()
        .unwrap()
        .text
        .clone();
    world.does(Way::Ui, Act::Note, id);
    let happened = world.does(Way::Scheduler, Act::Publish, id);
    let event = happened.announced[0].event();
    assert_eq!(field(&event, "comment")["text"], json!(text));
    assert_eq!(
        field(&event, "comment")["timestamp"],
        json!(format!("{:.3}", happened.at))
    );
}

/// An RMM closes a ticket, but the flag that events take their `is_closed` from stays.
#[test]
fn an_event_may_say_open_of_a_ticket_that_is_closed() {
    let mut world = World::new();
    let id = world.open().id;
    world.does(Way::Rmm, Act::Close, id);
    let event = world.does(Way::Ui, Act::Note, id).announced[0].event();
    assert_eq!(*field(&event, "is_closed"), json!(false));
    let closed = &world.desk.catalogue().closed;
    assert!(
        closed
            .iter()
            .any(|id| *field(&event, "status_id") == json!(id.to_string()))
    );
}

#[test]
fn the_same_seed_makes_the_same_desk_and_another_one_does_not() {
    let told = |seed| {
        let desk = Desk::with_tickets(seed, 100, start());
        assert_eq!(desk.len(), 100);
        desk.tickets()
            .map(|ticket| format!("{ticket:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}

#[test]
fn a_desk_has_open_and_closed_tickets_of_the_last_months() {
    let desk = Desk::with_tickets(3, 600, start());
    let open = desk.tickets().filter(|ticket| desk.is_open(ticket)).count();
    assert!((350..450).contains(&open), "{open}");
    let ids = desk.tickets().flat_map(|ticket| {
        let tags = ticket.tags.iter().map(|tag| tag.id);
        let comments = ticket.comments.iter().map(|comment| comment.id);
        [ticket.id]
            .into_iter()
            .chain(tags)
            .chain(comments)
            .collect::<Vec<_>>()
    });
    let ids: Vec<_> = ids.collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let mut entered: Vec<_> = desk.tickets().map(|ticket| ticket.entered_at).collect();
    assert!(entered.is_sorted());
    entered.dedup();
    assert_eq!(entered.len(), 600);
    for ticket in desk.tickets() {
        assert_eq!(ticket.closed_at.is_some(), !desk.is_open(ticket));
        assert!(ticket.updated_at.unwrap() >= ticket.entered_at);
        assert!(ticket.entered_at < start());
    }
}
