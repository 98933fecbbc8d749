//! What is right and what is not, step by step, as the receiver would find it.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::event;
use shared::signature::{Signature, WINDOW};

use super::capture::Capture;
use super::header;
use super::keys::{Held, Key};
use super::suspects::Suspect;
use crate::context::Outcome;
use crate::output::{self, Time, hint};

const WRITTEN: &str = "AlgaPSA writes t=<Unix seconds>,v1=<64 lower-case hex digits>: what is between AlgaPSA and the \
    receiver that could have changed it?";
const TIMED: &str = "Say with --at when the request was received. If that is right already, a clock is wrong, or somebody \
    replays old requests.";
const BOUND: &str = "If the body's tenant is the right one, correct the tenant that the secret is bound to: alga-webhooks \
    secret set --webhook-id … --tenant …";
const UNEXPLAINED: &str = "None of the secrets here signed it, and no usual change of body or secret explains it. Either the \
    body was changed in another way, or AlgaPSA signs with another secret. If it is the secret, run: alga-webhooks secret rotate";

#[derive(Debug, Serialize)]
pub struct Judgement {
    verifies: bool,
    received_at: Time,
    /// Whether there is a secret to check with at all.
    #[serde(skip)]
    holds_any: bool,
    /// Whether a secret that counts made the signature, whatever else is wrong.
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
    /// None if it does not matter for the result.
    holds: Option<bool>,
    detail: String,
}

impl Judgement {
    /// Makes all of the receiver's checks. The receiver stops at the first fault; this goes on.
    pub fn of(capture: &Capture, at: Timestamp, held: &Held) -> Self {
        let mut judgement = Self {
            verifies: false,
            received_at: Time(at),
            holds_any: held.is_ok(),
            matches: false,
            steps: Vec::new(),
            would_verify: None,
            advice: Vec::new(),
        };
        for note in &capture.notes {
            judgement.step("capture", false, note);
        }
        let signature = judgement.signature(capture.signature.as_deref());
        let fresh = signature
            .as_ref()
            .is_some_and(|signature| judgement.age(signature, at));
        match (held, signature) {
            (Err(trouble), _) => judgement.step("secret", false, trouble),
            (Ok(keys), Some(signature)) => {
                judgement.verifies = judgement.secrets(&signature, capture, keys) && fresh;
            }
            (Ok(_), None) => {}
        }
        judgement
    }

    fn step(
        &mut self,
        name: &'static str,
        holds: impl Into<Option<bool>>,
        detail: impl Into<String>,
    ) {
        self.steps.push(Step {
            name,
            holds: holds.into(),
            detail: detail.into(),
        });
    }

    fn advise(&mut self, advice: &str) {
        let advice = hint(advice);
        if !self.advice.contains(&advice) {
            self.advice.push(advice);
        }
    }

    fn signature<'a>(&mut self, header: Option<&'a str>) -> Option<Signature<'a>> {
        let Some(header) = header else {
            self.step("header", false, "there is no X-Alga-Signature");
            self.advise("Does the request come from AlgaPSA, or did a proxy remove the header?");
            return None;
        };
        self.step("header", true, "X-Alga-Signature is there");
        let signature = Signature::parse(header);
        if signature.is_some() {
            self.step("form", true, "it is t=<Unix seconds>,v1=<64 hex digits>");
        } else {
            self.step("form", false, header::faults(header).join("; "));
            self.advise(WRITTEN);
        }
        signature
    }

    fn age(&mut self, signature: &Signature, at: Timestamp) -> bool {
        let fresh = signature.is_fresh(at);
        let age = at.as_second() - signature.signed_at().as_second();
        let side = if age < 0 { "after" } else { "before" };
        let (age, received) = (SignedDuration::from_secs(age).abs(), self.received_at);
        let detail = format!(
            "signed {age:#} {side} it was received at {received}; up to {WINDOW:#} is allowed either way"
        );
        self.step("age", fresh, detail);
        if !fresh {
            self.advise(TIMED);
        }
        fresh
    }

    /// Whether one that counts has made it and may speak for the tenant.
    fn secrets(&mut self, signature: &Signature, capture: &Capture, keys: &[Key]) -> bool {
        let made = |key: &&Key| signature.is_made_with(&key.secret.key, &capture.body);
        let (made, others): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(made);
        let counting = || made.iter().filter(|key| key.not_counting.is_none());
        let spoken_for = counting().any(|key| key.secret.may_speak_for(&capture.body));
        self.matches = counting().next().is_some();
        for key in &made {
            self.made(key, capture);
        }
        for key in others {
            let holds = (!self.matches).then_some(false);
            self.step("secret", holds, format!("{} did not sign it", key.name));
        }
        if self.matches && !spoken_for {
            self.advise(BOUND);
        }
        spoken_for
    }

    fn made(&mut self, key: &Key, capture: &Capture) {
        let named = capture
            .webhook_id
            .filter(|id| Some(*id) == key.secret.webhook_id);
        let named = named.map_or("", |_| ", as X-Alga-Webhook-Id says");
        let name = &key.name;
        match &key.not_counting {
            None => self.step("secret", true, format!("{name} signed it{named}")),
            Some(why) => self.step("secret", false, format!("{name} signed it, but it {why}")),
        }
        if let Some(own) = &key.secret.tenant_id {
            let tenant = event::tenant_of(&capture.body).unwrap_or_else(|| "none".into());
            let detail =
                format!("that secret may speak only for {own}; the body's tenant is {tenant}");
            self.step("tenant", key.secret.may_speak_for(&capture.body), detail);
        }
    }

    /// Takes in the explanation that was found for a signature that no secret had made.
    pub fn suspect(&mut self, suspect: Option<Suspect>) {
        let looked = |name: &str| self.steps.iter().any(|step| step.name == name);
        let Some(Suspect { what, advice }) = suspect else {
            if looked("secret") && looked("age") {
                self.advise(UNEXPLAINED);
            }
            return;
        };
        if what.is_empty() {
            self.advise("The signature is right: only the header is written badly.");
        }
        for sentence in advice {
            self.advise(sentence);
        }
        self.would_verify = Some(what);
    }

    pub fn show(&self, json: bool) -> Result<Outcome> {
        output::either(json, self, || self.for_people())?;
        Ok(Outcome::good_if(self.verifies))
    }

    fn for_people(&self) -> Result<()> {
        let mark = |holds: Option<bool>| holds.map_or("", |holds| if holds { "yes" } else { "no" });
        let rows = self.steps.iter().map(|step| {
            let Step {
                name,
                holds,
                detail,
            } = step;
            [(*name).into(), mark(*holds).into(), detail.clone()]
        });
        output::table(["check", "ok", "found"], rows)?;
        for what in self.would_verify.iter().flatten() {
            output::line(format_args!("This would explain it: {what}."))?;
        }
        for advice in &self.advice {
            output::line(advice)?;
        }
        output::line(match (self.verifies, self.holds_any) {
            (true, _) => "It verifies: the receiver would accept it.",
            (false, true) => "It does not verify: the receiver would answer 401.",
            (false, false) => "It cannot be verified: without a secret the receiver answers 503.",
        })
    }
}
