//! Progress: on standard error, if that is a terminal, or for whoever watches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task_local;

const TICK: Duration = Duration::from_millis(120);

task_local! {
    static WATCH: Watch;
}

/// Takes the progress of some work, which then is not shown on the terminal.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Mutex<Option<ProgressBar>>>);

impl Watch {
    /// Does the work, and watches it.
    pub async fn over<T>(&self, work: impl Future<Output = T>) -> T {
        WATCH.scope(self.clone(), work).await
    }

    /// What the work is at, such as `Replaying: 12 of 40`.
    pub fn told(&self) -> Option<String> {
        let bar = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.as_ref()?;
        let (what, done) = (bar.message(), bar.position());
        Some(match bar.length() {
            Some(all) => format!("{what}: {done} of {all}"),
            None => format!("{what}: {done}"),
        })
    }

    fn see(&self, bar: &ProgressBar) {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }
}

/// Whether the work that is under way shows nothing on the terminal.
pub fn is_watched() -> bool {
    WATCH.try_with(|_| ()).is_ok()
}

/// A count, where the total is not known.
pub fn looking(at: &str) -> ProgressBar {
    ticking("{spinner} {msg}: {human_pos} ({elapsed})", at)
}

/// Something that is under way, and nobody knows how far.
pub fn busy(with: &str) -> ProgressBar {
    ticking("{spinner} {msg} ({elapsed})", with)
}

pub fn towards(count: usize, what: &str) -> ProgressBar {
    let template = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
    shown(ProgressBar::new(count as u64), template, what)
}

fn ticking(template: &str, what: &str) -> ProgressBar {
    let bar = shown(ProgressBar::no_length(), template, what);
    bar.enable_steady_tick(TICK);
    bar
}

fn shown(bar: ProgressBar, template: &str, what: &str) -> ProgressBar {
    let _ = WATCH.try_with(|watch| watch.see(&bar));
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.expect("the template is one"))
        .with_message(what.to_owned())
}
