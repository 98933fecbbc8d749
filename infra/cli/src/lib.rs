//! What an operator of the stack needs at hand, as the program `alga-webhooks`. It is a library only for its own tests.

pub mod commands;
pub mod context;
pub mod events;
pub mod input;
pub mod output;
pub mod signing;
