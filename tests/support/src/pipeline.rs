//! A whole pipeline: AlgaPSA, a stack, and the user's endpoint.

use std::time::{Duration, Instant};

use crate::poll::wait_for;
use crate::stack::Stack;
use crate::target::{SOON, Target};
use algapsa::Sender;

pub struct Pipeline {
    pub sender: Sender,
    pub stack: Stack,
    pub target: Target,
}

/// Sends a new burst until one was kept within the hold. A busy machine may be slower, and then events may come late.
pub fn within_the_hold<T>(hold: Duration, send: impl Fn() -> T) -> T {
    wait_for("a burst within the hold", SOON, || {
        let started = Instant::now();
        let burst = send();
        (started.elapsed() < hold).then_some(burst)
    })
}

impl Pipeline {
    /// Deploys a stack with these parameters, `K=V` separated by spaces, that reacts by HTTP.
    pub fn deploy(parameters: &str) -> Self {
        let target = Target::start();
        let stack = Stack::deploy(&format!("ReactionUrl={} {parameters}", target.url));
        Self {
            sender: stack.sender(),
            stack,
            target,
        }
    }
}
