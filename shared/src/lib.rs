//! What the functions must agree on: events, the inbox, the queues, signatures, secrets, telemetry. Its README tells how
//! they work together, and why.

#![warn(missing_docs)]

pub mod alga_api;
pub mod answer;
pub mod aws;
pub mod bucket;
pub mod clock;
pub mod event;
pub mod filter;
pub mod inbox;
pub mod panics;
pub mod queue;
pub mod repair;
pub mod retry;
pub mod secret;
pub mod settings;
pub mod signature;
pub mod telemetry;
