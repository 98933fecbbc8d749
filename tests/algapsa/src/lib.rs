//! AlgaPSA, as far as it meets these functions: tickets and what changes them, the events that tell of it, its webhook sender and
//! its ticket API.

mod bucket;
pub mod causal_order;
pub mod day;
mod delivery;
pub mod desk;
mod driver;
pub mod loopback;
#[cfg(feature = "terminal")]
pub mod progress;
mod sender;
mod signature;
mod ticket;
pub mod ticket_api;

pub use delivery::{Answer, Delivery, Sender};
pub use driver::Driver;
pub use sender::{
    AlgaPsa, Attempt, Chance, Entry, Fate, Habits, Ledger, Life, Lives, Outcome, Row,
};
pub use signature::{mac, signature};
pub use ticket::{Data, Event, TENANT, Ticket};
