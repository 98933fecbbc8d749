//! Progress on standard error, if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);

/// A count, where the total is not known.
pub fn looking(at: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} ({elapsed})");
    let bar = ProgressBar::no_length()
        .with_style(style.expect("the template is one"))
        .with_message(at.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

/// Something that is under way, and nobody knows how far.
pub fn busy(with: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    let bar = ProgressBar::no_length()
        .with_style(style.expect("the template is one"))
        .with_message(with.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

pub fn towards(count: usize, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
    ProgressBar::new(count as u64)
        .with_style(style.expect("the template is one"))
        .with_message(what.to_owned())
}
