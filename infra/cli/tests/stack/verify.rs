//! `alga-webhooks verify`, against a stack and without one.

use std::fs;

use algapsa::{Ticket, signature};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Stack, cloud};
use uuid::Uuid;

use crate::command::{Cli, Ran, alone, by_name, cli};

const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";

/// A request of AlgaPSA, captured in files.
pub struct Captured {
    body: String,
    signature: String,
    pub file: String,
}

impl Captured {
    pub fn signed(secret: &str, at: Timestamp) -> Self {
        let event = Ticket::new("Captured").event("ticket.created", 0);
        let body = String::from_utf8(event.body().to_vec()).unwrap();
        Self::of(body, secret, at)
    }

    fn of(body: String, secret: &str, at: Timestamp) -> Self {
        let file = std::env::temp_dir().join(Uuid::new_v4().to_string());
        fs::write(&file, &body).unwrap();
        Self {
            signature: signature(secret, at.as_second(), body.as_bytes()),
            file: file.to_str().unwrap().to_owned(),
            body,
        }
    }

    /// Other bytes in the file than were signed.
    fn captured_as(self, bytes: &str) -> Self {
        fs::write(&self.file, bytes).unwrap();
        self
    }

    /// Whole, as a proxy writes it.
    pub fn request(self, more: &str) -> Self {
        let signature = format!("X-Alga-Signature: {}", self.signature);
        let head = format!("POST / HTTP/1.1\r\nHost: example\r\n{signature}\r\n{more}\r\n");
        let request = format!("{head}{}", self.body);
        self.captured_as(&request)
    }

    /// Words to verify it by.
    fn words(&self) -> String {
        format!("verify --body {} --signature {}", self.file, self.signature)
    }

    /// That run may tell neither the secret nor the MAC.
    fn hidden(&self, cli: Cli) -> Cli {
        let mac = self.signature.split("v1=").nth(1).unwrap_or("none");
        cli.hiding(mac).hiding(SECRET)
    }

    fn verified(&self, stack: &Stack, more: &str) -> Cli {
        self.hidden(cli(stack, &format!("--json {} {more}", self.words())))
    }

    fn with_secret(&self, more: &str) -> Cli {
        self.by_secret(&format!("{} {more}", self.words()))
    }

