//! What happens for an event: the user's choice.

mod attempt;
mod choice;
pub mod custom;
mod eventbridge;
mod http;
mod log;
mod refusal;
mod sqs;

use std::time::Duration;

use shared::aws::SdkConfig;
use shared::panics::caught;

pub use self::attempt::Attempt;
pub use self::choice::{Choice, React};
use self::eventbridge::EventBridge;
use self::http::Http;
pub use self::sqs::QueueArn;
use self::sqs::Sqs;
use crate::failure::Failure;

pub const TIMEOUT: Duration = Duration::from_secs(10);

/// The chosen reaction, ready to react.
pub(crate) enum Reaction {
    Log,
    Http(Box<Http>),
    EventBridge(EventBridge),
    Sqs(Box<Sqs>),
    Custom(React),
}

impl Reaction {
    pub fn new(config: &SdkConfig, choice: Choice) -> Self {
        match choice {
            Choice::Log => Self::Log,
            Choice::Http { url, secret_id } => Self::Http(Http::new(config, url, secret_id).into()),
            Choice::EventBridge { bus } => Self::EventBridge(EventBridge::new(config, bus)),
            Choice::Sqs { queue, large_into } => {
                Self::Sqs(Sqs::new(config, &queue, large_into).into())
            }
            Choice::Custom(react) => Self::Custom(react),
        }
    }

    /// Reacts, within [`TIMEOUT`].
    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        guarded(async {
            match self {
                Self::Log => log::react(attempt),
                Self::Http(http) => http.react(attempt).await,
                Self::EventBridge(bus) => bus.react(attempt).await,
                Self::Sqs(queue) => queue.react(attempt).await,
                Self::Custom(react) => react(attempt).await,
            }
        })
        .await
    }
}

/// A panic or a timeout is a failure like any other.
async fn guarded(reacting: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let reacted = tokio::time::timeout(TIMEOUT, caught("the reaction", reacting)).await;
    let seconds = TIMEOUT.as_secs();
    let reacted =
        reacted.map_err(|_elapsed| Failure::again(format!("no reaction within {seconds} s")))?;
    reacted.map_err(|panicked| Failure::again(panicked.to_string()))?
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whatever_a_reaction_does_has_an_outcome() {
        let failed = |why: &str| Err(Failure::again(why));
        let panicked = guarded(async { panic!("in a reaction") }).await;
        let given_up = guarded(async { Err(Failure::last("no")) }).await;
        let passed_on = guarded(async { Ok(std::fs::read("/nowhere").map(drop)?) }).await;
        assert_eq!(guarded(async { Ok(()) }).await, Ok(()));
        assert_eq!(passed_on.unwrap_err().asked_for(), None);
        assert_eq!(given_up, Err(Failure::last("no")));
        assert_eq!(panicked, failed("the reaction panicked"));
        assert_eq!(guarded(pending()).await, failed("no reaction within 10 s"));
    }
}
