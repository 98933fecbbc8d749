//! What holds and what does not, step by step, as the receiver would find it.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::event;
use shared::signature::{Signature, WINDOW};

use super::capture::Capture;
use super::header;
use super::keys::{Holding, Key};
use super::suspects::Suspect;
use crate::{Outcome, show};

const WRITTEN: &str = "AlgaPSA writes t=<Unix seconds>,v1=<64 lower-case hex digits>: what lies between it \
    and the receiver?";
const TIMED: &str = "Say by --at when it was received. If that is right, a clock is off, or somebody replays \
    old requests.";
const BOUND: &str = "If the body's tenant is the right one, correct the one beside the secret, by alga-webhooks secret set \
    --webhook-id … --tenant …";
const UNEXPLAINED: &str = "No secret here made it, nor does a usual change of body or secret explain it. Either the \
    body was changed in another way, or AlgaPSA signs with another secret: then put that in by alga-webhooks secret rotate.";

/// The whole of it.
#[derive(Debug, Serialize)]
pub struct Judgement {
    verifies: bool,
    received_at: String,
    /// Whether there is a secret to check with at all.
    #[serde(skip)]
    holds_any: bool,
    /// Whether a secret that counts has made the signature, whatever else is wrong.
    #[serde(skip)]
    pub matches: bool,
    steps: Vec<Step>,
    /// What would verify, if that was found.
    would_verify: Option<Vec<String>>,
    advice: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Step {
    #[serde(rename = "step")]
    name: &'static str,
    /// None if it does not matter.
    holds: Option<bool>,
    detail: String,
}

impl Judgement {
    /// Checks all that the receiver checks. It stops at the first fault; this goes on.
    pub fn of(capture: &Capture, at: Timestamp, holding: &Holding) -> Self {
        let mut judgement = Self {
            verifies: false,
            received_at: show::time(at),
            holds_any: holding.trouble.is_none(),
            matches: false,
            steps: Vec::new(),
            would_verify: None,
            advice: Vec::new(),
        };
        for note in &capture.notes {
            judgement.step("capture", Some(false), note.clone());
        }
        let signature = judgement.signature(capture.signature.as_deref());
        let fresh = signature
            .as_ref()
            .is_some_and(|signature| judgement.age(signature, at));
        if let Some(trouble) = &holding.trouble {
            judgement.step("secret", Some(false), trouble.clone());
        }
        if let Some(signature) = signature {
            let spoken_for = judgement.secrets(&signature, capture, &holding.keys);
            judgement.verifies = fresh && spoken_for;
        }
        judgement
    }

    fn step(&mut self, name: &'static str, holds: Option<bool>, detail: String) {
        self.steps.push(Step {
            name,
            holds,
            detail,
        });
    }

    fn advise(&mut self, advice: impl Into<String>) {
        self.advice.push(advice.into());
    }

    fn signature<'a>(&mut self, header: Option<&'a str>) -> Option<Signature<'a>> {
        let Some(header) = header else {
            self.step("header", Some(false), "there is no X-Alga-Signature".into());
            self.advise("Did the request come from AlgaPSA, and did a proxy take the header away?");
            return None;
        };
        self.step("header", Some(true), "X-Alga-Signature is there".into());
        let signature = Signature::parse(header);
        if signature.is_some() {
            self.step(
                "form",
                Some(true),
                "it is t=<Unix seconds>,v1=<64 hex digits>".into(),
            );
        } else {
            self.step("form", Some(false), header::faults(header).join("; "));
            self.advise(WRITTEN);
        }
        signature
    }

    fn age(&mut self, signature: &Signature, at: Timestamp) -> bool {
        let fresh = signature.is_fresh(at);
        let age = at.as_second() - signature.signed_at().as_second();
        let (long, side) = (
            SignedDuration::from_secs(age).abs(),
            if age < 0 { "after" } else { "before" },
        );
        let received = &self.received_at;
        let detail = format!(
            "signed {long:#} {side} it was received, at {received}; {WINDOW:#} are allowed either way"
        );
        self.step("age", Some(fresh), detail);
        if !fresh {
            self.advise(TIMED);
        }
        fresh
    }

    /// Whether one that counts has made it and may speak for the tenant.
    fn secrets(&mut self, signature: &Signature, capture: &Capture, keys: &[Key]) -> bool {
        let made = |key: &Key| signature.is_made_with(&key.secret.key, &capture.body);
        let (made, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| made(key));
        self.matches = made.iter().any(|key| key.not_counting.is_none());
        for key in &made {
            self.made(key, capture);
        }
        for key in others {
            let holds = if self.matches { None } else { Some(false) };
            self.step("secret", holds, format!("{} did not make it", key.name));
        }
        let counting = made.iter().filter(|key| key.not_counting.is_none());
        let spoken_for = counting
            .clone()
            .any(|key| key.secret.may_speak_for(&capture.body));
        if self.matches && !spoken_for {
            self.advise(BOUND);
        }
        spoken_for
    }

    fn made(&mut self, key: &Key, capture: &Capture) {
        let named = capture.webhook_id.is_some() && capture.webhook_id == key.secret.webhook_id;
        let named = if named {
            ", as X-Alga-Webhook-Id says"
        } else {
            ""
        };
        match &key.not_counting {
            None => self.step("secret", Some(true), format!("{} made it{named}", key.name)),
            Some(why) => self.step(
                "secret",
                Some(false),
                format!("{} made it, but it {why}", key.name),
            ),
        }
        let tenant = event::tenant_of(&capture.body).unwrap_or_else(|| "none".into());
        if let Some(own) = &key.secret.tenant_id {
            let detail =
                format!("that secret may speak for {own} only; the body's tenant is {tenant}");
            self.step(
                "tenant",
                Some(key.secret.may_speak_for(&capture.body)),
                detail,
            );
        }
    }

    /// What was found when no secret had made it.
    pub fn suspect(&mut self, suspect: Option<Suspect>) {
        let Some(Suspect { what, advice }) = suspect else {
            let looked = self.steps.iter().any(|step| step.name == "secret")
                && self.steps.iter().any(|step| step.name == "age");
            if looked {
                self.advise(UNEXPLAINED);
            }
            return;
        };
        if what.is_empty() {
            self.advise("Otherwise the signature is right: only the header's writing is wrong.");
        }
        for sentence in advice {
            if !self.advice.iter().any(|known| known == sentence) {
                self.advise(sentence);
            }
        }
        self.would_verify = Some(what);
    }

    /// Prints it.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn show(&self, json: bool) -> Result<Outcome> {
        if json {
            show::json(self)?;
        } else {
            self.for_people()?;
        }
        Ok(if self.verifies {
            Outcome::Good
        } else {
            Outcome::Bad
        })
    }

    fn for_people(&self) -> Result<()> {
        let mark = |holds: Option<bool>| match holds {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let row = |step: &Step| {
            [
                step.name.into(),
                mark(step.holds).into(),
                step.detail.clone(),
            ]
        };
        show::table(["step", "holds", "what"], self.steps.iter().map(row), &[])?;
        for what in self.would_verify.iter().flatten() {
            show::line(format!("This would explain it: {what}."))?;
        }
        for advice in &self.advice {
            show::line(advice)?;
        }
        show::line(match (self.verifies, self.holds_any) {
            (true, _) => "It verifies: the receiver would accept it.",
            (false, true) => "It does not verify: the receiver would answer 401.",
            (false, false) => "It cannot be verified: a receiver without a secret answers 503.",
        })
    }
}
