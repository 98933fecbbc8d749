//! What is announced and what is remembered.

use algapsa::desk::{Change, Way};
use algapsa::ticket_api::Mood;
use algapsa::{Chance, TENANT};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::filter::Filter;
use support::in_process::reports;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn the_first_run_only_remembers_and_the_third_announces_what_the_second_has_found() {
    let world = World::idle(40).await;
    let _ = reports::take();
    let first = world.run(NINE).await;
    assert!(first.is_first && first.not_whole.is_none());
    let lines = reports::take();
    assert_eq!(lines[0]["outcome"], "first scan");
    assert_eq!(reports::sum(&lines, "Unannounced"), 0);

    let open = world.open();
    world.change(NINE + HOUR, |desk| {
        let (status, urgent) = (desk.catalogue().closed[0], desk.catalogue().priorities[3]);
        let changes = [Change::Status(status)];
        let mut happened = desk.save(Way::Workflow, open[0], &changes, NINE + HOUR);
        happened.extend(desk.save(
            Way::Workflow,
            open[1],
            &[Change::Priority(urgent)],
            NINE + HOUR,
        ));
        happened
    });
    let second = world.run(NINE + HOUR + MINUTE).await;
    assert_eq!(
        second.waiting.len(),
        2,
        "only the chosen columns are shown: {second:?}"
    );
    assert_eq!(world.kept(open[0]).await, [""; 0]);
    let _ = reports::take();
    let now = NINE + HOUR + 2 * MINUTE;
    let third = world.run(now).await;
    let ran = third.ran.expect("it was whole");
    assert_eq!(ran.announced, 2);
    let lines = reports::take();
    assert_eq!(reports::sum(&lines, "Unannounced"), 2);
    assert_eq!(reports::sum(&lines, "ReconcileCalls"), u64::from(ran.calls));

    let kept = world.kept(open[0]).await;
    assert_eq!(kept.len(), 2);
    for envelope in &kept {
        assert_eq!(envelope["unannounced"], true);
        assert_eq!(envelope["tenant_id"], TENANT);
        let data = &envelope["data"];
        assert_eq!(data["ticket_id"], open[0].to_string());
        assert_eq!(data["is_closed"], true);
        assert_eq!(data["status_name"], "Closed");
        assert!(
            data["tags"].is_array() && data["closed_at"].is_string(),
            "{data}"
        );
        let occurred_at = envelope["occurred_at"].as_str().expect("a time");
        let occurred_at: Timestamp = occurred_at.parse().expect("a time");
        assert!(
            now <= occurred_at && occurred_at < now + MINUTE,
            "{occurred_at}"
        );
    }
    let changed = &kept[1]["data"];
    assert!(changed["previous_status_id"].is_string(), "{changed}");
    // The priority is shown by this run, and told by the next.
    world.run(now + MINUTE).await;
    let told = world.kept(open[1]).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["event_type"], "ticket.updated");
    let change = &told[0]["data"]["changes"]["priority_id"];
    assert_eq!(change["new"], told[0]["data"]["priority_id"]);
    let again = world.run(now + 2 * MINUTE).await;
    assert_eq!((again.waiting, again.unannounced), (vec![], vec![]));
}

#[tokio::test]
async fn what_came_and_went_within_the_grace_is_not_told() {
    let world = World::with(40, |settings| settings.grace = 3 * HOUR).await;
    world.run(NINE).await;
    let ticket = world.open()[0];
    let statuses = world.statuses(ticket);
    let (before, other) = (statuses[0], statuses[1]);
    for (hour, status) in [(1, other), (2, before)] {
        let at = NINE + hour * HOUR;
        world.change(at, |desk| {
            desk.save(Way::Workflow, ticket, &[Change::Status(status)], at)
        });
        world.run(at + MINUTE).await;
    }
    for hour in 3..8 {
        let run = world.run(NINE + hour * HOUR).await;
        assert_eq!(run.unannounced, []);
    }
    assert_eq!(world.kept(ticket).await, [""; 0]);
}

