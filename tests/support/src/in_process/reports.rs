//! What the functions report about themselves, read by the test on whose thread they run.

use std::cell::RefCell;
use std::io;
use std::sync::{LazyLock, Mutex, Once};
use std::thread::LocalKey;

use metrique::ServiceMetrics;
use metrique::emf::Emf;
use metrique::writer::sink::AttachHandle;
use metrique::writer::{AttachGlobalEntrySinkExt, FormatExt};
use serde_json::Value;
use shared::{panics, telemetry};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Stands in for `shared::telemetry::start`, which writes to standard output.
static METRICS: LazyLock<Mutex<AttachHandle>> = LazyLock::new(|| {
    let emf = Emf::builder("Tests".into(), vec![vec![]]).build();
    Mutex::new(ServiceMetrics::write_directly_to(
        emf.output_to(Writer(&WRITTEN)),
    ))
});

/// Collects what is reported from now on. Without it the functions have nowhere to report to.
pub fn collect() {
    LazyLock::force(&METRICS);
}

/// The lines that were reported on this thread since the last call.
pub fn take() -> Vec<Value> {
    let written = WRITTEN.take();
    let lines = serde_json::Deserializer::from_slice(&written).into_iter();
    let lines = lines.collect::<Result<_, _>>();
    lines.expect("every line is one JSON document")
}

pub fn sum(lines: &[Value], metric: &str) -> u64 {
    lines.iter().filter_map(|line| line[metric].as_u64()).sum()
}

/// Collects what the functions log on this thread at the finest level, through their own filter and with their own way of
/// logging a panic. Ends with the guard.
pub fn log() -> DefaultGuard {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            panics::tell(panic);
            shown(panic);
        }));
    });
    let _ = LOGGED.take();
    tracing::subscriber::set_default(telemetry::lines(LevelFilter::TRACE, || Writer(&LOGGED)))
}

pub fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.take()).into_owned()
}

struct Writer(&'static LocalKey<RefCell<Vec<u8>>>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .with_borrow_mut(|written| written.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
