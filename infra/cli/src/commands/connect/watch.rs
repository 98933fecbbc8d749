//! Waiting for something that the functions log.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::arrival::{Arrival, what_to_do};
use crate::context::Stack;
use crate::logs::{Function, Logs};
use crate::output::times::{lasting, moment};
use crate::output::{self, hint, progress, sentence};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);

/// How far this machine's clock may be ahead of AWS's.
pub const CLOCKS: SignedDuration = SignedDuration::from_secs(2);

/// From when on something counts, and how long it is waited for from now.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// When the tool was started. What was refused before may have been signed with a secret that is no more.
    pub began: Timestamp,
    pub since: Timestamp,
    pub wait: SignedDuration,
}

/// Looks at what arrives at the receiver.
pub struct Watch {
    logs: Logs,
    patience: Patience,
    until: Timestamp,
    /// What was said of refused deliveries: each reason once.
    told: BTreeSet<String>,
}

impl Watch {
    pub fn new(stack: &Stack, patience: Patience) -> Self {
        let until = Timestamp::now().checked_add(patience.wait);
        Self {
            logs: Logs::new(stack, patience.since),
            patience,
            until: until.unwrap_or(Timestamp::MAX),
            told: BTreeSet::new(),
        }
    }

    /// The first arrival that is wanted, and when it came; nothing if none came in time. Says what was refused meanwhile.
    pub async fn first<T>(
        &mut self,
        waiting_for: &str,
        wanted: impl Fn(Arrival) -> Option<T>,
    ) -> Result<Option<(Timestamp, T)>> {
        let most = lasting(self.patience.wait);
        let bar = progress::busy(&format!("   Waiting for {waiting_for}, up to {most}"));
        loop {
            let lines = self.logs.more().await?;
            let received = lines
                .into_iter()
                .filter(|line| line.function == Function::Receiver);
            for line in received {
                let Some(arrival) = Arrival::of(&line.fields) else {
                    continue;
                };
                if let Some(told) = self.trouble(line.at, &arrival) {
                    bar.suspend(|| output::note(told));
                }
                if let Some(found) = wanted(arrival) {
                    bar.finish_and_clear();
                    return Ok(Some((line.at, found)));
                }
            }
            if Timestamp::now() >= self.until {
                bar.finish_and_clear();
                return Ok(None);
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// What to say of a delivery that was not taken.
    fn trouble(&mut self, at: Timestamp, arrival: &Arrival) -> Option<String> {
        if at < self.patience.began - CLOCKS {
            return None;
        }
        let (what, advice) = match arrival {
            Arrival::Refused { reason } => (format!("refused: {reason}"), what_to_do(reason)),
            Arrival::Unavailable => (
                "answered 503".to_owned(),
                "The receiver could not read the secret, or AWS is in trouble; AlgaPSA sends events again, but no test",
            ),
            _ => return None,
        };
        let is_new = self.told.insert(what.clone());
        is_new.then(|| {
            hint(&format!(
                "   A delivery was {what} ({}). {}",
                moment(at),
                sentence(advice)
            ))
        })
    }
}
