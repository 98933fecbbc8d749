//! What the functions meet when they are called in this process.

pub mod aws;
mod envelope;
mod network;
mod queue;
mod raw_event;
pub mod reports;
mod table;

pub use aws::{Region, SdkConfig};
pub use envelope::Envelope;
pub use network::{Break, Wire};
pub use queue::{Queue, batch};
pub use raw_event::raw_event;
pub use table::{Item, Table};
