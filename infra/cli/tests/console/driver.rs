//! `ChromeDriver`, and the `WebDriver` protocol as far as these tests speak it: JSON over plain HTTP to this machine.
//!
//! A crate for it would bring 23 more, and features of `syn` and `time` with which the AWS SDK is compiled a second time.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use algapsa::loopback::exchange;
use http::{Method, Request};
use serde_json::Value;

const TRIES: u32 = 5;

/// A running driver on a free port. It ends with the last browser that it drives.
pub struct Driver {
    process: Child,
    /// Kept open: the driver would die of writing to nobody.
    output: BufReader<ChildStdout>,
    url: String,
}

/// Why a command was not carried out: `WebDriver`'s error, or that there was no answer.
#[derive(Clone, Debug)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Driver {
    /// The one that runs, or a new one.
    pub fn shared(program: &str) -> Arc<Self> {
        static RUNNING: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start(program));
            *running = Arc::downgrade(&started);
            started
        })
    }

    /// It takes a free port of 127.0.0.1, and then wants the same one of `::1`: if that is taken, it gives up.
    fn start(program: &str) -> Self {
        let started = (0..TRIES).find_map(|_| Self::try_start(program));
        started.unwrap_or_else(|| panic!("{program} does not start"))
    }

    fn try_start(program: &str) -> Option<Self> {
        let mut command = Command::new(program);
        let command = command.arg("--port=0").stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let started = command.spawn();
        let mut process = started.unwrap_or_else(|error| panic!("{program}: {error}"));
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut driver = Self {
            process,
            output,
            url: String::new(),
        };
        let port = port(&mut driver.output)?;
        driver.url = format!("http://127.0.0.1:{port}");
        Some(driver)
    }

    /// Sends a command, and returns the `value` of its answer.
    pub fn command(&self, method: Method, path: &str, input: &Value) -> Result<Value, Refused> {
        let uri = format!("{}/{path}", self.url);
        // The protocol takes no body but with POST.
        let body = match method {
            Method::POST => input.to_string(),
            _ => String::new(),
        };
        let request = Request::builder().method(method).uri(uri);
        let request = request.body(body.into()).expect("a request");
        let answer = exchange(request).map_err(|error| Refused(format!("{error:#}")))?;
        let mut said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status().is_success() {
            Ok(said["value"].take())
        } else {
            Err(Refused(refusal(&said["value"])))
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The port that the driver has chosen: it says so when it is ready.
fn port(output: &mut impl BufRead) -> Option<u16> {
    let mut lines = output.lines().map_while(Result::ok);
    let ready = lines.find(|line| line.contains("started successfully"))?;
    ready.trim_end_matches('.').rsplit(' ').next()?.parse().ok()
}

/// The first line of what the driver explains: stack traces of its own follow.
fn refusal(said: &Value) -> String {
    let (error, message) = (said["error"].as_str(), said["message"].as_str());
    let message = message.unwrap_or_default().lines().next();
    format!(
        "{}: {}",
        error.unwrap_or("no answer"),
        message.unwrap_or_default()
    )
}
