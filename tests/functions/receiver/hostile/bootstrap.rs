//! The receiver's own program under the Runtime API, as Lambda runs it.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::SOON;
use support::in_process::Table;
use support::runtime_api::{RuntimeApi, Said};

const PROGRAM: &str = "../../target/local/functions/receiver/bootstrap";

/// A running receiver. It ends with this value.
pub struct Bootstrap {
    api: RuntimeApi,
    process: Child,
}

impl Bootstrap {
    /// Starts it on the table's secret, inbox and queue.
    pub fn start(table: &Table, watched: &str) -> Self {
        let api = RuntimeApi::start();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
        let aws = env::vars().filter(|(name, _)| name.starts_with("AWS_"));
        let process = Command::new(&program)
            .env_clear()
            .envs(aws)
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", api.address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "receiver"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("STACK_NAME", "hostile"),
                ("INBOX_TABLE", &table.name),
                ("BODIES_BUCKET", &table.bucket),
                ("QUEUE_URL", &table.queue_url),
                ("SECRET_ID", &table.signing_secret_id),
                ("WATCHED_TYPES", watched),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("make builds the receiver");
        let bootstrap = Self { api, process };
        assert!(matches!(bootstrap.hear(), Said::Ready(_)), "it starts");
        bootstrap
    }

    /// What the function answers, which is never an error.
    pub fn answer(&self, event: &str) -> Value {
        self.api.offer(event.to_owned());
        let answer = match self.hear() {
            Said::Answered(answer, _) => answer,
            other => panic!("{other:?} to {event:.500}"),
        };
        assert!(matches!(self.hear(), Said::Ready(_)), "it takes the next");
        serde_json::from_slice(&answer).expect("it answers in JSON")
    }

    fn hear(&self) -> Said {
        self.api.hear(SOON).expect("it does not hang")
    }
}

impl Drop for Bootstrap {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
