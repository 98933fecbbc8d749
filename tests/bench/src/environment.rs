//! An execution environment, as Lambda makes one: a process, its Runtime API, and the AWS that it calls.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use serde_json::Value;

use crate::aws::{Aws, BUCKET};
use crate::plan::Function;
use crate::process::Process;
use support::runtime_api::{RuntimeApi, Said};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(70);

pub struct Environment {
    pub process: Process,
    pub aws: Aws,
    /// From the start of its process to its first request for an event.
    pub cold_start: Duration,
    api: RuntimeApi,
}

pub struct Answer {
    pub body: Value,
    pub after: Duration,
}

impl Environment {
    pub fn start(function: &Function, aws: Aws) -> Result<Self> {
        let api = RuntimeApi::start();
        let env = variables(&api.address, &aws.url, &function.env);
        let started = Instant::now();
        let process = Process::start(&function.command, &env)?;
        let mut environment = Self {
            process,
            aws,
            cold_start: Duration::ZERO,
            api,
        };
        environment.cold_start = environment.ready()?.duration_since(started);
        Ok(environment)
    }

    /// Runs the function once. Returns when it asks for the next event, so that it computes nothing any more.
    pub fn invoke(&self, event: Bytes) -> Result<Answer> {
        self.api.offer(event);
        match self.hear()? {
            Said::Answered(body, after) => {
                self.ready()?;
                let body = serde_json::from_slice(&body).context("the answer is not JSON")?;
                Ok(Answer { body, after })
            }
            Said::Failed(why) => {
                self.ready()?;
                bail!("the function failed: {}", String::from_utf8_lossy(&why))
            }
            Said::Ready(_) => bail!("the function asked twice for an event"),
        }
    }

    fn ready(&self) -> Result<Instant> {
        match self.hear()? {
            Said::Ready(at) => Ok(at),
            other => bail!("the function should be ready, and says {other:?}"),
        }
    }

    fn hear(&self) -> Result<Said> {
        let said = self.api.hear(PATIENCE);
        said.with_context(|| format!("the function says nothing:\n{}", self.process.last_words()))
    }
}

/// What Lambda sets for every function, and what the template sets for these.
fn variables(api: &str, aws: &str, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let queue = format!("{aws}/000000000000/doorbells.fifo"); // which some clients call instead of the endpoint
    let fixed = [
        ("QUEUE_URL", queue.as_str()),
        ("AWS_LAMBDA_RUNTIME_API", api),
        ("AWS_ENDPOINT_URL", aws),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_SESSION_TOKEN", "bench"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("STACK_NAME", "bench"),
        ("LOG_LEVEL", "info"),
        ("SECRET_ID", "bench/signing-secret"),
        ("INBOX_TABLE", "inbox"),
        ("BODIES_BUCKET", BUCKET),
        (
            "DEAD_LETTER_QUEUE_URL",
            "http://127.0.0.1/000000000000/dead.fifo",
        ),
        ("RETENTION_DAYS", "35"),
        ("REACTION", "log"),
    ];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    fixed.into_iter().chain(own.clone()).collect()
}
