//! A simulation in which hours pass in moments: the real functions with their real SDK clients on a real DynamoDB API,
//! a sender that tries again, Lambda that starts, feeds and ends functions, and a network that breaks as it is told.

mod backend;
mod bus;
mod call;
mod cloud;
mod consumer;
mod fault;
mod fifo;
mod history;
mod network;
mod order;
mod plans;
mod queues;
mod target;
mod witness;

pub use bus::Mood;
pub use fault::Script;
pub use history::{History, Redrive};
pub use plans::{Tally, all_plans, happen_all, late_writes};
pub use target::Target;
