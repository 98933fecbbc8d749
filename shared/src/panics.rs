//! Panics that stay where they happen.

use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures_util::FutureExt;
use thiserror::Error;

/// Something panicked. The panic's message is left out, because it may quote what was being handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} panicked")]
pub struct Panicked(pub &'static str);

/// Does some work, and turns a panic in it into an error. The work is boxed, so that the futures around it stay small.
pub fn caught<T>(
    what: &'static str,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Panicked>> {
    let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
    async move { work.await.map_err(|_panic| Panicked(what)) }
}

/// Logs where a panic happened and nothing else, because its message may quote what was being handled.
pub fn tell(panic: &PanicHookInfo) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}
