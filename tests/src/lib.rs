//! What the tests share: one module for each thing that stands in for the world around the functions.

pub mod aws;
pub mod cloud;
pub mod envelope;
pub mod http;
pub mod lines;
pub mod peer;
pub mod pipeline;
pub mod policy;
pub mod poll;
pub mod queue;
pub mod sender;
pub mod stack;
pub mod table;
pub mod target;
pub mod ticket;
pub mod wire;
