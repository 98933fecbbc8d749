//! Changes that are told and changes that are not, close to each other and to a scan: which event tells of which.

mod taken_back;
mod waiting;

use algapsa::desk::{Change, Happened, Way};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const TENTH: SignedDuration = SignedDuration::from_millis(100);

impl World {
    /// With a ticket that a first scan has seen at nine, in its first status and somebody's, and that many hours of grace.
    async fn scanned(grace: i32) -> (Self, Uuid) {
        let world = Self::with(40, |settings| settings.grace = grace * HOUR).await;
        world.run(NINE).await;
        let ticket = world.api.desk(|desk| {
            let first = desk.catalogue().open[0];
            let mut tickets = desk.tickets();
            let ticket = tickets.find(|one| one.status == first && one.assignee.is_some());
            ticket.expect("there is one").id
        });
        (world, ticket)
    }

    fn saves(&self, way: Way, ticket: Uuid, change: Change, at: Timestamp) -> Vec<Happened> {
        self.change(at, |desk| desk.save(way, ticket, &[change], at))
    }

    /// In the pages, which is told by two events.
    fn is_closed(&self, ticket: Uuid, at: Timestamp) -> Vec<Happened> {
        let [_, closed] = self.open_and_closed();
        let happened = self.saves(Way::Ui, ticket, Change::Status(closed), at);
        assert_eq!(happened[0].announced.len(), 2);
        happened
    }

    /// A customer's mail opens it again, which nobody is told of.
    fn is_opened_by_mail(&self, ticket: Uuid, at: Timestamp) {
        let [open, _] = self.open_and_closed();
        let happened = self.saves(Way::Mail, ticket, Change::Status(open), at);
        assert!(happened[0].announced.is_empty());
    }

    /// It is changed in a way that is told, and the events come at once.
    async fn hears(&self, ticket: Uuid, change: Change, at: Timestamp) {
        let happened = self.saves(Way::Ui, ticket, change, at);
        assert!(!happened[0].announced.is_empty());
        self.keeps(&happened, at).await;
    }

    /// It is changed, and nobody is told.
    fn misses(&self, ticket: Uuid, change: Change, at: Timestamp) {
        let happened = self.saves(Way::Workflow, ticket, change, at);
        assert!(happened[0].announced.is_empty());
    }

    /// The first status of open tickets, and of closed ones.
    fn open_and_closed(&self) -> [Uuid; 2] {
        self.api
            .desk(|desk| [desk.catalogue().open[0], desk.catalogue().closed[0]])
    }

    /// Who it is assigned to.
    fn assignee(&self, ticket: Uuid) -> Option<Uuid> {
        self.api
            .desk(|desk| desk.ticket(ticket).expect("it is there").assignee)
    }

    /// People who are not assigned to it.
    fn others(&self, ticket: Uuid) -> [Uuid; 2] {
        let is_now = self.assignee(ticket);
        let mut people = self.api.desk(|desk| desk.catalogue().people.clone());
        people.retain(|person| Some(*person) != is_now);
        [people[0], people[1]]
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

    /// The types of what was announced of it.
    async fn own_types(&self, ticket: Uuid) -> Vec<Value> {
        let told = self.unannounced(ticket).await.into_iter();
        told.map(|mut one| one["event_type"].take()).collect()
    }

    /// That it is open again was announced, once.
    async fn is_told_to_be_open(&self, ticket: Uuid, when: &str) {
        let types = self.own_types(ticket).await;
        assert_eq!(types, ["ticket.status_changed"], "{when}");
        let [open, closed] = self.open_and_closed();
        let data = &self.unannounced(ticket).await[0]["data"];
        assert_eq!(data["status_id"], open.to_string(), "{when}");
        assert_eq!(data["previous_status_id"], closed.to_string(), "{when}");
    }
}

/// The sender's clock tells whole seconds, and a scan may fall between two events of one save. The second one may be built from what was
/// cached, and would explain anything.
#[tokio::test]
async fn a_close_around_a_scan_does_not_explain_a_silent_reopening() {
    for tenths in [-4, -1, 1, 12] {
        let (world, ticket) = World::scanned(0).await;
        let scan = NINE + 30 * MINUTE + 5 * TENTH;
        let close = scan + TENTH * tenths;
        if tenths > 0 {
            world.run(scan).await;
        }
        world.is_closed(ticket, close);
        world.gets_the_close(ticket, close, None).await;
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

/// An event that comes when its change was found already, and changed again, tells of no other.
#[tokio::test]
async fn a_late_event_does_not_explain_what_came_after_its_change() {
    let (world, ticket) = World::scanned(0).await;
    let [one, other] = world.others(ticket);
    let assign = Change::Assignee(Some(one));
    let happened = world.saves(Way::Ui, ticket, assign, NINE + 59 * MINUTE);
    world.runs_at([60]).await;
    world.keeps(&happened, NINE + 95 * MINUTE).await;
    world.misses(ticket, Change::Assignee(Some(other)), NINE + 110 * MINUTE);
    world.runs_at([120, 121, 122]).await;
    let told = world.unannounced(ticket).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let change = &told[0]["data"]["changes"]["assigned_to"];
    assert_eq!(change["previous"], one.to_string());
    assert_eq!(change["new"], other.to_string());
}

/// A scan has found what nobody was told of, and half a minute later it is taken back, which is told.
#[tokio::test]
async fn an_event_right_after_a_scan_tells_of_its_own_change() {
    for grace in [0, 3] {
        let (world, ticket) = World::scanned(grace).await;
        let (before, [other, _]) = (world.assignee(ticket), world.others(ticket));
        world.misses(ticket, Change::Assignee(Some(other)), NINE + 50 * MINUTE);
        world.runs_at([60]).await;
        let at = NINE + 60 * MINUTE + SignedDuration::from_secs(30);
        world.hears(ticket, Change::Assignee(before), at).await;
        world.runs_at([120, 180, 240, 300, 360]).await;
        assert_eq!(world.own_types(ticket).await, [""; 0], "{grace} h of grace");
    }
}
