//! Calls of the API: again after a failure that may pass, within a budget and the time of a run.

use std::time::Duration;

use jiff::SignedDuration;
use shared::alga_api::Missing;

use super::Scanner;

/// How many calls a run may make: what a key allows within a quarter of an hour, 120 at once and 60 a minute.
const MOST_CALLS: u32 = 1000;
/// What is left for the rest of a run when the last call may begin.
const RESERVE: SignedDuration = SignedDuration::from_secs(60);
/// How long a call that has failed waits before it is made again.
const AGAIN_AFTER: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
];

/// Why a call has failed for good.
#[derive(Debug)]
pub(super) struct Failed {
    pub why: String,
    pub status: Option<u16>,
}

impl Failed {
    fn of(why: String) -> Self {
        Self { why, status: None }
    }
}

impl Scanner<'_> {
    /// Makes a call, and makes it again after a failure that may pass. Waits for the rate limit.
    pub(super) async fn call<T>(
        &mut self,
        mut ask: impl AsyncFnMut() -> Result<T, Missing>,
    ) -> Result<T, Failed> {
        let mut waits = AGAIN_AFTER.into_iter();
        loop {
            self.may_go_on(Duration::ZERO)?;
            self.scan.calls += 1;
            let wait = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(Missing::NotYet(wait)) => {
                    self.scan.calls -= 1; // it was not made, or not counted
                    wait
                }
                Err(Missing::Unavailable(error)) => return Err(Failed::of(format!("{error:#}"))),
                Err(Missing::Failed { why, after, status }) => {
                    let passes = status.is_none_or(|status| status == 401 || status >= 500);
                    match waits.next().filter(|_| passes) {
                        Some(wait) => wait.max(after.unwrap_or_default()),
                        None => return Err(Failed { why, status }),
                    }
                }
            };
            self.may_go_on(wait)?;
            tokio::time::sleep(wait).await;
        }
    }

    pub(super) fn may_go_on(&self, wait: Duration) -> Result<(), Failed> {
        if self.scan.calls >= MOST_CALLS {
            return Err(Failed::of(format!(
                "a run may make {MOST_CALLS} calls, and they are used up"
            )));
        }
        if self.clock.now() + wait + RESERVE > self.deadline {
            return Err(Failed::of("the time of a run is up".into()));
        }
        Ok(())
    }
}
