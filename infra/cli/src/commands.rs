//! One module per command.

pub mod completions;
pub mod connect;
pub mod parked;
pub mod quarantine;
pub mod reconcile;
pub mod redrive;
pub mod replay;
pub mod secret;
pub mod send;
pub mod stream;
pub mod verify;
pub mod waiting;
