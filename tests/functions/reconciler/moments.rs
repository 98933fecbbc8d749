//! What happens in the very second of a scan: the sender's clock tells whole seconds, and a save makes several events.

use algapsa::desk::{Change, Way};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const TENTH: SignedDuration = SignedDuration::from_millis(100);

impl World {
    /// Runs at nine and half past, and at half past closes a ticket in the pages, so many tenths of a second before or after the
    /// scan. A mail opens it again after a quarter of an hour. Gives what was announced of it after all that.
    async fn announced_of_a_close_at(&self, tenths: i32) -> Vec<Value> {
        self.run(NINE).await;
        let (scan, ticket) = (NINE + 30 * MINUTE + 5 * TENTH, self.open()[0]);
        let close = scan + TENTH * tenths;
        if tenths < 0 {
            self.closes(ticket, close).await;
            self.run(scan).await;
        } else {
            self.run(scan).await;
            self.closes(ticket, close).await;
        }
        for minute in [31, 32] {
            self.run(NINE + minute * MINUTE).await;
        }
        let mail = NINE + 45 * MINUTE;
        let open = self.statuses(ticket)[0];
        self.change(mail, |desk| {
            desk.save(Way::Mail, ticket, &[Change::Status(open)], mail)
        });
        for minute in 60..64 {
            assert_eq!(self.run(NINE + minute * MINUTE).await.not_whole, None);
        }
        let mut kept = self.kept(ticket).await;
        kept.retain(|envelope| envelope.get("unannounced").is_some());
        kept
    }

    async fn closes(&self, ticket: Uuid, at: Timestamp) {
        self.tells(at, |desk| {
            let closed = desk.catalogue().closed[0];
            desk.save(Way::Ui, ticket, &[Change::Status(closed)], at)
        })
        .await;
    }
}

/// What one save is told by must not explain, minutes later, what nobody was told of.
#[tokio::test]
async fn a_close_around_a_scan_does_not_explain_a_silent_reopening() {
    for tenths in [-4, -1, 1, 12] {
        let world = World::idle(40).await;
        let announced = world.announced_of_a_close_at(tenths).await;
        let types: Vec<_> = announced.iter().map(|one| &one["event_type"]).collect();
        assert_eq!(
            types,
            ["ticket.status_changed"],
            "{tenths} tenths of a second"
        );
    }
}
