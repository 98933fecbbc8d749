//! Waiting for a condition, never for a time.

use std::thread::sleep;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until there is something to see.
pub fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        let waited = started.elapsed();
        assert!(waited < within, "{what}: not within {within:?}");
        sleep(LOOK_EVERY);
    }
}

/// Looks until it is so.
pub fn wait_until(what: &str, within: Duration, mut is_so: impl FnMut() -> bool) {
    wait_for(what, within, || is_so().then_some(()));
}

/// Asks until there is an answer.
pub async fn until<T>(what: &str, within: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        let waited = started.elapsed();
        assert!(waited < within, "{what}: not within {within:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
