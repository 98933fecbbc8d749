//! Where reactions go.

use reactor::reaction::Choice;
use support::in_process::SdkConfig;

use super::queues::events;

/// What takes the reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An event bus, which takes a repetition for another event.
    Bus,
    /// A FIFO queue, which drops a repetition within five minutes.
    Queue,
}

impl Target {
    /// The queue lies in the function's region, which is its own.
    pub(super) fn reaction(self, config: &SdkConfig) -> Choice {
        let region = config.region().map(ToString::to_string);
        match self {
            Self::Bus => Choice::EventBridge { bus: "bus".into() },
            Self::Queue => {
                let queue = Choice::sqs(&events(&region.unwrap_or_default()), None);
                queue.expect("the ARN of a FIFO queue")
            }
        }
    }
}
