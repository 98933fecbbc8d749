//! A whole pipeline: AlgaPSA, a stack, and the user's endpoint.

use crate::stack::Stack;
use crate::target::Target;
use algapsa::Sender;

/// The three together.
pub struct Pipeline {
    /// Sends.
    pub sender: Sender,
    /// Keeps and reacts.
    pub stack: Stack,
    /// Hears the reactions.
    pub target: Target,
}

impl Pipeline {
    /// Deploys a stack with these parameters, `K=V` separated by spaces, that reacts by HTTP.
    ///
    /// # Panics
    /// When that does not work.
    #[must_use]
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
