//! Panics that stay where they happen.

use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures_util::FutureExt;
use thiserror::Error;

/// Something panicked. The message is not told: it may quote what was being handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} panicked")]
pub struct Panicked(pub &'static str);

/// Waits for some work, and makes an error of a panic in it. It is boxed, so that whoever waits for it stays small.
pub fn caught<T>(
    what: &'static str,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Panicked>> {
    let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
    async move { work.await.map_err(|_panic| Panicked(what)) }
}

/// Logs a panic by its place alone, since its message may quote what was being handled.
pub fn tell(panic: &PanicHookInfo) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}
