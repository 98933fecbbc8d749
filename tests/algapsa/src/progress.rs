//! Progress of something long: a bar on a terminal, elsewhere a line every 15 s.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const LINE_EVERY: Duration = Duration::from_secs(15);

/// A count on its way to a known end, on standard error.
pub struct Progress {
    bar: ProgressBar,
    what: String,
    started: Instant,
    told_at: Cell<Option<Instant>>,
}

impl Progress {
    /// Nothing of `count` is done yet; `what` says what each will be.
    pub fn towards(count: usize, what: &str) -> Self {
        let style = ProgressStyle::with_template(
            "{wide_bar} {human_pos}/{human_len} {prefix} · {per_sec} · {msg} · {elapsed}",
        );
        let bar = ProgressBar::new(count as u64)
            .with_style(style.expect("the template is one"))
            .with_prefix(what.to_owned());
        Self {
            bar,
            what: what.into(),
            started: Instant::now(),
            told_at: Cell::new(None),
        }
    }

    /// Shows that `count` are done, and `more` next to it.
    pub fn reached(&self, count: usize, more: &str) {
        self.bar.set_position(count as u64);
        self.bar.set_message(more.to_owned());
        let told = self.told_at.get().unwrap_or(self.started);
        if !stderr().is_terminal() && told.elapsed() >= LINE_EVERY {
            self.told_at.set(Some(Instant::now()));
            let length = self.bar.length().unwrap_or_default();
            let passed = self.started.elapsed();
            let rate = count as u64 / passed.as_secs().max(1);
            let seconds = passed.as_secs();
            eprintln!(
                "{seconds} s: {count}/{length} {} · {rate}/s · {more}",
                self.what
            );
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
