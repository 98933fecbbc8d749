//! What stands in for the world around the functions, and what looks at them from outside.

mod alarm;
mod bus_rule;
pub mod cloud;
#[cfg(feature = "in-process")]
pub mod in_process;
pub mod page;
mod pipeline;
mod policy;
mod poll;
pub mod runtime_api;
mod stack;
mod target;
pub mod template;

pub use alarm::{Alarm, subscribe};
pub use bus_rule::Rule;
pub use pipeline::{Pipeline, within_the_hold};
pub use policy::Policy;
pub use poll::{until, wait_for, wait_until};
pub use stack::{Message, Stack, put_secret};
pub use target::{Call, Reply, SOON, Target};
