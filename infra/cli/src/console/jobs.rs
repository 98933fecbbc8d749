//! Work that was started by a click and goes on while its page looks on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use maud::Markup;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::page::Tab;
use crate::output::errors;
use crate::output::progress::Watch;

/// Begins some work.
type Start = Box<dyn FnOnce() -> LocalBoxFuture<'static, Result<Markup>> + Send>;

/// All work of this console, by number. It is lost when the console ends; what it has done is not.
#[derive(Clone)]
pub struct Jobs {
    known: Arc<Mutex<BTreeMap<u64, Job>>>,
    asked: UnboundedSender<(u64, Start)>,
}

/// Does the work, several pieces at the same time.
pub struct Worker {
    jobs: Jobs,
    asked: UnboundedReceiver<(u64, Start)>,
}

#[derive(Clone)]
pub struct Job {
    /// What it does, such as `Bring back`.
    pub title: String,
    /// Where it was asked for.
    pub tab: Tab,
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

/// Where to ask for work, and what does it.
pub fn new() -> (Jobs, Worker) {
    let (sender, asked) = unbounded_channel();
    let jobs = Jobs {
        known: Arc::default(),
        asked: sender,
    };
    let worker = Worker {
        jobs: jobs.clone(),
        asked,
    };
    (jobs, worker)
}

impl Jobs {
    /// Asks for some work, and returns its number.
    pub fn start<W>(&self, title: &str, tab: Tab, work: impl FnOnce() -> W + Send + 'static) -> u64
    where
        W: Future<Output = Result<Markup>> + 'static,
    {
        let mut known = self.known();
        let number = known.len() as u64 + 1;
        let job = Job {
            title: title.to_owned(),
            tab,
            watch: Watch::default(),
            state: State::Running,
        };
        known.insert(number, job);
        let start: Start = Box::new(move || work().boxed_local());
        let _ = self.asked.send((number, start)); // the worker lives as long as the pages do
        number
    }

    pub fn get(&self, number: u64) -> Option<Job> {
        self.known().get(&number).cloned()
    }

    async fn done(self, number: u64, start: Start) {
        let Some(Job { watch, .. }) = self.get(number) else {
            return;
        };
        let state = match watch.over(start()).await {
            Ok(done) => State::Done(done),
            Err(error) => State::Failed(errors::told(&error, None)),
        };
        if let Some(job) = self.known().get_mut(&number) {
            job.state = state;
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, Job>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Never ends.
    pub async fn work(mut self) {
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some((number, start)) = self.asked.recv() => running.push(self.jobs.clone().done(number, start)),
                Some(()) = running.next() => {}
            }
        }
    }
}
