//! Saves of several fields, and such as are rolled back; what they write next to the fields.

use algapsa::desk::{Act, Change, Difference, Field, Happened, Way, Words};
use jiff::SignedDuration;
use serde_json::json;

use super::{World, after};

fn types(happened: &Happened) -> Vec<&str> {
    let announced = happened.announced.iter();
    announced
        .map(|announced| announced.event_type.trim_start_matches("ticket."))
        .collect()
}

fn fields(happened: &Happened) -> Vec<Field> {
    happened
        .differences
        .iter()
        .map(|difference| difference.field)
        .collect()
}

/// The columns that the last event names.
fn named(happened: &Happened) -> Vec<String> {
    let last = happened.announced.last().expect("it is announced");
    let changes = last.adds("changes").and_then(|changes| changes.as_object());
    changes
        .into_iter()
        .flat_map(|changes| changes.keys().cloned())
        .collect()
}

#[test]
fn one_save_sends_one_event_that_names_part_of_it_and_one_more_if_the_status_changes() {
    for (way, acts, told, names) in [
        (
            Way::Ui,
            &[Act::Title, Act::DueDate][..],
            &["updated"][..],
            &["title"][..],
        ),
        (Way::Ui, &[Act::Assign, Act::Priority], &["assigned"], &[]),
        (
            Way::Ui,
            &[Act::Status, Act::Assign],
            &["status_changed", "assigned"],
            &[],
        ),
        (
            Way::Ui,
            &[Act::Close, Act::Assign],
            &["status_changed", "closed"],
            &[],
        ),
        (
            Way::Ui,
            &[Act::Status, Act::Client],
            &["status_changed", "updated"],
            &["status_id"],
        ),
        (
            Way::Api,
            &[Act::Assign, Act::Client],
            &["updated"],
            &["assigned_to"],
        ),
        (
            Way::Api,
            &[Act::Priority, Act::Close],
            &["closed", "updated"],
            &["priority_id", "status_id"],
        ),
    ] {
        let mut world = World::new();
        let id = world.open().id;
        let changes: Vec<_> = acts.iter().map(|act| world.change(way, *act, id)).collect();
        let happened = world.desk.save(way, id, &changes, after(1)).remove(0);
        assert_eq!(happened.acts, acts);
        assert_eq!(types(&happened), told, "{way:?} {acts:?}");
        assert_eq!(named(&happened), names, "{way:?} {acts:?}");
        let closes = usize::from(acts.contains(&Act::Close));
        assert_eq!(
            happened.differences.len(),
            acts.len() + closes,
            "all of it has changed"
        );
    }
}

#[test]
fn a_difference_says_what_was_and_what_is() {
    let mut world = World::new();
    let ticket = world.open();
    let happened = world.does(Way::Ui, Act::Priority, ticket.id);
    let is = world.desk.ticket(ticket.id).unwrap().priority;
    assert_ne!(is, ticket.priority);
    let expected = Difference {
        field: Field::Priority,
        before: json!(ticket.priority.to_string()),
        after: json!(is.to_string()),
    };
    assert_eq!(happened.differences, [expected]);
    let changes = happened.announced[0].adds("changes").unwrap();
    let told = json!({ "priority_id": { "previous": ticket.priority.to_string(), "new": is.to_string() } });
    assert_eq!(*changes, told);
}

#[test]
fn a_teams_lead_becomes_the_assignee_of_a_ticket_that_has_none() {
    let mut world = World::new();
    let ticket = world.ticket(|desk, ticket| desk.is_open(ticket) && ticket.assignee.is_none());
    let team = world.desk.catalogue().teams[1];
    let happened = world
        .desk
        .save(
            Way::Api,
            ticket.id,
            &[Change::Team(Some(team.id))],
            after(1),
        )
        .remove(0);
    assert_eq!(fields(&happened), [Field::Assignee, Field::Team]);
    assert_eq!(
        world.desk.ticket(ticket.id).unwrap().assignee,
        Some(team.lead)
    );
}

