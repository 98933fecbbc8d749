//! A whole pipeline: AlgaPSA, a stack, and the user's endpoint.

use crate::stack::Stack;
use crate::target::Target;
use algapsa::Sender;

pub struct Pipeline {
    pub sender: Sender,
    pub stack: Stack,
    pub target: Target,
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
