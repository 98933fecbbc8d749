//! `alga-webhooks verify`, against a stack and without one.

use std::fs;
use std::path::PathBuf;

use algapsa::{Ticket, signature};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Stack, cloud};
use uuid::Uuid;

use crate::command::{Cli, Ran, alone, cli};

const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";

/// A request of AlgaPSA, captured in files.
struct Captured {
    body: Vec<u8>,
    signature: String,
    file: PathBuf,
}

impl Captured {
    fn signed(secret: &str, at: Timestamp) -> Self {
        let body = Ticket::new("Captured");
        let body = body.event("ticket.created", 0).body().to_vec();
        let signature = signature(secret, at.as_second(), &body);
        let file = std::env::temp_dir().join(Uuid::new_v4().to_string());
        fs::write(&file, &body).unwrap();
        Self {
            body,
            signature,
            file,
        }
    }

    /// Other bytes in the file than were signed.
    fn captured_as(self, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(&self.file, bytes).unwrap();
        self
    }

    /// Whole, as a proxy writes it.
    fn request(self, more: &str) -> Self {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: example\r\nX-Alga-Signature: {}\r\n{more}\r\n",
            self.signature
        );
        let request = [head.as_bytes(), &self.body].concat();
        self.captured_as(request)
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// What the tool says; never the MAC that it was given.
    fn verified(&self, stack: Option<&Stack>, more: &[&str]) -> Cli {
        let file = self.file.to_str().unwrap();
        let what = [
            "--json",
            "verify",
            "--body",
            file,
            "--signature",
            &self.signature,
        ];
        self.run(stack, &[&what, more].concat())
    }

    fn run(&self, stack: Option<&Stack>, arguments: &[&str]) -> Cli {
        let cli = match stack {
            Some(stack) => cli(stack, arguments),
            None => alone(arguments),
        };
        let mac = self.signature.split("v1=").nth(1).unwrap_or("none");
        cli.hiding(mac).hiding(SECRET)
    }

