//! Does the receiver accept the secret? Test deliveries tell; nothing of them is kept.

use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use samples::Event;
use secrecy::ExposeSecret;
use serde::Serialize;
use shared::secret;
use uuid::Uuid;

use super::value::Value;
use crate::context::{Outcome, Stack};
use crate::output::{self, Time, progress};
use crate::signing::versions::Versions;
use crate::signing::{Answer, Delivery, Subscription, VARIABLE, Wire, choose};

/// A receiver reads the secret again at most every 30 s, for the first delivery that needs it.
const PATIENCE: Duration = Duration::from_secs(40);
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// One test delivery, or several until one was accepted.
#[derive(Debug, Serialize)]
pub struct Check {
    /// `new` or `old`.
    signed_with: &'static str,
    accepted: bool,
    #[serde(flatten)]
    answer: Answer,
}

impl Check {
    fn row(&self) -> [String; 4] {
        let [status, word, time] = self.answer.cells();
        [
            format!("the {} secret", self.signed_with),
            status,
            word,
            time,
        ]
    }
}

#[derive(Debug, Serialize)]
pub struct Change {
    changed: bool,
    /// Whose, if there are several.
    webhook_id: Option<String>,
    /// Until when the secret before it is accepted too.
    previous_counts_until: Option<Time>,
    checks: Vec<Check>,
}

/// Waits until a delivery signed with the secret that `value` has for this webhook is accepted.
async fn accepts(
    stack: &Stack,
    value: &Value,
    webhook_id: Option<Uuid>,
    signed_with: &'static str,
) -> Result<Check> {
    let subscription = subscription(stack, value, webhook_id)?;
    let wire = Wire::unopened();
    let started = Instant::now();
    let bar = progress::looking("waiting for the receiver to read the secret, deliveries");
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
    Ok(Check {
        signed_with,
        accepted: answer.is_accepted() && answer.word() == "test",
        answer,
    })
}

fn subscription(stack: &Stack, value: &Value, webhook_id: Option<Uuid>) -> Result<Subscription> {
    let held = secret::parse(value.text().expose_secret())?;
    let secret = choose(&held, webhook_id)?;
    let (url, source) = (stack.webhook_url.clone(), stack.secret_id.clone());
    Ok(Subscription::new(url, secret, webhook_id, source))
}

fn test(subscription: &Subscription) -> Delivery {
    let mut event = Event::test_of(subscription.webhook_id);
    event.tenant_id = subscription.tenant_id.clone().unwrap_or(event.tenant_id);
    Delivery {
        body: event.body(),
        attempt: 1,
        ..Delivery::default()
    }
}

impl Change {
    /// Looks whether the receiver accepts what is there now, by each of these values.
    pub async fn checked(
        stack: &Stack,
        changed: bool,
        webhook_id: Option<Uuid>,
        values: &[(&Value, &'static str)],
    ) -> Result<Self> {
        let mut checks = Vec::new();
        for (value, signed_with) in values {
            checks.push(accepts(stack, value, webhook_id, signed_with).await?);
        }
        let versions = Versions::read(stack).await?;
        let overlaps = !versions.previous_counting(Timestamp::now()).is_empty();
        let until = versions.overlap_until().filter(|_| overlaps);
        Ok(Self {
            changed,
            webhook_id: webhook_id.map(|id| id.to_string()),
            previous_counts_until: until.map(Time),
            checks,
        })
    }

    /// Prints it, and says whether the receiver accepts all that it should.
    pub fn show(&self, json: bool) -> Result<Outcome> {
        output::either(json, self, || self.for_people())?;
        if self.changed && std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty()) {
            output::note(format_args!(
                "{VARIABLE} is set here, and alga-webhooks send signs with it, not with what was put: unset {VARIABLE}"
            ));
        }
        if self.checks.iter().all(|check| check.accepted) {
            return Ok(Outcome::Good);
        }
        output::note(format_args!(
            "a test delivery was not accepted, although the secret is in place. 401 or 503: the receiver reads a new \
             value within 30 seconds of the first delivery that needs it, so try again by: alga-webhooks send --type \
             webhook.test. Anything else: is WebhookUrl right? The receiver's log says more"
        ));
        Ok(Outcome::Bad)
    }

    fn for_people(&self) -> Result<()> {
        output::line(if self.changed {
            "The secret is in place."
        } else {
            "That is the current secret already; nothing was put."
        })?;
        let header = ["test delivery signed with", "status", "answer", "time"];
        output::table(header, self.checks.iter().map(Check::row))?;
        if let Some(until) = &self.previous_counts_until {
            output::line(format!(
                "The secret before it counts until {until}, and ends by itself."
            ))?;
        }
        Ok(())
    }
}
