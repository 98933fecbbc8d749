//! Plays a sender over HTTP, with its virtual time tied to the clock and its requests in parallel.

use std::future::pending;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http::Uri;
use jiff::{SignedDuration, Timestamp};
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use crate::loopback::{RUNTIME, ask};
use crate::sender::{AlgaPsa, Attempt, Outcome};

/// Where a sender sends to, and how fast its time runs.
#[derive(Clone, Debug)]
pub struct Driver {
    url: Uri,
    pace: Pace,
}

/// The sender's time by the clock.
#[derive(Clone, Copy, Debug)]
struct Pace {
    from: Timestamp,
    started: Instant,
    scale: f64,
}

impl Driver {
    /// The sender's time is `from` now, and runs `scale` times as fast as the clock.
    pub fn new(url: &str, from: Timestamp, scale: f64) -> Result<Self> {
        let url: Uri = url.parse().with_context(|| format!("no URL: {url}"))?;
        let is_http = url.scheme_str() == Some("http");
        ensure!(
            is_http,
            "{url} does not begin with http://, which is all that is spoken here: this is for a local AWS"
        );
        let passes = scale.is_finite() && scale > 0.0;
        ensure!(passes, "time cannot run {scale} times as fast");
        let started = Instant::now();
        let pace = Pace {
            from,
            started,
            scale,
        };
        Ok(Self { url, pace })
    }

    /// Sends until nothing more will leave, and calls `watch` each time that something has left or was answered.
    /// Gives the error of the last request that got no answer.
    pub fn drive(&self, alga: &mut AlgaPsa, watch: impl FnMut(&AlgaPsa)) -> Option<String> {
        self.drive_until(pending(), alga, watch)
    }

    /// The same, but ends when `stop` does. What is under way then gets no answer.
    pub fn drive_until(
        &self,
        stop: impl Future<Output = ()>,
        alga: &mut AlgaPsa,
        watch: impl FnMut(&AlgaPsa),
    ) -> Option<String> {
        RUNTIME.block_on(self.run(stop, alga, watch))
    }

    /// How long a span of the sender's time takes.
    pub fn real(&self, span: SignedDuration) -> Duration {
        Duration::from_secs_f64((span.as_secs_f64() / self.pace.scale).max(0.0))
    }

    async fn run(
        &self,
        stop: impl Future<Output = ()>,
        alga: &mut AlgaPsa,
        mut watch: impl FnMut(&AlgaPsa),
    ) -> Option<String> {
        let mut stop = pin!(stop);
        let mut under_way = JoinSet::new();
        let mut trouble = None;
        loop {
            for attempt in alga.leaving(self.pace.now()) {
                let timeout = alga.habits().timeout;
                under_way.spawn(send(self.url.clone(), attempt, timeout));
            }
            watch(alga);
            let next = alga.next_at().map(|next| self.pace.moment(next));
            if next.is_none() && under_way.is_empty() {
                return trouble;
            }
            select! {
                () = &mut stop => return trouble,
                () = sleep_until(next.unwrap_or_else(Moment::now)), if next.is_some() => {}
                Some(sent) = under_way.join_next() => {
                    let (attempt, answer) = sent.expect("sending does not panic");
                    let outcome = answer.as_ref().map_or(Outcome::NoAnswer, |status| Outcome::Status(*status));
                    trouble = answer.err().map(|error| format!("{error:#}")).or(trouble);
                    alga.answered(&attempt, outcome, self.pace.now());
                }
            }
        }
    }
}

/// The timeout is the receiver's time: it is not scaled. Neither is the time that is signed.
async fn send(url: Uri, attempt: Attempt, timeout: Duration) -> (Attempt, Result<u16>) {
    let request = attempt.request(&url, Timestamp::now());
    let answer = ask(request, timeout).await;
    (attempt, answer.map(|answer| answer.status().as_u16()))
}

impl Pace {
    fn now(&self) -> Timestamp {
        let passed = self.started.elapsed().as_secs_f64() * self.scale;
        self.from + SignedDuration::from_secs_f64(passed)
    }

    fn moment(&self, time: Timestamp) -> Moment {
        let ahead = time.duration_since(self.from).as_secs_f64() / self.scale;
        Moment::from_std(self.started + Duration::from_secs_f64(ahead.max(0.0)))
    }
}
