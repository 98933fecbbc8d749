//! What the receiver and the reactor must agree on: events, the inbox, doorbells, signatures, telemetry.

#![warn(missing_docs)]

pub mod aws;
pub mod body;
pub mod doorbell;
pub mod event;
pub mod head;
pub mod inbox;
pub mod secret;
pub mod settings;
pub mod signature;
pub mod telemetry;
