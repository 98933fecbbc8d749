//! Logs and metrics: JSON lines on standard output, one wide event per invocation in CloudWatch's embedded metric format.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, panic};

use metrique::ServiceMetrics;
use metrique::emf::Emf;
use metrique::writer::sink::AttachHandle;
use metrique::writer::{AttachGlobalEntrySinkExt, Entry, EntryIoStreamExt, FormatExt};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::{panics, settings};

/// The CloudWatch namespace of every metric; its only dimension is `Stack`.
pub const NAMESPACE: &str = "AlgaWebhooks";

#[derive(Entry)]
struct Globals {
    #[entry(name = "Stack")]
    stack: String,
}

/// Starts logging at `LOG_LEVEL` and attaches the metrics, which are written as long as the handle is kept.
pub fn start() -> AttachHandle {
    let level = settings::optional("LOG_LEVEL").and_then(|level| level.parse().ok());
    lines(level.unwrap_or(LevelFilter::INFO), io::stdout).init();
    panic::set_hook(Box::new(panics::tell));

    let stack = settings::optional("STACK_NAME").unwrap_or_else(|| "local".to_owned());
    let emf = Emf::builder(NAMESPACE.into(), vec![vec!["Stack".into()]]).build();
    ServiceMetrics::write_directly_to(emf.output_to(io::stdout()).merge_globals(Globals { stack }))
}

/// Writes log lines to `out`. Other crates log errors only, because below that level the SDK and the runtime log bodies.
pub fn lines<W>(level: LevelFilter, out: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .with_writer(out);
    tracing_subscriber::registry().with(lines.with_filter(filter(level)))
}

fn filter(level: LevelFilter) -> Targets {
    let ours = ["shared", "receiver", "reactor", "reconciler"].map(|name| (name, level));
    let others = LevelFilter::ERROR.min(level);
    Targets::new().with_default(others).with_targets(ours)
}

/// Whether this is the first invocation of the process: true once.
pub fn is_cold_start() -> bool {
    static WARM: AtomicBool = AtomicBool::new(false);
    !WARM.swap(true, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn no_level_makes_other_crates_say_more_than_their_errors() {
        for level in [LevelFilter::ERROR, LevelFilter::INFO, LevelFilter::TRACE] {
            let filter = filter(level);
            for other in [
                "lambda_runtime::layers::api_response",
                "aws_smithy_runtime::client::http::body",
                "aws_sdk_dynamodb",
                "hyper::proto::h1",
                "rustls::client",
            ] {
                assert!(filter.would_enable(other, &Level::ERROR), "{other}");
                assert!(!filter.would_enable(other, &Level::WARN), "{other}");
            }
            let most = level.into_level().expect("it is one");
            for ours in ["shared::inbox", "receiver", "reactor::stream"] {
                assert!(filter.would_enable(ours, &most), "{ours}");
            }
        }
        assert!(!filter(LevelFilter::OFF).would_enable("hyper", &Level::ERROR));
    }
}
