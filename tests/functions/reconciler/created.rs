//! New tickets whose creation an event told of: what has changed between that and the first sight of all they have.

use algapsa::Chance;
use algapsa::desk::{Change, Way};
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl World {
    /// Somebody opens a ticket half an hour after nine, and its event is kept.
    async fn opens(&self) -> Uuid {
        let (at, mut id) = (NINE + 30 * MINUTE, None);
        self.tells(at, |desk| {
            let draft = desk.draft(&mut Chance::new(3));
            let created = desk.create(Way::Ui, draft, at);
            id = Some(created.ticket_id);
            vec![created]
        })
        .await;
        id.expect("it is opened")
    }

    /// Changes it ten minutes later, without an event.
    fn changes(&self, ticket: Uuid, change: Change) {
        let at = NINE + 40 * MINUTE;
        self.change(at, |desk| desk.save(Way::Workflow, ticket, &[change], at));
    }

    /// What is kept of it after its creation, once everything had time to be told.
    async fn told_since(&self, ticket: Uuid) -> Vec<Value> {
        for minute in 60..65 {
            assert_eq!(self.run(NINE + minute * MINUTE).await.not_whole, None);
        }
        let mut kept = self.kept(ticket).await;
        kept.retain(|envelope| envelope["event_type"] != "ticket.created");
        kept
    }
}

#[tokio::test]
async fn what_changed_before_a_new_ticket_was_seen_first_is_told() {
    let world = World::idle(40).await;
    world.run(NINE).await;
    let ticket = world.opens().await;
    let statuses = world.statuses(ticket);
    world.changes(ticket, Change::Status(statuses[1]));
    let told = world.told_since(ticket).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["event_type"], "ticket.status_changed");
    let data = &told[0]["data"];
    assert_eq!(data["previous_status_id"], statuses[0].to_string());
    assert_eq!(data["status_id"], statuses[1].to_string());
}

/// The first scan that shows the ticket does not show its priority.
#[tokio::test]
async fn what_changed_before_a_new_ticket_was_seen_as_a_whole_is_told() {
    let world = World::idle(40).await;
    world.run(NINE).await;
    let ticket = world.opens().await;
    let (before, other) = world.api.desk(|desk| {
        let before = desk.ticket(ticket).expect("it is there").priority;
        let mut others = desk.catalogue().priorities.iter();
        let other = others.find(|other| **other != before);
        (before, *other.expect("there are several"))
    });
    world.changes(ticket, Change::Priority(other));
    let told = world.told_since(ticket).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["event_type"], "ticket.updated");
    let change = &told[0]["data"]["changes"]["priority_id"];
    assert_eq!(change["previous"], before.to_string());
    assert_eq!(change["new"], other.to_string());
}

#[tokio::test]
async fn a_new_ticket_that_is_as_its_event_told_is_not_told_again() {
    let world = World::idle(40).await;
    world.run(NINE).await;
    let ticket = world.opens().await;
    assert_eq!(world.told_since(ticket).await, [""; 0]);
    let envelopes = world.kept(ticket).await;
    assert_eq!(envelopes.len(), 1, "the sender's own");
    assert_eq!(envelopes[0].get("unannounced"), None);
    world.run(NINE + 3 * HOUR).await;
    assert_eq!(world.kept(ticket).await, envelopes);
}
