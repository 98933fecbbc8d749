#![warn(missing_docs)]

use jiff::Timestamp;
use shared::alga_api::Ticket;
use shared::event::Event;
use shared::inbox::Order;
use uuid::Uuid;

/// One attempt to react to one event.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// To what.
    pub event: &'a Event,
    /// Whether it comes in its order.
    pub order: Order,
    /// How often it has been attempted, with this time.
    pub number: u32,
    /// The subscription that delivered it, if it was named.
    pub webhook_id: Option<Uuid>,
    /// Whether its own content shows that it was built from an old copy of its ticket.
    pub stale: bool,
    /// The ticket as it is now, if tickets are read and it is about one.
    pub ticket: Option<&'a Ticket>,
    /// When an operator asked for this reaction once more; nothing for a first one.
    pub replayed_at: Option<Timestamp>,
    /// When it is made.
    pub at: Timestamp,
}

impl Attempt<'_> {
    /// The name of a replay: its time, the same for all that one command replayed.
    pub fn replay(&self) -> Option<String> {
        self.replayed_at.map(|at| format!("{at:.3}"))
    }
}
