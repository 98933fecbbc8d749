//! What was told and is taken back without an event, before a scan could see it.

use algapsa::desk::{Change, Way};
use algapsa::{Chance, TENANT};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::event::Event;
use support::in_process::Break;
use uuid::Uuid;

use super::{HOUR, MINUTE, NINE, World};

impl World {
    /// An event that AlgaPSA would not send of the ticket as it is, or not yet.
    pub(super) async fn gets(
        &self,
        ticket: Uuid,
        event_type: &str,
        at: Timestamp,
        mut data: Value,
    ) {
        data["ticket_id"] = json!(ticket.to_string());
        let envelope = json!({
            "event_id": Uuid::from_u128(at.as_nanosecond().unsigned_abs()).to_string(),
            "event_type": event_type,
            "occurred_at": format!("{at:.3}"),
            "tenant_id": TENANT,
            "data": data,
        });
        let event = Event::parse(envelope.to_string().into(), at).expect("it can be read");
        let kept = self.inbox.admit(&event, None, at).await;
        kept.expect("it can be kept");
    }

    /// The two of a close. A webhook's payload may leave out whether the ticket is closed.
    pub(super) async fn gets_the_close(
        &self,
        ticket: Uuid,
        at: Timestamp,
        is_closed: Option<bool>,
    ) {
        let [open, closed] = self.open_and_closed().map(|status| status.to_string());
        let data = json!({ "status_id": closed, "previous_status_id": open });
        self.gets(ticket, "ticket.status_changed", at, data).await;
        let later = at + SignedDuration::from_millis(5);
        let mut data = json!({ "status_id": closed });
        if let Some(is_closed) = is_closed {
            data["is_closed"] = is_closed.into();
        }
        self.gets(ticket, "ticket.closed", later, data).await;
    }

    /// Its priority, and another one.
    fn priorities(&self, ticket: Uuid) -> [Uuid; 2] {
        self.api.desk(|desk| {
            let is_now = desk.ticket(ticket).expect("it is there").priority;
            let mut others = desk.catalogue().priorities.iter();
            let other = others.find(|other| **other != is_now);
            [is_now, *other.expect("there are several")]
        })
    }

    /// Its priority is changed by the API, which names it, and silently changed back ten minutes later.
    async fn is_taken_back(&self, ticket: Uuid, [before, other]: [Uuid; 2], minute: i32) {
        let at = NINE + minute * MINUTE;
        let happened = self.saves(Way::Api, ticket, Change::Priority(other), at);
        self.keeps(&happened, at).await;
        self.misses(ticket, Change::Priority(before), at + 10 * MINUTE);
    }
}

/// No two scans differ, but whoever listens takes it for closed. The events may come after a scan has seen the ticket.
#[tokio::test]
async fn what_is_told_and_silently_taken_back_before_a_scan_is_announced_once() {
    for kept_at in [10, 90] {
        let (world, ticket) = World::scanned(0).await;
        let happened = world.is_closed(ticket, NINE + 10 * MINUTE);
        world.is_opened_by_mail(ticket, NINE + 25 * MINUTE);
        world
            .runs_at((60..64).filter(|minute| *minute < kept_at))
            .await;
        world.keeps(&happened, NINE + kept_at * MINUTE).await;
        world
            .runs_at((60..64).filter(|minute| *minute > kept_at))
            .await;
        world.runs_at([120, 121, 122, 180, 240, 300]).await;
        let when = format!("the events are kept after {kept_at} min");
        world.is_told_to_be_open(ticket, &when).await;
    }
}

#[tokio::test]
async fn what_is_told_and_taken_back_by_what_is_told_as_well_needs_no_more() {
    let (world, ticket) = World::scanned(0).await;
    let open = world.statuses(ticket)[0];
    let happened = world.is_closed(ticket, NINE + 10 * MINUTE);
    world.keeps(&happened, NINE + 10 * MINUTE).await;
    world
        .hears(ticket, Change::Status(open), NINE + 25 * MINUTE)
        .await;
    // It is touched by something else.
    let title = Change::Title("Another".to_owned());
    world.misses(ticket, title, NINE + 30 * MINUTE);
    world.runs_at([60, 61, 120, 121, 180]).await;
    assert_eq!(
        world.own_types(ticket).await,
        ["ticket.updated"],
        "of the title"
    );
}

/// The ticket itself is announced first, and with it who it is assigned to.
#[tokio::test]
async fn what_a_ticket_is_announced_with_needs_no_more() {
    let (world, _) = World::scanned(3).await;
    let at = NINE + 5 * MINUTE;
    let mut ticket = Uuid::nil();
    world.change(at, |desk| {
        let draft = desk.draft(&mut Chance::new(3));
        let created = desk.create(Way::Workflow, draft, at);
        ticket = created.ticket_id;
        vec![created]
    });
    let [one, other] = world.others(ticket);
    let at = NINE + 20 * MINUTE;
    world.hears(ticket, Change::Assignee(Some(one)), at).await;
    world.misses(ticket, Change::Assignee(Some(other)), NINE + 30 * MINUTE);
    world.runs_at([60]).await;
    let title = Change::Title("Another".to_owned());
    world.hears(ticket, title, NINE + 70 * MINUTE).await;
    world.runs_at((2..10).map(|hour| hour * 60)).await;
    assert_eq!(world.own_types(ticket).await, ["ticket.created"]);
}