    fn by_secret(&self, words: &str) -> Cli {
        let cli = alone(&format!("--json {words} --secret-file -"));
        self.hidden(cli).input(SECRET)
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
    let detail = |step: &Value| step["detail"].as_str().unwrap().to_owned();
    let seen = steps.map(|step| (step["holds"].as_bool(), detail(step)));
    seen.collect()
}

/// The first step of that name must say this.
#[track_caller]
fn says(ran: &Ran, name: &str, text: &str) {
    assert!(step(ran, name)[0].1.contains(text), "{}", ran.out);
}

#[track_caller]
fn would_verify(ran: &Ran, text: &str) {
    let would = ran.json()["would_verify"].to_string();
    assert!(would.contains(text), "{}", ran.out);
}

#[test]
fn a_good_request_verifies_by_the_stacks_secret() {
    let stack = Stack::deploy("");
    let captured = Captured::signed(&stack.signing_secret, Timestamp::now());
    let ran = captured.verified(&stack, "").ends(0);
    assert_eq!(ran.json()["verifies"], json!(true));
    for name in ["header", "form", "age", "secret"] {
        let steps = step(&ran, name);
        let all = steps.iter().all(|(holds, _)| *holds == Some(true));
        assert!(all, "{name}: {}", ran.out);
    }
    let named = by_name(&stack, &captured.words());
    let ran = captured.hidden(named).ends(0);
    ran.shows("AWSCURRENT signed it … It verifies");
}

#[test]
fn a_whole_captured_request_is_read_with_its_own_time() {
    let then = Timestamp::now() - SignedDuration::from_hours(100);
    let dated = then.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n");
    let (dated, at) = (dated.to_string(), format!("--at {then}"));
    for (more, at, code) in [
        ("", "", 1),
        ("", &*at, 0),
        (&dated, "", 0),
        ("Content-Length: 9999\r\n", &at, 0),
    ] {
        let captured = Captured::signed(SECRET, then).request(more);
        let words = format!("verify --request {} {at}", captured.file);
        let ran = captured.by_secret(&words).ends(code);
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
        let at = format!("--at={}", now.as_second() + later);
        let ran = captured.with_secret(&at).ends(code);
        assert_eq!(step(&ran, "age")[0].0, Some(code == 0));
    }
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let mut captured = Captured::signed(SECRET, Timestamp::now());
    let ran = captured.by_secret(&format!("verify --body {}", captured.file));
    assert_eq!(step(&ran.ends(1), "header")[0].0, Some(false));
    let upper = captured.signature.to_uppercase();
    captured.signature = upper.replace("T=", "t=").replace("V1=", "v1=");
    let ran = captured.with_secret("").ends(1);
    says(&ran, "form", "upper-case hex");
    ran.shows("only the header is written badly");
    captured.signature = "sha256=abc".into();
    let ran = captured.with_secret("").ends(1);
    says(&ran, "form", "no v1=");
}

#[test]
fn a_changed_capture_is_seen_through() {
    let now = Timestamp::now();
    let captured = Captured::signed(SECRET, now);
    let newline = format!("{}\n", captured.body);
    let ran = captured.captured_as(&newline).with_secret("").ends(1);
    would_verify(&ran, "a newline was added");
    assert_eq!(ran.json()["verifies"], json!(false));

    // The tool keeps the order of keys, and the parser of this test sorts them; so sort them before they are signed.
    let captured = Captured::signed(SECRET, now);
    let sorted: Value = serde_json::from_str(&captured.body).unwrap();
    let captured = Captured::of(sorted.to_string(), SECRET, now);
    let pretty = captured.captured_as(&format!("{sorted:#}"));
    let ran = pretty.with_secret("").ends(1);
    would_verify(&ran, "other white space");

    let captured = Captured::signed(SECRET, now);
    let other = captured.body.replace("Captured", "Forged");
    let ran = captured.captured_as(&other).with_secret("").ends(1);
    assert_eq!(ran.json()["would_verify"], Value::Null);
    ran.shows("None of the secrets here signed it");
}

#[test]
fn a_request_before_and_after_a_rotation_is_explained() {
    let stack = Stack::deploy("");
    let now = Timestamp::now();
    let captured = Captured::signed(&stack.signing_secret, now);
    stack.put_secret(SECRET);
    let ran = captured.verified(&stack, "").ends(0);
    ran.shows("AWSPREVIOUS (counts until ");

    let later = now + SignedDuration::from_hours(2);
    let captured = Captured::signed(&stack.signing_secret, later);
    let ran = captured.verified(&stack, &format!("--at {later}")).ends(1);
    would_verify(&ran, "AWSPREVIOUS: it has not counted since");

    let earlier = now - SignedDuration::from_hours(2);
    let captured = Captured::signed(SECRET, earlier);
    let ran = captured.verified(&stack, &format!("--at {earlier}"));
    would_verify(&ran.ends(1), "was set at");
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
    let ran = captured.verified(&stack, "").ends(1);
    would_verify(&ran, "AWSPENDING of");
    ran.shows("alga-webhooks secret rotate");
}

#[test]
fn a_secret_speaks_for_its_own_tenant_only() {
    let captured = Captured::signed(SECRET, Timestamp::now());
    let (webhook, other) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    for (tenant, code) in [(algapsa::TENANT, 0), ("another", 1)] {
        let map = json!({
            webhook.clone(): { "secret": SECRET, "tenant_id": tenant },
            other.clone(): { "secret": "x" },
        });
        let ran = captured.with_secret(&format!("--webhook-id {webhook}"));
        let ran = ran.input(&map.to_string()).ends(code);
        assert_eq!(step(&ran, "tenant")[0].0, Some(code == 0), "{}", ran.out);
        says(&ran, "secret", &webhook);
        says(&ran, "secret", "as X-Alga-Webhook-Id says");
        assert_eq!(step(&ran, "secret")[1].0, None);
    }
}

#[test]
fn a_stack_without_a_secret_is_told_what_to_do() {
    let stack = Stack::deploy("");
    stack.put_secret("");
    let captured = Captured::signed(SECRET, Timestamp::now());
    let ran = captured.hidden(cli(&stack, &captured.words())).ends(1);
    ran.shows("alga-webhooks secret set … 503");
    stack.put_secret("{}");
    let ran = captured.verified(&stack, "").ends(1);
    says(&ran, "secret", "cannot be used");
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for words in [
        "verify",
        "verify --body a --request b",
        "verify --request b --signature c",
        "verify --body a --at yesterday",
    ] {
        alone(words).ends(2);
    }
    let ran = alone("verify --body - --secret-file -").ends(1);
    ran.warns("only one file");
    let request = alone("verify --request - --secret-file /nowhere");
    let ran = request.input("{}").ends(1);
    ran.warns("no empty line");
    let ran = alone("verify --body /nowhere").ends(1);
    ran.warns("failed to read /nowhere");
}
