//! What the functions report about themselves, read by the test on whose thread they run.

use std::cell::RefCell;
use std::io;
use std::sync::{LazyLock, Mutex};

use metrique::ServiceMetrics;
use metrique::emf::Emf;
use metrique::writer::sink::AttachHandle;
use metrique::writer::{AttachGlobalEntrySinkExt, FormatExt};
use serde_json::Value;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Stands in for `shared::telemetry::start`, which writes to standard output.
static METRICS: LazyLock<Mutex<AttachHandle>> = LazyLock::new(|| {
    let emf = Emf::builder("Tests".into(), vec![vec![]]).build();
    Mutex::new(ServiceMetrics::write_directly_to(emf.output_to(Writer)))
});

/// Collects what is reported from now on. Without it the functions have nowhere to report to.
pub fn collect() {
    LazyLock::force(&METRICS);
}

/// The lines that were reported on this thread since the last call.
///
/// # Panics
/// When a line is not JSON.
#[must_use]
pub fn take() -> Vec<Value> {
    let written = WRITTEN.take();
    let lines = serde_json::Deserializer::from_slice(&written).into_iter();
    lines
        .collect::<Result<_, _>>()
        .expect("every line is one JSON document")
}

/// The sum of a metric over lines.
#[must_use]
pub fn sum(lines: &[Value], metric: &str) -> u64 {
    lines.iter().filter_map(|line| line[metric].as_u64()).sum()
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
