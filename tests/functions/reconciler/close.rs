//! Changes that are told and changes that are not, close to each other and to a scan: which event tells of which.

use algapsa::desk::{Change, Happened, Way};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const TENTH: SignedDuration = SignedDuration::from_millis(100);

impl World {
    /// With a ticket that a first scan has seen at nine, in its first status.
    async fn scanned() -> (Self, Uuid) {
        let world = Self::idle(40).await;
        world.run(NINE).await;
        let ticket = world.api.desk(|desk| {
            let first = desk.catalogue().open[0];
            let ticket = desk.tickets().find(|ticket| ticket.status == first);
            ticket.expect("there is one").id
        });
        (world, ticket)
    }

    fn saves(&self, way: Way, ticket: Uuid, change: Change, at: Timestamp) -> Vec<Happened> {
        self.change(at, |desk| desk.save(way, ticket, &[change], at))
    }

    /// In the pages, which is told by two events.
    fn is_closed(&self, ticket: Uuid, at: Timestamp) -> Vec<Happened> {
        let closed = self.api.desk(|desk| desk.catalogue().closed[0]);
        let happened = self.saves(Way::Ui, ticket, Change::Status(closed), at);
        assert_eq!(happened[0].announced.len(), 2);
        happened
    }

    /// A customer's mail opens it again, which nobody is told of.
    fn is_opened_by_mail(&self, ticket: Uuid, at: Timestamp) {
        let open = self.api.desk(|desk| desk.catalogue().open[0]);
        let happened = self.saves(Way::Mail, ticket, Change::Status(open), at);
        assert!(happened[0].announced.is_empty());
    }

    async fn runs_at(&self, minutes: impl IntoIterator<Item = i32>) {
        for minute in minutes {
            assert_eq!(self.run(NINE + minute * MINUTE).await.not_whole, None);
        }
    }

    /// What was announced of a ticket.
    async fn unannounced(&self, ticket: Uuid) -> Vec<Value> {
        let mut kept = self.kept(ticket).await;
        kept.retain(|envelope| envelope.get("unannounced").is_some());
        kept
    }

    /// That it is open again was announced, once.
    async fn is_told_to_be_open(&self, ticket: Uuid, when: &str) {
        let told = self.unannounced(ticket).await;
        let types: Vec<_> = told.iter().map(|one| &one["event_type"]).collect();
        assert_eq!(types, ["ticket.status_changed"], "{when}");
        let [open, closed] = self
            .api
            .desk(|desk| [desk.catalogue().open[0], desk.catalogue().closed[0]]);
        let data = &told[0]["data"];
        assert_eq!(data["status_id"], open.to_string(), "{when}");
        assert_eq!(data["previous_status_id"], closed.to_string(), "{when}");
    }
}

/// The sender's clock tells whole seconds, and a scan may fall between two events of one save.
#[tokio::test]
async fn a_close_around_a_scan_does_not_explain_a_silent_reopening() {
    for tenths in [-4, -1, 1, 12] {
        let (world, ticket) = World::scanned().await;
        let scan = NINE + 30 * MINUTE + 5 * TENTH;
        let close = scan + TENTH * tenths;
        if tenths > 0 {
            world.run(scan).await;
        }
        let happened = world.is_closed(ticket, close);
        world.keeps(&happened, close).await;
        if tenths < 0 {
            world.run(scan).await;
        }
        world.runs_at([31, 32]).await;
        world.is_opened_by_mail(ticket, NINE + 45 * MINUTE);
        world.runs_at(60..64).await;
        let when = format!("closed {tenths} tenths of a second after the scan");
        world.is_told_to_be_open(ticket, &when).await;
    }
}

/// No two scans differ, but whoever listens takes it for closed. The events may come after a scan has seen the ticket.
#[tokio::test]
async fn what_is_told_and_silently_taken_back_before_a_scan_is_announced_once() {
    for kept_at in [10, 90] {
        let (world, ticket) = World::scanned().await;
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
    let (world, ticket) = World::scanned().await;
    let open = world.statuses(ticket)[0];
    for (minute, happened) in [
        (10, world.is_closed(ticket, NINE + 10 * MINUTE)),
        (25, {
            let at = NINE + 25 * MINUTE;
            world.saves(Way::Ui, ticket, Change::Status(open), at)
        }),
    ] {
        world.keeps(&happened, NINE + minute * MINUTE).await;
    }
    // It is touched by something else.
    let title = Change::Title("Another".to_owned());
    world.saves(Way::Workflow, ticket, title, NINE + 30 * MINUTE);
    world.runs_at([60, 61, 120, 121, 180]).await;
    let told = world.unannounced(ticket).await;
    let types: Vec<_> = told.iter().map(|one| &one["event_type"]).collect();
    assert_eq!(types, ["ticket.updated"], "of the title");
}

/// An event that comes when its change was found already, and changed again, tells of no other.
#[tokio::test]
async fn a_late_event_does_not_explain_what_came_after_its_change() {
    let (world, ticket) = World::scanned().await;
    let [one, other] = world.api.desk(|desk| {
        let is_now = desk.ticket(ticket).expect("it is there").assignee;
        let mut people = desk.catalogue().people.clone();
        people.retain(|person| Some(*person) != is_now);
        [people[0], people[1]]
    });
    let happened = world.saves(
        Way::Ui,
        ticket,
        Change::Assignee(Some(one)),
        NINE + 59 * MINUTE,
    );
    world.runs_at([60]).await;
    world.keeps(&happened, NINE + 95 * MINUTE).await;
    world.saves(
        Way::Workflow,
        ticket,
        Change::Assignee(Some(other)),
        NINE + HOUR + 50 * MINUTE,
    );
    world.runs_at([120, 121, 122]).await;
    let told = world.unannounced(ticket).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let change = &told[0]["data"]["changes"]["assigned_to"];
    assert_eq!(change["previous"], one.to_string());
    assert_eq!(change["new"], other.to_string());
}
