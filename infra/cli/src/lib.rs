//! The operator's tool, `alga-webhooks`. It is a library only for its own tests.

pub mod cli;
pub mod commands;
pub mod console;
pub mod context;
pub mod events;
pub mod input;
pub mod logs;
pub mod output;
mod proxied;
pub mod signing;
