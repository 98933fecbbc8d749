//! A value made from a secret, held for a while.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use jiff::{SignedDuration, Timestamp};
use tokio::sync;

/// How long a value is used without asking again.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How long must pass between two readings, whatever arrives.
pub const AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// The same after the first reading, if it failed. It doubles with each failure: most outages are short.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(1);

/// Why a value could not be read. Clones are the same error, which is told to all who ask before the next reading.
#[derive(Clone, Debug)]
pub struct Unread(Arc<anyhow::Error>);

impl Unread {
    /// Whether Secrets Manager refused or could not be reached. If not, what is stored is to blame.
    pub fn is_outage(&self) -> bool {
        self.0.downcast_ref::<GetSecretValueError>().is_some()
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Unread {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// A value, and when it was read. All who use it share it.
#[derive(Debug)]
pub struct Cached<T> {
    held: Mutex<Held<T>>,
    /// Taken by whoever reads the first value: the others wait for it.
    first: sync::Mutex<()>,
}

#[derive(Debug)]
struct Held<T> {
    value: Option<Arc<T>>,
    /// When the value was read; 1970 if it is doubted.
    read_at: Timestamp,
    asked_at: Timestamp,
    /// Why the last reading failed, if it did.
    unread: Option<Unread>,
    /// How many readings have failed in a row.
    failures: u32,
}

impl<T> Held<T> {
    /// How long must pass between the last reading and the next.
    fn wait(&self) -> SignedDuration {
        if self.value.is_some() {
            return AT_MOST_EVERY;
        }
        let doubled = 1 << self.failures.saturating_sub(1).min(5);
        AT_MOST_EVERY.min(FIRST_RETRY * doubled)
    }
}

impl<T> Cached<T> {
    /// What is held, however old it is.
    pub fn held(&self) -> Option<Arc<T>> {
        self.lock().value.clone()
    }

    /// Whether the value was read too long ago to be used without asking again, or is doubted.
    pub fn is_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.lock().read_at) >= KEPT_FOR
    }

    /// Doubts the value, because it was refused: the next use asks again.
    pub fn doubt(&self) {
        self.lock().read_at = Timestamp::UNIX_EPOCH;
    }

    /// Reads again, but not too soon after the last time: 30 s while a value is held. What was held stays if reading fails.
    pub async fn reread(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Option<Result<Arc<T>, Unread>> {
        if self.was_asked(now) {
            return None;
        }
        Some(self.read(now, ask).await)
    }

    /// Reads now.
    pub async fn read(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>, Unread> {
        self.lock().asked_at = now;
        let read = ask.await;
        let mut held = self.lock();
        match read {
            Ok(value) => {
                let value = Arc::new(value);
                held.value = Some(Arc::clone(&value));
                held.read_at = now;
                held.unread = None;
                held.failures = 0;
                Ok(value)
            }
            Err(error) => {
                let unread = Unread(Arc::new(error));
                held.unread = Some(unread.clone());
                held.failures = held.failures.saturating_add(1);
                Err(unread)
            }
        }
    }

    /// What is held, read again first if it is old. An old value is better than none. If there is none, the failure is
    /// told for a while without asking again: an outage must not cost each event the time that a call may take.
    pub async fn get(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>, Unread> {
        let Some(held) = self.held() else {
            return self.get_first(now, ask).await;
        };
        if !self.is_old(now) {
            return Ok(held);
        }
        let reread = self.reread(now, ask).await;
        Ok(reread.and_then(Result::ok).unwrap_or(held))
    }

    async fn get_first(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>, Unread> {
        let _alone = self.first.lock().await;
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let unread = self.lock().unread.clone();
        match unread.filter(|_| self.was_asked(now)) {
            Some(unread) => Err(unread),
            None => self.read(now, ask).await,
        }
    }

    fn was_asked(&self, now: Timestamp) -> bool {
        let held = self.lock();
        now.duration_since(held.asked_at) < held.wait()
    }

    fn lock(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        let never = Timestamp::UNIX_EPOCH;
        Self {
            held: Mutex::new(Held {
                value: None,
                read_at: never,
                asked_at: never,
                unread: None,
                failures: 0,
            }),
            first: sync::Mutex::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use anyhow::bail;
    use tokio::task::yield_now;

    use super::*;

    /// Where a value can be read, or cannot, and how often that was tried.
    #[derive(Default)]
    struct Store {
        value: Cell<Option<&'static str>>,
        asked: Cell<u32>,
    }

    impl Store {
        async fn ask(&self) -> Result<&'static str> {
            self.asked.set(self.asked.get() + 1);
            yield_now().await;
            match self.value.get() {
                Some(value) => Ok(value),
                None => bail!("failed to read it"),
            }
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[tokio::test]
    async fn until_a_first_value_is_read_a_failure_is_told_without_another_reading_for_longer_and_longer()
     {
        let (cached, store) = (Cached::default(), Store::default());
        let readings = [0, 1, 3, 7, 15, 31, 61, 91];
        for second in 0..92 {
            let got = cached.get(at(second), store.ask()).await;
            assert_eq!(got.unwrap_err().to_string(), "failed to read it");
            let asked = readings.iter().filter(|at| **at <= second).count();
            assert_eq!(store.asked.get() as usize, asked, "after {second} s");
        }
        store.value.set(Some("a"));
        for (second, got) in [(120, None), (121, Some("a")), (122, Some("a"))] {
            let value = cached.get(at(second), store.ask()).await.ok();
            assert_eq!(value.as_deref().copied(), got, "after {second} s");
        }
        assert_eq!(store.asked.get() as usize, readings.len() + 1);
    }

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_share_one_reading() {
        for value in [None, Some("a")] {
            let (cached, store) = (Cached::default(), Store::default());
            store.value.set(value);
            let get = || cached.get(at(0), store.ask());
            let got = tokio::join!(get(), get(), get());
            for got in [got.0, got.1, got.2] {
                assert_eq!(got.ok().as_deref().copied(), value);
            }
            assert_eq!(store.asked.get(), 1);
        }
    }

    #[tokio::test]
    async fn whoever_waits_reads_himself_if_the_first_one_gives_up() {
        let (cached, store) = (Cached::default(), Store::default());
        store.value.set(Some("a"));
        let gives_up = async { std::future::pending().await };
        let timeout = std::time::Duration::from_millis(1);
        let gave_up = tokio::time::timeout(timeout, cached.get(at(0), gives_up)).await;
        assert!(gave_up.is_err());
        assert_eq!(*cached.get(at(1), store.ask()).await.unwrap(), "a");
    }

    #[tokio::test]
    async fn an_old_value_is_better_than_none_and_read_again_every_30_s_at_most() {
        let (cached, store) = (Cached::default(), Store::default());
        store.value.set(Some("a"));
        for (second, asked) in [(0, 1), (299, 1), (300, 2), (329, 2), (330, 3), (900, 4)] {
            assert_eq!(*cached.get(at(second), store.ask()).await.unwrap(), "a");
            assert_eq!(store.asked.get(), asked, "after {second} s");
            store.value.set(None);
        }
        store.value.set(Some("b"));
        assert_eq!(*cached.get(at(930), store.ask()).await.unwrap(), "b");
        cached.doubt();
        assert_eq!(*cached.get(at(931), store.ask()).await.unwrap(), "b");
        assert_eq!(store.asked.get(), 5);
    }
}
