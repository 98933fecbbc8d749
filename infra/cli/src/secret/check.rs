//! Does the receiver accept it? Test deliveries tell; nothing of them is kept.

use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use uuid::Uuid;

use super::value::Value;
use crate::send::delivery::{Delivery, Wire};
use crate::send::{Answer, Sample, Subscription, VARIABLE};
use crate::stack::Stack;
use crate::{Outcome, progress, show};

/// A receiver reads the secret again at most every 30 s, for the first delivery that needs it.
const PATIENCE: Duration = Duration::from_secs(40);
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// One test delivery, or several until one was accepted.
#[derive(Debug, Serialize)]
pub struct Check {
    /// `new` or `old`.
    signed_with: &'static str,
    accepted: bool,
    status: Option<u16>,
    answer: String,
    ms: u128,
}

impl Check {
    fn new(signed_with: &'static str, answer: &Answer) -> Self {
        Self {
            signed_with,
            accepted: answer.is_accepted() && answer.word() == "test",
            status: answer.status,
            answer: answer.word(),
            ms: answer.ms,
        }
    }

    fn row(&self) -> [String; 4] {
        let status = self
            .status
            .map_or_else(|| "none".to_owned(), |status| status.to_string());
        [
            format!("the {} secret", self.signed_with),
            status,
            self.answer.clone(),
            format!("{} ms", self.ms),
        ]
    }
}

/// What became of the secret.
#[derive(Debug, Serialize)]
pub struct Change {
    /// Whether something was put.
    pub changed: bool,
    /// Whose, if there are several.
    pub webhook_id: Option<String>,
    /// Until when the secret before it is accepted too.
    pub previous_counts_until: Option<String>,
    pub checks: Vec<Check>,
}

/// Waits until a delivery signed with the secret that `value` has for this webhook is accepted.
///
/// # Errors
/// When the webhook URL is none.
pub async fn accepts(
    stack: &Stack,
    value: &Value,
    webhook_id: Option<Uuid>,
    signed_with: &'static str,
) -> Result<Check> {
    let subscription = subscription(stack, value, webhook_id)?;
    let wire = Wire::new();
    let started = Instant::now();
    let bar = progress::looking("waiting for the receiver to read the secret, tries");
    let answer = loop {
        bar.inc(1);
        let answer = wire.send(&subscription, &test(&subscription)).await?;
        let later = matches!(answer.status, Some(401 | 503));
        if !later || started.elapsed() > PATIENCE {
            break answer;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    };
    bar.finish_and_clear();
    Ok(Check::new(signed_with, &answer))
}

fn subscription(stack: &Stack, value: &Value, webhook_id: Option<Uuid>) -> Result<Subscription> {
    let held = shared::secret::parse(value.text().expose_secret())?;
    let secret = crate::send::choose(&held, webhook_id)?;
    Ok(Subscription::new(
        stack.webhook_url.clone(),
        secret,
        webhook_id,
        stack.secret_id.clone(),
    ))
}

fn test(subscription: &Subscription) -> Delivery {
    let sample = Sample {
        event_id: None,
        event_type: "webhook.test".to_owned(),
        tenant_id: subscription.tenant_id(),
        subject_id: String::new(),
        webhook_id: subscription.webhook_id,
    };
    Delivery::of(sample.body(Timestamp::now()))
}

impl Change {
    /// Prints it, and says whether the receiver accepts all that it should.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn show(&self, json: bool) -> Result<Outcome> {
        if json {
            show::json(self)?;
        } else {
            self.for_people()?;
        }
        if self.changed && std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty()) {
            show::note(format_args!(
                "{VARIABLE} is set here, and alga-webhooks send signs with it, not with what was put: unset {VARIABLE}"
            ));
        }
        if self.checks.iter().all(|check| check.accepted) {
            return Ok(Outcome::Good);
        }
        show::note(format_args!(
            "a test delivery was not accepted, although the secret is in place. 401 or 503: the receiver reads a new \
             value within 30 seconds of the first delivery that needs it, so try again by: alga-webhooks send --type \
             webhook.test. Anything else: is WebhookUrl right? The receiver's log says more"
        ));
        Ok(Outcome::Bad)
    }

    fn for_people(&self) -> Result<()> {
        show::line(if self.changed {
            "The secret is in place."
        } else {
            "That is the current secret already; nothing was put."
        })?;
        let header = ["test delivery signed with", "status", "answer", "time"];
        show::table(header, self.checks.iter().map(Check::row), &[])?;
        if let Some(until) = &self.previous_counts_until {
            show::line(format!(
                "The secret before it counts until {until}, and ends by itself."
            ))?;
        }
        Ok(())
    }
}
