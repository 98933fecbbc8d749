//! A service desk on AlgaPSA: one tenant's tickets, and what happens to them when somebody or something changes them. It
//! knows no clock but the times that it is given, and its random choices follow from a seed.
//!
//! [`TABLE`] says which changes there are, and what each announces and moves.

mod announce;
mod catalogue;
mod change;
mod choice;
mod field;
mod founding;
mod happened;
mod save;
mod table;
mod ticket;
mod way;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::sender::Chance;
use crate::ticket::TENANT;

pub use self::catalogue::{Catalogue, Contact, Team};
pub use self::change::{Change, Words};
pub use self::field::{Difference, Field};
pub use self::founding::Draft;
pub use self::happened::{Announced, Happened};
pub use self::table::{Closing, Moves, Row, TABLE};
pub use self::ticket::{Comment, Publication, Tag, Ticket};
pub use self::way::{Act, Way};

/// One tenant of an AlgaPSA.
#[derive(Clone, Debug)]
pub struct Desk {
    pub tenant_id: Uuid,
    catalogue: Arc<Catalogue>,
    tickets: HashMap<Uuid, Arc<Ticket>>,
    /// The tickets that there are, in the order in which they became visible.
    order: Vec<Uuid>,
    /// The children of each master.
    bundles: HashMap<Uuid, Vec<Uuid>>,
    created: u32,
    chance: Chance,
}

impl Desk {
    /// Without a ticket, of the tenant [`TENANT`].
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        Self {
            tenant_id: TENANT.parse().expect("it is one"),
            catalogue: Arc::new(Catalogue::new(&mut chance)),
            tickets: HashMap::new(),
            order: Vec::new(),
            bundles: HashMap::new(),
            created: 0,
            chance,
        }
    }

    /// The same of another tenant.
    #[must_use]
    pub fn of_tenant(self, tenant_id: Uuid) -> Self {
        Self { tenant_id, ..self }
    }

    /// What tickets refer to.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A ticket as it is now, if it is there.
    pub fn ticket(&self, id: Uuid) -> Option<&Arc<Ticket>> {
        self.tickets.get(&id)
    }

    /// All tickets, in the order in which they became visible.
    pub fn tickets(&self) -> impl ExactSizeIterator<Item = &Arc<Ticket>> {
        self.order.iter().map(|id| &self.tickets[id])
    }

    /// How many tickets there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether its status leaves it open, which is what the API goes by.
    pub fn is_open(&self, ticket: &Ticket) -> bool {
        !self.catalogue.is_closed(ticket.status)
    }

    /// Somebody renames a status, a person, a client: no ticket changes, and nothing is announced.
    pub fn rename(&mut self, id: Uuid, name: &str) {
        Arc::make_mut(&mut self.catalogue).rename(id, name);
    }

    /// The ticket at that place, counted round and round.
    pub(crate) fn at(&self, place: usize) -> Option<&Arc<Ticket>> {
        let place = place.checked_rem(self.order.len())?;
        self.tickets.get(&self.order[place])
    }

    /// A span of that many microseconds at most.
    fn moment(&mut self, at_most: u64) -> SignedDuration {
        SignedDuration::from_micros(self.chance.below(at_most).cast_signed())
    }

    fn keep(&mut self, ticket: Arc<Ticket>) {
        let (id, master) = (ticket.id, ticket.master);
        let before = self.tickets.insert(id, ticket);
        if before.is_none() {
            self.order.push(id);
        }
        let before = before.and_then(|before| before.master);
        if before != master {
            self.leave(id, before);
            if let Some(master) = master {
                self.bundles.entry(master).or_default().push(id);
            }
        }
    }

    fn remove(&mut self, id: Uuid) {
        let gone = self.tickets.remove(&id);
        self.leave(id, gone.and_then(|gone| gone.master));
        self.order.retain(|known| *known != id);
    }

    fn leave(&mut self, child: Uuid, master: Option<Uuid>) {
        if let Some(children) = master.and_then(|master| self.bundles.get_mut(&master)) {
            children.retain(|known| *known != child);
        }
    }

    /// The tickets that follow this one.
    fn children(&self, master: Uuid) -> &[Uuid] {
        self.bundles.get(&master).map_or(&[], Vec::as_slice)
    }
}

/// As JavaScript's clock tells it, from which most of AlgaPSA's times come: in milliseconds.
fn in_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).expect("it was a time before")
}
