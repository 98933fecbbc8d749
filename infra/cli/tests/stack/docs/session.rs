//! A shell in which the commands of a page are run as they are printed there, against a stack of their own.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use algapsa::day::Day;
use algapsa::desk::Desk;
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use jiff::Timestamp;
use support::{Stack, template::python};

use super::page::root;

/// What is not as it is printed: text on the page, and what stands for it.
const PLACEHOLDERS: [(&str, &str); 11] = [
    ("THE_SECRET_ID", "$SECRET_ID"),
    ("THE_TicketApiSecretId", "$SECRET_ID"),
    ("THE_ReconcileApiSecretId", "$RECONCILE_API_SECRET_ID"),
    ("3f2a9d64-…", "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31"),
    ("7b1f…", "7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10"),
    ("7c1f…", "7c1f0000-0d3e-4a86-9c1a-5e2f8d6b7a10"),
    ("9d02…", "9d020000-0d3e-4a86-9c1a-5e2f8d6b7a10"),
    (" HASH", " $HASH"),
    ("--uuid …", "--uuid $UUID"),
    ("/aws/lambda/alga-webhooks/", "/aws/lambda/$STACK_NAME/"),
    ("--stack-name alga-webhooks", "--stack-name $STACK_NAME"),
];
const STAND_INS: [&str; 14] = [
    "aws", "cargo", "column", "curl", "gh", "git", "jq", "make", "pass", "pip", "pipx", "python3",
    "rustup", "sam",
];
/// What is typed where a command asks: a secret as AlgaPSA makes them.
const NEW_SECRET: &str = "S9vXUq0cC6lH1m3tYw8zKfRbNe2aGdJ7pQxWiVoTh5E";

pub struct Session<'a> {
    pub stack: &'a Stack,
    /// Exit codes other than 0, `*` for any: one line for each beginning of a statement, after a tab.
    pub expected: &'a str,
    /// What is typed where a command asks.
    pub typed: &'a str,
}

impl<'a> Session<'a> {
    pub fn on(stack: &'a Stack) -> Self {
        let (expected, typed) = ("", NEW_SECRET);
        Self {
            stack,
            expected,
            typed,
        }
    }

    /// Runs the statements; all that was printed, if each ended as it should.
    pub fn run(&self, statements: &str) -> Result<String, String> {
        let name = format!("stack={}", self.stack.stack_name);
        let statements = statements.replace("stack=alga-webhooks", &name);
        let folder = folder();
        let log = File::create(folder.join("log")).expect("a log can be made");
        let mut shell = self.shell(&folder);
        let shell = shell
            .stdin(Stdio::piped())
            .stderr(log.try_clone().expect("a handle"));
        let mut shell = shell.stdout(log).spawn().expect("bash runs");
        let mut input = shell.stdin.take().expect("it is piped");
        input
            .write_all(filled(&statements).as_bytes())
            .expect("it reads its input");
        drop(input);
        let ended = shell.wait().expect("it ends");
        let said = fs::read(folder.join("log")).expect("there is a log");
        let said = String::from_utf8_lossy(&said).into_owned();
        fs::remove_dir_all(&folder).expect("the folder is there");
        if ended.success() { Ok(said) } else { Err(said) }
    }

    fn shell(&self, folder: &Path) -> Command {
        let stack = self.stack;
        let path = std::env::var("PATH").expect("there is a PATH");
        let mut shell = Command::new("timeout");
        shell.args(["900", "bash", "-c", include_str!("session.sh")]);
        shell.env("PATH", format!("{}:{path}", folder.join("bin").display()));
        shell.env("AWS", Path::new(&python()).with_file_name("aws"));
        shell.env("PYTHON", python());
        shell.env("FOLDER", folder).env("ROOT", root());
        shell
            .env("EXPECTED", self.expected)
            .env("INPUT", self.typed);
        for (name, value) in variables(stack) {
            shell.env(name, value);
        }
        shell.env_remove("SIGNING_SECRET"); // it would stay the old one when the secret is changed
        leave(folder, stack);
        shell
    }
}

/// A stack whose tickets can be read.
pub struct Tickets {
    api: TicketApi,
    pub stack: Stack,
}

impl Tickets {
    pub fn to_be_read() -> Self {
        let now = Timestamp::now();
        let day = Day::idle(Desk::with_tickets(7, 10, now), now);
        let api = TicketApi::serving(Installation::new([day]), Timestamp::now);
        let stack = Stack::deploy(&format!("HoldSeconds=0 TicketApiUrl={}", api.url));
        stack.put_ticket_api_key(KEY);
        Self { api, stack }
    }

    /// Sets what `make local` does not.
    pub fn variables(&self) -> String {
        let (url, secret_id) = (&self.api.url, &self.stack.ticket_api_secret_id);
        format!("export TICKET_API_URL={url} TICKET_API_SECRET_ID={secret_id}")
    }
}

/// A text of a page with what its placeholders stand for.
pub fn filled(printed: &str) -> String {
    let fill = |text: String, (printed, meant): &(&str, &str)| text.replace(printed, meant);
    PLACEHOLDERS.iter().fold(printed.to_owned(), fill)
}

fn variables(stack: &Stack) -> [(&'static str, &str); 9] {
    [
        ("STACK_NAME", &stack.stack_name),
        ("WEBHOOK_URL", &stack.webhook_url),
        ("SECRET_ID", &stack.secret_id),
        ("RECONCILE_API_SECRET_ID", &stack.reconcile_api_secret_id),
        ("RECEIVER_LOG_GROUP", &stack.receiver_log_group),
        ("INBOX_TABLE", &stack.inbox_table),
        ("BODIES_BUCKET", &stack.bodies_bucket),
        ("QUEUE_URL", &stack.queue_url),
        ("DEAD_LETTER_QUEUE_URL", &stack.dead_letter_queue_url),
    ]
}

/// A folder that holds what the pages take to be there: programs on the path, and what `make local` leaves.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("docs-{}-{count}", std::process::id()));
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).expect("a folder can be made");
    fs::create_dir_all(folder.join("target/local")).expect("a folder can be made");
    let stand_in = bin.join("stand-in");
    fs::write(&stand_in, include_str!("stand-in.sh")).expect("it can be written");
    let runs = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&stand_in, runs).expect("it is ours");
    for name in STAND_INS {
        symlink("stand-in", bin.join(name)).expect("it can be linked");
    }
    let tool = env!("CARGO_BIN_EXE_alga-webhooks");
    symlink(tool, bin.join("alga-webhooks")).expect("it can be linked");
    let sender = Path::new(tool).with_file_name("algapsa");
    symlink(sender, bin.join("algapsa")).expect("it can be linked");
    folder
}

fn leave(folder: &Path, stack: &Stack) {
    let export = |(name, value): (&str, &str)| format!("export {name}='{value}'\n");
    let secret = ("SIGNING_SECRET", stack.signing_secret.as_str());
    let lines = variables(stack).into_iter().chain([secret]);
    let lines: Vec<String> = lines.map(export).collect();
    let file = folder.join("target/local/env-4566");
    fs::write(file, lines.concat()).expect("it can be written");
}

pub fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    free.local_addr().expect("it has an address").port()
}
