//! Does the receiver accept the secret? Test deliveries tell; it keeps nothing of them.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use samples::Event;
use secrecy::ExposeSecret;
use serde::Serialize;
use shared::secret::{self, AT_MOST_EVERY, Secret};
use uuid::Uuid;

use super::value::Value;
use crate::context::{Outcome, Stack};
use crate::output::{self, Time, hint};
use crate::signing::versions::Versions;
use crate::signing::{Answer, Delivery, Subscription, VARIABLE, Wire, choose, own_id};

/// By then any instance of the receiver reads the new value for the first delivery that needs it. Until then it may be
/// barred from reading, because a delivery that was signed with the new secret too early has just made it read the old one.
const READS_BY_THEN: Duration = Duration::from_secs(AT_MOST_EVERY.as_secs().unsigned_abs() + 1);

/// What became of a test delivery, or of the second one if the first was refused. One refusal raises no alarm; several would.
#[derive(Debug, Serialize)]
pub struct Check {
    /// `new` or `old`.
    signed_with: &'static str,
    accepted: bool,
    #[serde(flatten)]
    answer: Answer,
}

impl Check {
    /// Whether the receiver took it for a test delivery.
    pub fn is_accepted(&self) -> bool {
        self.accepted
    }

    pub fn answer(&self) -> &Answer {
        &self.answer
    }

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
    /// Whose secret it is, if there are several.
    webhook_id: Option<String>,
    /// Until when the previous secret is accepted too.
    previous_counts_until: Option<Time>,
    checks: Vec<Check>,
}

/// Whether a delivery is accepted that is signed with each of these secrets.
pub async fn all(stack: &Stack, held: &[Secret]) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for secret in held {
        let subscription = subscription(stack, secret, None);
        checks.push(accepts(&subscription, "current").await?);
    }
    Ok(checks)
}

/// Whether a delivery of this webhook is accepted.
async fn accepts(subscription: &Subscription, signed_with: &'static str) -> Result<Check> {
    let wire = Wire::unopened();
    let mut answer = wire.send(subscription, &test(subscription)).await?;
    if matches!(answer.status, Some(401 | 503)) {
        let seconds = READS_BY_THEN.as_secs();
        output::note(format_args!(
            "The receiver has not read the secret yet. Trying again in {seconds} s."
        ));
        tokio::time::sleep(READS_BY_THEN).await;
        answer = wire.send(subscription, &test(subscription)).await?;
    }
    Ok(Check {
        signed_with,
        accepted: answer.is_accepted() && answer.word() == "test",
        answer,
    })
}

fn subscription(stack: &Stack, secret: &Secret, webhook_id: Option<Uuid>) -> Subscription {
    let (url, source) = (stack.webhook_url.clone(), stack.secret_id.clone());
    Subscription::new(url, secret, webhook_id, source)
}

fn test(subscription: &Subscription) -> Delivery {
    let mut event = Event::test_of(subscription.webhook_id);
    event.event_id = own_id();
    event.tenant_id = subscription.tenant_id.clone().unwrap_or(event.tenant_id);
    Delivery {
        body: event.body(),
        attempt: 1,
        ..Delivery::default()
    }
}

impl Change {
    /// Checks whether the receiver accepts deliveries that are signed with each of these values.
    pub async fn checked(
        stack: &Stack,
        changed: bool,
        webhook_id: Option<Uuid>,
        values: &[(&Value, &'static str)],
    ) -> Result<Self> {
        let mut checks = Vec::new();
        for (value, signed_with) in values {
            let held = secret::parse(value.text().expose_secret())?;
            let subscription = subscription(stack, choose(&held, webhook_id)?, webhook_id);
            checks.push(accepts(&subscription, signed_with).await?);
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
                "{VARIABLE} is set in this shell, and alga-webhooks send signs with it instead of the new secret. To stop that, run: unset {VARIABLE}"
            ));
        }
        let outcome = self.outcome();
        if outcome == Outcome::Bad {
            self.advise();
        }
        Ok(outcome)
    }

    /// Good if the receiver accepts all that it should.
    pub fn outcome(&self) -> Outcome {
        Outcome::good_if(self.checks.iter().all(|check| check.accepted))
    }

    /// Says what to do if it does not.
    pub fn advise(&self) {
        output::note(hint(
            "The secret is in place, but the receiver did not accept a test delivery that was signed with it. If it \
             answered 401 or 503, try once more: alga-webhooks send --type webhook.test. If it answers the same again, its \
             log says why. If it answered anything else, is WebhookUrl right?",
        ));
    }

    fn for_people(&self) -> Result<()> {
        output::line(if self.changed {
            "The secret is in place."
        } else {
            "That is already the current secret. Nothing was changed."
        })?;
        let header = ["test delivery signed with", "status", "answer", "time"];
        output::table(header, self.checks.iter().map(Check::row))?;
        if let Some(until) = &self.previous_counts_until {
            output::line(format!(
                "The previous secret is accepted too until {until}; then it ends by itself."
            ))?;
        }
        Ok(())
    }
}