/// What is announced of one field shows the others as they were when they were seen last. A run that dies before it has remembered is
/// made up for by the next.
#[tokio::test]
async fn what_is_announced_of_another_field_is_not_what_was_told() {
    for dies in [false, true] {
        let (world, ticket) = World::scanned(0).await;
        let ([other, _], priorities) = (world.others(ticket), world.priorities(ticket));
        world.misses(ticket, Change::Assignee(Some(other)), NINE + 50 * MINUTE);
        world.runs_at([60]).await;
        world.is_taken_back(ticket, priorities, 70).await;
        if dies {
            world.wire.cut("PutObject", "", Break::Before);
            let died = world.run(NINE + 2 * HOUR).await;
            assert!(died.not_whole.is_some());
            world.wire.repair();
        }
        world.runs_at([121, 122, 123, 180, 240]).await;
        let told = world.own_types(ticket).await;
        let expected = ["ticket.assigned", "ticket.updated"];
        assert_eq!(told, expected, "a run dies: {dies}");
    }
}

#[tokio::test]
async fn what_a_run_has_kept_and_could_not_ring_for_is_rung_for_by_the_next() {
    let (world, ticket) = World::scanned(0).await;
    let happened = world.is_closed(ticket, NINE + 10 * MINUTE);
    world.keeps(&happened, NINE + 10 * MINUTE).await;
    world.is_opened_by_mail(ticket, NINE + 25 * MINUTE);
    world.runs_at([60]).await;
    world.wire.cut("SendMessage", "", Break::Refused);
    let failed = world.run(NINE + 61 * MINUTE).await;
    assert!(failed.not_whole.is_some());
    world.wire.repair();
    let rung = world.wire.calls("SendMessage");
    world.runs_at([62, 63]).await;
    assert_eq!(world.wire.calls("SendMessage") - rung, 1);
    world.is_told_to_be_open(ticket, "in the end").await;
}

/// The event is sent a moment before the commit, and the scan reads in between. The next one shows no priorities.
#[tokio::test]
async fn what_is_not_committed_yet_is_not_taken_back() {
    let (world, ticket) = World::scanned(0).await;
    let [_, other] = world.priorities(ticket);
    world.runs_at([60]).await;
    world.saves(Way::Notifier, ticket, Change::Mailed, NINE + 100 * MINUTE);
    let two = NINE + 2 * HOUR;
    let second = SignedDuration::from_secs(1);
    let data = json!({ "changes": { "priority_id": { "new": other.to_string() } } });
    world
        .gets(ticket, "ticket.updated", two - second, data)
        .await;
    world.runs_at([120]).await;
    world.saves(Way::Api, ticket, Change::Priority(other), two + second);
    world.runs_at([180, 240, 300]).await;
    assert_eq!(world.own_types(ticket).await, [""; 0]);
}

#[tokio::test]
async fn the_same_time_written_otherwise_is_the_same() {
    let (world, ticket) = World::scanned(0).await;
    let due = "2026-09-01T12:00:00Z";
    let change = Change::DueDate(due.parse().ok());
    world.saves(Way::Sla, ticket, change, NINE + MINUTE);
    world.runs_at([2, 3, 4, 5]).await;
    let before = world.own_types(ticket).await;
    for hour in 1..5 {
        let at = NINE + hour * HOUR + 10 * MINUTE;
        world.saves(Way::Api, ticket, Change::Nothing, at);
        let data = json!({ "changes": { "due_date": { "new": due } } });
        world.gets(ticket, "ticket.updated", at, data).await;
        world.run(NINE + (hour + 1) * HOUR).await;
    }
    assert_eq!(world.own_types(ticket).await, before);
}

/// Two calls of a program within a second: the sender's cache shows the first one's value in the second event. Then the second one is
/// silently taken back.
#[tokio::test]
async fn what_an_event_names_counts_and_not_what_the_cache_shows() {
    let (world, ticket) = World::scanned(0).await;
    let [before, first] = world.priorities(ticket);
    let second = world.api.desk(|desk| {
        let mut others = desk.catalogue().priorities.iter();
        let third = others.find(|one| ![before, first].contains(one));
        *third.expect("there are several")
    });
    let at = NINE + 10 * MINUTE;
    let later = at + SignedDuration::from_millis(600);
    for (at, previous, new) in [(at, before, first), (later, first, second)] {
        world.saves(Way::Api, ticket, Change::Priority(new), at);
        let [previous, new] = [previous, new].map(|one| one.to_string());
        let changes = json!({ "priority_id": { "previous": previous, "new": new } });
        let data = json!({ "priority_id": first.to_string(), "changes": changes });
        world.gets(ticket, "ticket.updated", at, data).await;
    }
    world.misses(ticket, Change::Priority(first), NINE + 40 * MINUTE);
    world.runs_at([60, 61, 62, 63, 120, 121]).await;
    assert_eq!(world.own_types(ticket).await, ["ticket.updated"]);
}
