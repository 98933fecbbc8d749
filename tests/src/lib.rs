//! What the tests share: one module for each thing that stands in for the world around the functions.

#[cfg(feature = "inside")]
pub mod aws;
pub mod cloud;
#[cfg(feature = "inside")]
pub mod envelope;
pub mod http;
#[cfg(feature = "inside")]
pub mod lines;
pub mod peer;
pub mod pipeline;
pub mod policy;
pub mod poll;
#[cfg(feature = "inside")]
pub mod queue;
pub mod rule;
pub mod sender;
pub mod server;
pub mod stack;
#[cfg(feature = "inside")]
pub mod table;
pub mod target;
pub mod ticket;
pub mod ticket_api;
#[cfg(feature = "inside")]
pub mod wire;
