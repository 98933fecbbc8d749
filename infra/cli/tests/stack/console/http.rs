//! The console as a process, and requests to it byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use support::{SOON, Stack, wait_for};

/// A console at work; it ends with this value.
pub struct Console {
    process: Child,
    pub port: u16,
    /// The path that lets a browser in.
    pub door: String,
    /// What the door gives.
    pub cookie: String,
}

pub struct Request {
    port: u16,
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

pub struct Answer {
    pub status: u16,
    headers: String,
    pub body: String,
}

impl Console {
    pub fn start(stack: &Stack) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alga-webhooks"));
        command.args([
            "--stack",
            &stack.stack_name,
            "console",
            "--port",
            "0",
            "--no-open",
        ]);
        let command = command
            .env_remove("INBOX_TABLE")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("the tool runs");
        let mut said = String::new();
        let mut out = BufReader::new(process.stdout.take().expect("it is piped"));
        out.read_line(&mut said).expect("it says where it is");
        let address = said
            .split("http://127.0.0.1:")
            .nth(1)
            .expect("an address")
            .trim();
        let (port, door) = address.split_once('/').expect("a path");
        let mut console = Self {
            process,
            port: port.parse().expect("a port"),
            door: format!("/{door}"),
            cookie: String::new(),
        };
        let answer = console.get(&console.door).send();
        let cookie = answer
            .header("set-cookie")
            .expect("the door gives a cookie");
        let cookie = cookie.split(';').next().unwrap_or_default();
        cookie.clone_into(&mut console.cookie);
        console
    }

    pub fn token(&self) -> &str {
        self.door.rsplit('=').next().unwrap_or_default()
    }

    /// The most memory that it has held, in kB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("it runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        peak.expect("Linux tells")
    }

    /// As the console's own pages ask.
    pub fn get(&self, path: &str) -> Request {
        let host = format!("127.0.0.1:{}", self.port);
        let headers = [
            ("Host", &*host),
            ("Cookie", &self.cookie),
            ("Connection", "close"),
        ];
        Request {
            port: self.port,
            line: format!("GET {path} HTTP/1.1"),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: String::new(),
        }
    }

    /// As a form of the console sends it.
    pub fn post(&self, path: &str, form: &str) -> Request {
        let origin = format!("http://127.0.0.1:{}", self.port);
        let mut request = self.get(path).with("Origin", &origin);
        request.line = format!("POST {path} HTTP/1.1");
        form.clone_into(&mut request.body);
        let request = request.with("Content-Type", "application/x-www-form-urlencoded");
        request.with("Content-Length", &form.len().to_string())
    }

    /// Asks for a page until it is as it should be.
    pub fn until(&self, path: &str, is_so: impl Fn(&Answer) -> bool) -> String {
        wait_for(&format!("{path} to change"), SOON, || {
            Some(self.get(path).send())
                .filter(|answer| is_so(answer))
                .map(|answer| answer.body)
        })
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Request {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    fn begun(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream
            .set_read_timeout(Some(SOON))
            .expect("a limit can be set");
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "{}\r\n{}\r\n{}",
            self.line,
            headers.collect::<String>(),
            self.body
        );
        stream
            .write_all(head.as_bytes())
            .expect("it takes the request");
        stream
    }

    pub fn send(&self) -> Answer {
        let mut bytes = Vec::new();
        self.begun().read_to_end(&mut bytes).expect("it answers");
        let text = String::from_utf8(bytes).expect("it answers with text");
        let (headers, body) = text.split_once("\r\n\r\n").expect("an answer");
        let status = headers
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Answer {
            status: status.expect("a status"),
            headers: headers.to_owned(),
            body: body.to_owned(),
        }
    }

    /// The page, which must be there.
    #[track_caller]
    pub fn page(&self) -> String {
        let answer = self.send();
        assert_eq!(answer.status, 200, "{}: {}", self.line, answer.body);
        answer.body
    }

    /// What comes until it holds this text.
    pub fn reads_until(&self, text: &str) -> String {
        let (mut stream, mut read) = (self.begun(), Vec::new());
        let mut some = [0; 4096];
        loop {
            let count = stream.read(&mut some).expect("more comes");
            assert_ne!(count, 0, "it goes on");
            read.extend_from_slice(&some[..count]);
            let all = String::from_utf8_lossy(&read);
            if all.contains(text) {
                return all.into_owned();
            }
        }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self
            .headers
            .lines()
            .filter_map(|line| line.split_once(": "));
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

pub fn connects(host: &str, port: u16) -> bool {
    let address = format!("{host}:{port}").parse().expect("an address");
    TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok()
}

pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The text between these two.
pub fn between(page: &str, before: &str, after: &str) -> String {
    let rest = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"))
        .1;
    rest.split(after).next().unwrap_or_default().to_owned()
}
