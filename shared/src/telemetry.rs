//! Logs and metrics: JSON lines on standard output, one wide event per invocation in CloudWatch's embedded metric
//! format.

use std::{io, panic};

use metrique::ServiceMetrics;
use metrique::emf::Emf;
use metrique::writer::sink::AttachHandle;
use metrique::writer::{AttachGlobalEntrySinkExt, Entry, EntryIoStreamExt, FormatExt};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use crate::settings;

/// The CloudWatch namespace of every metric; its only dimension is `Stack`.
pub const NAMESPACE: &str = "AlgaWebhooks";

#[derive(Entry)]
struct Globals {
    #[entry(name = "Stack")]
    stack: String,
}

/// Starts logging at `LOG_LEVEL` and attaches the metrics; keep the handle for as long as metrics are to come out.
///
/// A panic is logged by its place alone, since its message may quote what was being handled. Other crates log errors only, whatever the level: at debug level the SDK would write out what it sends.
pub fn start() -> AttachHandle {
    let level = settings::optional("LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let ours = ["shared", "receiver", "reactor"].map(|name| (name, level));
    let filter = Targets::new()
        .with_default(LevelFilter::ERROR.min(level))
        .with_targets(ours);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .init();

    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));

    let stack = settings::optional("STACK_NAME").unwrap_or_else(|| "local".to_owned());
    let emf = Emf::builder(NAMESPACE.into(), vec![vec!["Stack".into()]]).build();
    ServiceMetrics::write_directly_to(emf.output_to(io::stdout()).merge_globals(Globals { stack }))
}