/// A run looks at a ticket some seconds earlier or later in its hour than the run that found the difference.
#[tokio::test]
async fn a_grace_of_three_runs_is_over_at_the_third_whatever_the_seconds_and_no_quarter_before() {
    let world = World::with(40, |settings| settings.grace = 3 * HOUR).await;
    world.run(NINE).await;
    let ticket = world.open()[0];
    let (other, at) = (world.statuses(ticket)[1], NINE + 30 * MINUTE);
    world.change(at, |desk| {
        desk.save(Way::Workflow, ticket, &[Change::Status(other)], at)
    });
    let found_at = NINE + HOUR + SignedDuration::from_secs(40);
    assert_eq!(world.run(found_at).await.waiting.len(), 1);
    let early = world.run(found_at + 3 * HOUR - 15 * MINUTE).await;
    assert_eq!((early.waiting.len(), early.unannounced.len()), (1, 0));
    let third = world.run(NINE + 4 * HOUR).await;
    assert_eq!((third.waiting.len(), third.unannounced.len()), (0, 1));
}

#[tokio::test]
async fn a_memory_that_is_damaged_makes_a_first_run_and_says_so() {
    let world = World::idle(20).await;
    world.run(NINE).await;
    for broken in [&b"no scan"[..], b""] {
        world.table.put_object("reconciler/tickets", broken).await;
        let _ = reports::take();
        let run = world.run(NINE + HOUR).await;
        assert!(run.is_first && run.lost.is_some(), "{run:?}");
        assert_eq!(run.not_whole, None);
        assert_eq!(reports::sum(&reports::take(), "ReconcileStateLost"), 1);
    }
    assert!(!world.run(NINE + 2 * HOUR).await.is_first);
}

#[tokio::test]
async fn only_what_is_watched_is_read_and_told() {
    let world = World::idle(40).await;
    let open = world.open();
    let ids = format!("{},{},not-a-ticket", open[0], open[1]);
    let world = World {
        settings: reconciler::Settings {
            filter: Filter::new(&ids, "ticket.closed,ticket.deleted"),
            ..world.settings.clone()
        },
        ..world
    }
    .restarted();
    let first = world.run(NINE).await;
    assert_eq!(first.not_whole, None);
    assert_eq!(first.ran.expect("it was whole").calls, 3, "one for each id");
    world.change(NINE + HOUR, |desk| {
        let closed = desk.catalogue().closed[0];
        let close = |id| desk.save(Way::Workflow, id, &[Change::Status(closed)], NINE + HOUR);
        [open[0], open[2]].into_iter().flat_map(close).collect()
    });
    world.change(NINE + HOUR, |desk| {
        desk.save(Way::Api, open[1], &[Change::Delete], NINE + HOUR)
    });
    for minute in 1..4 {
        assert_eq!(
            world.run(NINE + HOUR + minute * MINUTE).await.not_whole,
            None
        );
    }
    assert_eq!(world.types(open[0]).await, ["ticket.closed"]);
    assert_eq!(world.types(open[1]).await, ["ticket.deleted"]);
    assert_eq!(world.types(open[2]).await, [""; 0]);
    let gone = &world.kept(open[1]).await[0]["data"];
    assert_ne!(gone["title"], json!(null), "as it was last");
}

#[tokio::test]
async fn without_a_key_of_its_own_it_uses_the_one_for_tickets() {
    let world = World::idle(10).await;
    let own = world.table.signing_secret_id.clone(); // has no value
    let tickets = shared::alga_api::Location::new(&world.api.url, own).expect("a URL");
    let world = World {
        settings: reconciler::Settings {
            tickets: tickets.or_key(Some(world.table.ticket_api_secret_id.clone())),
            ..world.settings.clone()
        },
        ..world
    }
    .restarted();
    assert_eq!(world.run(NINE).await.not_whole, None);
}

