//! Follows the functions' logs while somebody looks, and remembers the last of what they say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time;

use super::entry::Entry;
use crate::context::Stack;
use crate::logs::Logs;
use crate::output::errors;

/// How many entries are remembered, and shown at most.
pub const MOST: usize = 2_000;
/// How far back the console looks when it starts, or when somebody looks again.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);
const PAUSE: Duration = Duration::from_secs(1);
/// How long a page waits for a reading of the logs.
pub const LONGEST: Duration = Duration::from_secs(3);

/// The last entries, numbered from 1.
#[derive(Clone)]
pub struct Feed {
    kept: Arc<Mutex<Kept>>,
    /// The number of the last entry, and how often the logs were read.
    told: watch::Sender<(u64, u64)>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<(u64, Entry)>,
    trouble: Option<String>,
}

impl Feed {
    pub fn start(stack: &Stack) -> Self {
        let feed = Self {
            kept: Arc::default(),
            told: watch::Sender::default(),
        };
        let logs = Logs::new(stack, Timestamp::now() - BEFORE);
        tokio::spawn(feed.clone().follow(logs));
        feed
    }

    /// The entries after the one of this number, oldest first.
    pub fn after(&self, number: u64) -> Vec<(u64, Entry)> {
        let kept = self.kept();
        let new = kept.entries.iter().filter(|(its, _)| *its > number);
        new.cloned().collect()
    }

    /// All of them. If nobody looks otherwise, the logs are read first, unless that takes too long.
    pub async fn fresh(&self) -> Vec<(u64, Entry)> {
        let is_followed = self.told.receiver_count() > 0 && self.told.borrow().1 > 0;
        let mut told = self.told();
        if !is_followed {
            let _ = time::timeout(LONGEST, told.changed()).await;
        }
        self.after(0)
    }

    /// Why the logs cannot be read, if they cannot.
    pub fn trouble(&self) -> Option<String> {
        self.kept().trouble.clone()
    }

    /// Changes whenever the logs have been read. Whoever holds it keeps the feed at work.
    pub fn told(&self) -> watch::Receiver<(u64, u64)> {
        self.told.subscribe()
    }

    async fn follow(self, mut logs: Logs) {
        let mut number = 0;
        loop {
            if self.told.receiver_count() == 0 {
                time::sleep(PAUSE).await;
                continue;
            }
            logs.skip_to(Timestamp::now() - BEFORE); // nobody may have looked for hours
            match logs.more().await {
                Ok(lines) => {
                    let mut kept = self.kept();
                    kept.trouble = None;
                    for entry in lines.iter().filter_map(Entry::of) {
                        number += 1;
                        kept.take(number, entry);
                    }
                }
                Err(error) => self.kept().trouble = Some(errors::told(&error, None)),
            }
            self.told
                .send_modify(|(last, reads)| (*last, *reads) = (number, *reads + 1));
            time::sleep(PAUSE).await;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take(&mut self, number: u64, mut entry: Entry) {
        if entry.is_reaction() && entry.lag_ms.is_none() {
            entry.lag_ms = self.since_it_came(&entry);
        }
        self.entries.push_back((number, entry));
        if self.entries.len() > MOST {
            self.entries.pop_front();
        }
    }

    /// Only some reactions' lines say how long they took. Then the delivery's line tells.
    fn since_it_came(&self, reaction: &Entry) -> Option<i64> {
        let mut entries = self.entries.iter().map(|(_, entry)| entry);
        let delivery = entries.find(|entry| entry.is_delivery_of(reaction))?;
        let lag = reaction.at.duration_since(delivery.at).as_millis();
        lag.try_into().ok()
    }
}
