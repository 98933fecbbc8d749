//! Work that was started by a click and goes on while its page looks on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use maud::Markup;

use crate::output::errors;
use crate::output::progress::Watch;

/// All work of this console, by number. It is lost when the console ends; what it has done is not.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<BTreeMap<u64, Job>>>);

#[derive(Clone)]
pub struct Job {
    /// What it does, such as `Bring back`.
    pub title: String,
    pub watch: Watch,
    pub state: State,
}

#[derive(Clone)]
pub enum State {
    Running,
    /// What was done.
    Done(Markup),
    /// What was attempted, and why that failed.
    Failed(String),
}

impl Jobs {
    /// Starts it, and returns its number.
    pub fn start(
        &self,
        title: String,
        work: impl Future<Output = Result<Markup>> + Send + 'static,
    ) -> u64 {
        let watch = Watch::default();
        let number = {
            let mut jobs = self.jobs();
            let number = jobs.len() as u64 + 1;
            let state = State::Running;
            jobs.insert(
                number,
                Job {
                    title,
                    watch: watch.clone(),
                    state,
                },
            );
            number
        };
        let jobs = self.clone();
        tokio::spawn(async move {
            let state = match watch.over(work).await {
                Ok(done) => State::Done(done),
                Err(error) => State::Failed(errors::told(&error, None)),
            };
            if let Some(job) = jobs.jobs().get_mut(&number) {
                job.state = state;
            }
        });
        number
    }

    pub fn get(&self, number: u64) -> Option<Job> {
        self.jobs().get(&number).cloned()
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u64, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