    fn with_secret(&self, more: &[&str]) -> Cli {
        self.verified(None, &[&["--secret-file", "-"], more].concat())
            .input(SECRET)
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// Whether each step of that name holds, and what it says.
fn step(ran: &Ran, name: &str) -> Vec<(Option<bool>, String)> {
    let judgement = ran.json();
    let steps = judgement["steps"].as_array().unwrap().iter();
    let steps = steps.filter(|step| step["step"] == name);
    steps
        .map(|step| {
            (
                step["holds"].as_bool(),
                step["detail"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn would_verify(ran: &Ran) -> String {
    ran.json()["would_verify"].to_string()
}

#[test]
fn a_good_request_verifies_by_the_stacks_secret() {
    let stack = Stack::deploy("");
    let captured = Captured::signed(&stack.signing_secret, Timestamp::now());
    let ran = captured.verified(Some(&stack), &[]).run().with_code(0);
    assert_eq!(ran.json()["verifies"], json!(true));
    for name in ["header", "form", "age", "secret"] {
        let all = step(&ran, name)
            .iter()
            .all(|(holds, _)| *holds == Some(true));
        assert!(all, "{name}: {}", ran.out);
    }
    let file = captured.file.to_str().unwrap();
    let ran = captured.run(
        None,
        &[
            "--stack",
            &stack.stack_name,
            "verify",
            "--body",
            file,
            "--signature",
            &captured.signature,
        ],
    );
    let ran = ran.run().with_code(0);
    ran.shows("AWSCURRENT made it");
    ran.shows("It verifies");
}

#[test]
fn a_whole_captured_request_is_read_with_its_own_time() {
    let then = Timestamp::now() - SignedDuration::from_hours(100);
    let dated = then
        .strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n")
        .to_string();
    for (more, arguments, code) in [
        ("", &[][..], 1),
        ("", &["--at", &then.to_string()], 0),
        (&dated, &[], 0),
        ("Content-Length: 9999\r\n", &["--at", &then.to_string()], 0),
    ] {
        let captured = Captured::signed(SECRET, then).request(more);
        let file = captured.file.to_str().unwrap();
        let arguments = [
            &["--json", "verify", "--request", file, "--secret-file", "-"],
            arguments,
        ]
        .concat();
        let ran = captured.run(None, &arguments);
        let ran = ran.input(SECRET).run().with_code(code);
        assert_eq!(step(&ran, "age")[0].0, Some(code == 0), "{}", ran.out);
        assert_eq!(step(&ran, "secret")[0].0, Some(true));
        let count = step(&ran, "capture").len();
        assert_eq!(count, usize::from(more.contains("9999")));
    }
}

#[test]
fn the_age_may_be_five_minutes_either_way() {
    let now = Timestamp::now();
    let captured = Captured::signed(SECRET, now);
    for (later, code) in [(-301, 1), (-300, 0), (300, 0), (301, 1)] {
        let at = (now.as_second() + later).to_string();
        let ran = captured.with_secret(&[&format!("--at={at}")]);
        let ran = ran.run().with_code(code);
        assert_eq!(step(&ran, "age")[0].0, Some(code == 0));
    }
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let mut captured = Captured::signed(SECRET, Timestamp::now());
    let file = captured.file.to_str().unwrap().to_owned();
    let ran = captured.run(
        None,
        &["--json", "verify", "--body", &file, "--secret-file", "-"],
    );
    let ran = ran.input(SECRET).run().with_code(1);
    assert_eq!(step(&ran, "header")[0].0, Some(false));
    captured.signature = captured
        .signature
        .to_uppercase()
        .replace("T=", "t=")
        .replace("V1=", "v1=");
    let ran = captured.with_secret(&[]).run().with_code(1);
    assert!(
        step(&ran, "form")[0].1.contains("upper-case hex"),
        "{}",
        ran.out
    );
    ran.shows("only the header's writing is wrong");
    captured.signature = "sha256=abc".into();
    let ran = captured.with_secret(&[]).run().with_code(1);
    assert!(step(&ran, "form")[0].1.contains("no v1="), "{}", ran.out);
}

#[test]
fn a_changed_capture_is_seen_through() {
    let now = Timestamp::now();
    let pretty = |text: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
    };
    let captured = Captured::signed(SECRET, now);
    let newline = format!("{}\n", captured.text());
    let ran = captured.captured_as(newline);
    let ran = ran.with_secret(&[]).run().with_code(1);
    assert!(
        would_verify(&ran).contains("a newline was added"),
        "{}",
        ran.out
    );
    assert_eq!(ran.json()["verifies"], json!(false));

    // The tool keeps the order of keys, and the parser of this test sorts them; so sort them before they are signed.
    let mut captured = Captured::signed(SECRET, now);
    captured.body =
        serde_json::to_vec(&serde_json::from_slice::<Value>(&captured.body).unwrap()).unwrap();
    captured.signature = signature(SECRET, now.as_second(), &captured.body);
    let text = pretty(&captured.text());
    let ran = captured.captured_as(text);
    let ran = ran.with_secret(&[]).run().with_code(1);
    assert!(
        would_verify(&ran).contains("other white space"),
        "{}",
        ran.out
    );

    let captured = Captured::signed(SECRET, now);
    let other = captured.text().replace("Captured", "Forged");
    let ran = captured.captured_as(other);
    let ran = ran.with_secret(&[]).run().with_code(1);
    assert_eq!(would_verify(&ran), "null");
    ran.shows("No secret here made it");
}

#[test]
fn a_request_before_and_after_a_rotation_is_explained() {
    let stack = Stack::deploy("");
    let now = Timestamp::now();
    let captured = Captured::signed(&stack.signing_secret, now);
    stack.put_secret(SECRET);
    let ran = captured.verified(Some(&stack), &[]).run().with_code(0);
    ran.shows("AWSPREVIOUS (counts until ");

    let later = now + SignedDuration::from_hours(2);
    let captured = Captured::signed(&stack.signing_secret, later);
    let ran = captured.verified(Some(&stack), &["--at", &later.to_string()]);
    let ran = ran.run().with_code(1);
    assert!(
        would_verify(&ran).contains("AWSPREVIOUS: it has not counted since"),
        "{}",
        ran.out
    );

    let earlier = now - SignedDuration::from_hours(2);
    let captured = Captured::signed(SECRET, earlier);
    let ran = captured.verified(Some(&stack), &["--at", &earlier.to_string()]);
    let ran = ran.run().with_code(1);
    assert!(
        would_verify(&ran).contains("was put only at"),
        "{}",
        ran.out
    );
}

#[test]
fn a_secret_that_was_only_prepared_is_found() {
    let stack = Stack::deploy("");
    let put = json!({
        "SecretId": stack.secret_id,
        "SecretString": SECRET,
        "ClientRequestToken": Uuid::new_v4().to_string(),
        "VersionStages": ["AWSPENDING"],
    });
    cloud::call("secretsmanager", "PutSecretValue", &put).unwrap();
    let captured = Captured::signed(SECRET, Timestamp::now());
    let ran = captured.verified(Some(&stack), &[]).run().with_code(1);
    assert!(would_verify(&ran).contains("AWSPENDING of"), "{}", ran.out);
    ran.shows("alga-webhooks secret rotate");
}

#[test]
fn a_secret_speaks_for_its_own_tenant_only() {
    let captured = Captured::signed(SECRET, Timestamp::now());
    let webhook = Uuid::new_v4().to_string();
    let other = Uuid::new_v4().to_string();
    for (tenant, code) in [(algapsa::TENANT, 0), ("another", 1)] {
        let map = json!({
            webhook.clone(): { "secret": SECRET, "tenant_id": tenant },
            other.clone(): { "secret": "x" },
        });
        let ran = captured.with_secret(&["--webhook-id", &webhook]);
        let ran = ran.input(&map.to_string()).run().with_code(code);
        assert_eq!(step(&ran, "tenant")[0].0, Some(code == 0), "{}", ran.out);
        let secrets = step(&ran, "secret");
        assert!(
            secrets[0].1.contains(&webhook) && secrets[0].1.contains("as X-Alga-Webhook-Id says"),
            "{}",
            ran.out
        );
        assert_eq!(secrets[1].0, None);
    }
}

#[test]
fn a_stack_without_a_secret_is_told_what_to_do() {
    let stack = Stack::deploy("");
    stack.put_secret("");
    let captured = Captured::signed(SECRET, Timestamp::now());
    let file = captured.file.to_str().unwrap();
    let ran = captured.run(
        Some(&stack),
        &["verify", "--body", file, "--signature", &captured.signature],
    );
    let ran = ran.run().with_code(1);
    ran.shows("alga-webhooks secret set");
    ran.shows("503");
    stack.put_secret("{}");
    let ran = captured.verified(Some(&stack), &[]).run().with_code(1);
    assert!(
        step(&ran, "secret")[0].1.contains("cannot be used"),
        "{}",
        ran.out
    );
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for arguments in [
        &["verify"][..],
        &["verify", "--body", "a", "--request", "b"],
        &["verify", "--request", "b", "--signature", "c"],
        &["verify", "--body", "a", "--at", "yesterday"],
    ] {
        alone(arguments).run().with_code(2);
    }
    let ran = alone(&["verify", "--body", "-", "--secret-file", "-"])
        .run()
        .with_code(1);
    ran.warns("only one of them");
    let ran = alone(&["verify", "--request", "-", "--secret-file", "/nowhere"]);
    let ran = ran.input("{}").run().with_code(1);
    ran.warns("no empty line");
    let ran = alone(&["verify", "--body", "/nowhere"]).run().with_code(1);
    ran.warns("failed to read /nowhere");
}
