//! Events as AlgaPSA makes them: the same samples that the operator's tool sends.

pub use samples::{Data, Event, TENANT, Ticket, written};
