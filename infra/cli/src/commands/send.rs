//! `alga-webhooks send`.

mod report;
mod sample;

use anyhow::{Result, ensure};
use bytes::Bytes;
use clap::Args;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use shared::event::Event;
use shared::signature;
use uuid::Uuid;

use self::sample::What;
use crate::context::{Context, Outcome};
use crate::output::{self, progress};
use crate::signing::{Answer, Delivery, Subscription, Wire};

/// Sign an event as AlgaPSA does, and send it to the webhook URL.
///
/// What the receiver accepts is a real event there, with a reaction to follow, even if it is a sample.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Send {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    how: How,
    /// Print the event instead of sending it: a sample to edit, and to send by --file.
    #[arg(long)]
    print: bool,
    /// Another receiver than the stack's.
    #[arg(long)]
    url: Option<String>,
    /// The webhook that sends: chooses the secret, if there are several, and is sent along.
    #[arg(long, value_name = "ID")]
    webhook_id: Option<Uuid>,
}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks send                                a ticket.created about a new ticket; prints its id
  alga-webhooks send --type ticket.closed --ticket 3f2a9d64-…   another event of the same ticket
  alga-webhooks send --set priority_name=Urgent --set is_closed=true   with other fields in its data
  alga-webhooks send --type webhook.test            what AlgaPSA's own test sends; nothing is kept
  alga-webhooks send --count 100 --repeat 2         a hundred events of one ticket, each delivered twice
  alga-webhooks send --tamper                       must be refused; the exit code says whether it was
  alga-webhooks send --print > event.json           a sample to edit
  alga-webhooks send --file event.json              these bytes, newly signed

What is signed with: the environment variable SIGNING_SECRET, unless --stack names a stack; without it, the current \
value of the stack's secret, which takes the right to read it.

Exit code 0: every answer was 2xx; with --tamper, or an --age of more than 300 seconds either way, every answer was 401.";

/// How it is sent.
#[derive(Clone, Copy, Debug, Args)]
struct How {
    /// Delivers each event so many times, as AlgaPSA's retries would: the first is accepted, the others are duplicates.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    repeat: u16,
    /// How many events may be under way at the same time; with more than one they can overtake each other.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    at_once: u8,
    /// Adds a space to the body after it was signed: must be answered 401.
    #[arg(long)]
    tamper: bool,
    /// Signs as if it were so many seconds ago, or ahead if negative; beyond 300 it must be answered 401.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-1_000_000_000..=1_000_000_000))]
    age: i64,
}

impl How {
    fn must_be_refused(self) -> bool {
        let old = self.age.unsigned_abs() > signature::WINDOW.as_secs().unsigned_abs();
        self.tamper || old
    }
}

impl Send {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        self.what.warn();
        if self.print {
            output::bytes(&self.what.pretty(self.webhook_id)?)?;
            return Ok(Outcome::Good);
        }
        let subscription = Subscription::find(context, self.webhook_id, self.url).await?;
        let bodies = self.what.bodies(&subscription)?;
        let (about, refused) = (about(&bodies[0]), self.how.must_be_refused());
        if !context.json && !refused {
            report::announce(about.as_ref(), bodies.len() * usize::from(self.how.repeat))?;
        }
        let answers = send_all(&subscription, &bodies, self.how).await?;
        let sent = report::Sent {
            subscription: &subscription,
            about,
            must_be_refused: refused,
            is_text: bodies.iter().all(|body| str::from_utf8(body).is_ok()),
            answers: &answers,
        };
        sent.show(context.json)
    }
}

/// The event that the receiver will make of it, if it makes one.
fn about(body: &Bytes) -> Option<Event> {
    let event = Event::parse(body.clone(), Timestamp::now()).ok()?;
    (!event.is_test()).then_some(event)
}

fn attempt(bodies: &[Bytes], attempt: u16, how: How) -> Vec<Delivery> {
    let delivery = |body: &Bytes| Delivery {
        body: body.clone(),
        attempt,
        age: SignedDuration::from_secs(how.age),
        tamper: how.tamper,
    };
    bodies.iter().map(delivery).collect()
}

/// All first attempts are answered before the second ones begin, as AlgaPSA's are.
async fn send_all(subscription: &Subscription, bodies: &[Bytes], how: How) -> Result<Vec<Answer>> {
    ensure!(
        subscription.url.starts_with("http://") || subscription.url.starts_with("https://"),
        "{} is no URL to send to: it should begin with https://",
        subscription.url
    );
    let wire = Wire::new();
    let bar = progress::towards(bodies.len() * usize::from(how.repeat), "sending");
    let mut answers = Vec::new();
    for number in 1..=how.repeat {
        let deliveries = attempt(bodies, number, how);
        let answered = stream::iter(&deliveries)
            .map(|delivery| wire.send(subscription, delivery))
            .buffered(how.at_once.into())
            .inspect(|_| bar.inc(1));
        answers.extend(answered.collect::<Vec<_>>().await);
    }
    bar.finish_and_clear();
    answers.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_beyond_five_minutes_or_a_changed_body_must_be_refused() {
        for (age, tamper, refused) in [
            (0, false, false),
            (300, false, false),
            (-300, false, false),
            (301, false, true),
            (-301, false, true),
            (0, true, true),
        ] {
            let how = How {
                repeat: 1,
                at_once: 1,
                tamper,
                age,
            };
            assert_eq!(how.must_be_refused(), refused, "{age} {tamper}");
        }
    }
}