#[tokio::test]
async fn what_changed_twice_within_the_grace_is_told_with_what_was_before_both() {
    let world = World::with(40, |settings| settings.grace = 3 * HOUR).await;
    world.run(NINE).await;
    let ticket = world.open()[0];
    let statuses = world.statuses(ticket);
    // At ten it has the second, at eleven the third, and at twelve the second again.
    for (hour, status) in [(1, statuses[1]), (2, statuses[2]), (3, statuses[1])] {
        let at = NINE + hour * HOUR;
        let change = [Change::Status(status)];
        world.change(at, |desk| desk.save(Way::Workflow, ticket, &change, at));
        world.run(at + MINUTE).await;
    }
    for hour in 4..9 {
        world.run(NINE + hour * HOUR).await;
    }
    let kept = world.kept(ticket).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    let data = &kept[0]["data"];
    assert_eq!(data["previous_status_id"], statuses[0].to_string());
    assert_eq!(data["status_id"], statuses[1].to_string());
}

/// The event does not say what has changed, and is near enough to belong to what only the next scan shows. But it has
/// explained what this one shows.
#[tokio::test]
async fn a_change_right_after_a_scan_is_not_explained_by_an_event_before_it() {
    let world = World::idle(40).await;
    world.run(NINE).await;
    let ticket = world.open()[0];
    let clients = world.api.desk(|desk| {
        let is_now = desk.ticket(ticket).expect("it is there").client;
        let mut clients = desk.catalogue().clients.clone();
        clients.retain(|client| *client != is_now);
        clients
    });
    let ten = NINE + HOUR;
    let (before, after) = (ten - MINUTE, ten + MINUTE);
    let change = [Change::Client(clients[0])];
    world
        .tells(before, |desk| desk.save(Way::Ui, ticket, &change, before))
        .await;
    let run = world.run(ten).await;
    assert_eq!(run.waiting, [], "the event explains it");
    // The event of this one is lost.
    let change = [Change::Client(clients[1])];
    world.change(after, |desk| desk.save(Way::Ui, ticket, &change, after));
    for minute in 2..4 {
        world.run(ten + minute * MINUTE).await;
    }
    assert_eq!(world.types(ticket).await, ["ticket.updated"; 2]);
}

#[tokio::test]
async fn a_closed_ticket_is_looked_at_in_each_view_once_it_was_touched() {
    let world = World::idle(40).await;
    world.run(NINE).await;
    let ticket = world.closed()[0];
    // Seen in the second scan, which shows the columns that can be chosen, and not the priority.
    let at = NINE + 30 * MINUTE;
    world.change(at, |desk| {
        let priority = desk.ticket(ticket).expect("it is there").priority;
        let mut others = desk.catalogue().priorities.iter();
        let other = *others
            .find(|other| **other != priority)
            .expect("there are several");
        desk.save(Way::Workflow, ticket, &[Change::Priority(other)], at)
    });
    for hour in 1..4 {
        assert_eq!(world.run(NINE + hour * HOUR).await.not_whole, None);
    }
    assert_eq!(world.types(ticket).await, ["ticket.updated"]);
}

/// Chosen fields do not name the tenant, and the first scan had no row that does.
#[tokio::test]
async fn a_desk_without_tickets_is_whole_and_its_first_one_is_found() {
    let world = World::idle(0).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let mut ticket = Uuid::nil();
    let at = NINE + MINUTE;
    world.change(at, |desk| {
        let draft = desk.draft(&mut Chance::new(3));
        let created = desk.create(Way::Workflow, draft, at);
        ticket = created.ticket_id;
        vec![created]
    });
    for hour in 1..3 {
        assert_eq!(world.run(NINE + hour * HOUR).await.not_whole, None);
    }
    assert_eq!(world.types(ticket).await, ["ticket.created"]);
}

#[tokio::test]
async fn a_key_that_may_read_none_of_the_watched_is_not_whole() {
    let world = World::with(10, |settings| {
        settings.filter = Filter::new("3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31", "");
    });
    let world = world.await;
    world.api.becomes(Mood::Status(403));
    let why = world.run(NINE).await.not_whole.expect("it is not whole");
    assert!(why.contains("none of the watched tickets"), "{why}");
}