#[test]
fn some_that_close_a_ticket_or_open_it_again_write_less_than_others() {
    for (closes, opens, time, flag, time_again) in [
        (Way::Ui, Way::Ui, true, true, false),
        (Way::Api, Way::Mail, true, true, false),
        (Way::Workflow, Way::Workflow, true, false, true),
        (Way::Rmm, Way::Ui, false, false, false),
        (Way::Activities, Way::Activities, false, false, false),
        (Way::Portal, Way::Activities, true, true, true),
    ] {
        let mut world = World::new();
        let id = world.open().id;
        world.does(closes, Act::Close, id);
        let closed = world.desk.ticket(id).unwrap();
        assert!(!world.desk.is_open(closed), "its status is what counts");
        assert_eq!(closed.closed_at.is_some(), time, "{closes:?}");
        assert_eq!(closed.is_closed, flag, "{closes:?}");
        world.does(opens, Act::Reopen, id);
        let open = world.desk.ticket(id).unwrap();
        assert!(world.desk.is_open(open));
        assert_eq!(
            open.closed_at.is_some(),
            time_again,
            "{closes:?}, {opens:?}"
        );
    }
}

#[test]
fn updated_at_goes_to_the_start_of_an_api_call_and_to_what_a_browser_says() {
    let seconds = |way, act| {
        let mut world = World::new();
        let id = world.open().id;
        let mut seconds = Vec::new();
        for _ in 0..50 {
            let happened = world.does(way, act, id);
            let updated_at = world.desk.ticket(id).unwrap().updated_at.unwrap();
            seconds.push(happened.at.duration_since(updated_at).as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        (seconds[0], seconds[49])
    };
    let (least, most) = seconds(Way::Api, Act::Title);
    assert!(
        (0.0..1.0).contains(&least) && (2.0..=3.0).contains(&most),
        "{least} to {most}"
    );
    let (least, most) = seconds(Way::Ui, Act::Describe);
    assert!(
        (-180.0..-60.0).contains(&least) && (60.0..180.0).contains(&most),
        "{least} to {most}"
    );
    assert_eq!(seconds(Way::Workflow, Act::Title), (0.0, 0.0));
}

#[test]
fn a_rollback_leaves_what_went_out_before_and_changes_nothing() {
    for (way, acts, told) in [
        (
            Way::Ui,
            &[Act::Close, Act::Assign][..],
            &["status_changed"][..],
        ),
        (Way::Ui, &[Act::Priority], &[]),
        (Way::Api, &[Act::Close], &["closed", "updated"]),
        (Way::Portal, &[Act::Reply], &["comment.added"]),
    ] {
        let mut world = World::new();
        let ticket = world.open();
        let changes: Vec<_> = acts
            .iter()
            .map(|act| world.change(way, *act, ticket.id))
            .collect();
        let happened = world.desk.roll_back(way, ticket.id, &changes, after(1));
        assert_eq!(types(&happened), told, "{way:?} {acts:?}");
        assert!(happened.was_rolled_back && !happened.moved_updated_at);
        assert_eq!(happened.differences, []);
        assert_eq!(**world.desk.ticket(ticket.id).unwrap(), *ticket);
    }
}

#[test]
fn a_comment_says_whose_turn_it_is_and_a_scheduled_one_does_not() {
    let mut world = World::new();
    let id = world.open().id;
    let author = world.desk.catalogue().people[0];
    let words = |author, minutes: Option<i64>| {
        Change::Comment(Words {
            text: "Any news?".into(),
            author,
            is_internal: false,
            scheduled_for: minutes.map(|minutes| after(0) + SignedDuration::from_mins(minutes)),
        })
    };
    for (change, expected) in [
        (words(None, None), "awaiting_internal"),
        (words(Some(author), Some(5)), "awaiting_internal"),
        (words(Some(author), None), "awaiting_client"),
    ] {
        let at = world.now();
        world.desk.save(Way::Ui, id, &[change], at);
        assert_eq!(
            world.desk.ticket(id).unwrap().response_state,
            Some(expected)
        );
    }
}

#[test]
fn a_deleted_ticket_is_gone_and_a_renamed_client_changes_none() {
    let mut world = World::new();
    let ticket = world.open();
    let count = world.desk.len();
    let client = ticket.client;
    world.desk.rename(client, "Another Name");
    assert_eq!(world.desk.catalogue().name(client), "Another Name");
    assert_eq!(**world.desk.ticket(ticket.id).unwrap(), *ticket);
    let happened = world.does(Way::Ui, Act::Delete, ticket.id);
    assert_eq!(fields(&happened), [Field::Existence]);
    assert!(world.desk.ticket(ticket.id).is_none());
    assert_eq!(world.desk.tickets().count(), count - 1);
}

#[test]
#[should_panic = "Delete does not happen by the way Portal"]
fn what_is_not_in_the_table_does_not_happen() {
    let mut world = World::new();
    let id = world.open().id;
    world.does(Way::Portal, Act::Delete, id);
}
