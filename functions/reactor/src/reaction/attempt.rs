#![warn(missing_docs)]

use jiff::Timestamp;
use shared::alga_api::Ticket;
use shared::event::Event;
use shared::inbox::Order;
use uuid::Uuid;

use crate::payload::{Misfit, Payload};

/// One attempt to react to one event.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The event.
    pub event: &'a Event,
    /// Whether it is in order or late.
    pub order: Order,
    /// Which attempt of this event it is, counted from 1.
    pub number: u32,
    /// The subscription that delivered it, if it was named.
    pub webhook_id: Option<Uuid>,
    /// Whether its own content shows that it was built from an old copy of its ticket.
    pub stale: bool,
    /// Whether `AlgaPSA` never told of it, and the reconciler found it.
    pub unannounced: bool,
    /// The ticket as it is now, if tickets are read and it is about one.
    pub ticket: Option<&'a Ticket>,
    /// When an operator asked for this reaction again; `None` for a first one.
    pub replayed_at: Option<Timestamp>,
    /// When the attempt is made.
    pub at: Timestamp,
}

impl Attempt<'_> {
    /// What the event says, as a type for each type of event. It is read at each call. The event is never lost by an error: passed
    /// on by `?` it has the event tried again, and parked in the end; [`Misfit::into_payload`] goes on with what fits.
    pub fn payload(&self) -> Result<Payload, Misfit> {
        Payload::of(self.event)
    }

    /// The name of a replay: its time, which is the same for all events that one command replayed.
    pub fn replay(&self) -> Option<String> {
        self.replayed_at.map(|at| format!("{at:.3}"))
    }
}

#[cfg(test)]
impl<'a> Attempt<'a> {
    /// The first one to react to that event, which is in order.
    pub(crate) fn usual(event: &'a Event) -> Self {
        Self {
            event,
            order: Order::InOrder,
            number: 1,
            webhook_id: None,
            stale: false,
            unannounced: false,
            ticket: None,
            replayed_at: None,
            at: event.occurred_at,
        }
    }
}
