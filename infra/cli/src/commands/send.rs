//! `alga-webhooks send`.

pub mod report;
pub mod sample;

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
/// What the receiver accepts is a real event, even if it is a sample: it is kept, and gets its reaction.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("send.txt").trim_end())]
pub struct Send {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    how: How,
    /// Print the event and send nothing. Edit it, and send it with --file.
    #[arg(long)]
    print: bool,
    /// Send to this URL instead of the stack's.
    #[arg(long)]
    url: Option<String>,
    /// The id of the webhook to send as. Needed to choose a secret if there are several.
    #[arg(long, value_name = "ID")]
    webhook_id: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct How {
    /// How often to deliver each event, as AlgaPSA's retries would: the first is accepted, the others are duplicates.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub repeat: u16,
    /// How many deliveries may be under way at the same time. With more than one, events can overtake each other.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub at_once: u8,
    /// Add a space to the body after signing it: the receiver must answer 401.
    #[arg(long)]
    pub tamper: bool,
    /// Date the signature this many seconds back, or ahead if negative: beyond 300 the receiver must answer 401.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-1_000_000_000..=1_000_000_000))]
    pub age: i64,
}

impl How {
    pub fn must_be_refused(self) -> bool {
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

/// The event that the receiver reads in it, if it can read one.
fn about(body: &Bytes) -> Option<Event> {
    let event = Event::parse(body.clone(), Timestamp::now()).ok()?;
    (!event.is_test()).then_some(event)
}

/// All first attempts are answered before the second ones begin, as AlgaPSA's are.
async fn send_all(subscription: &Subscription, bodies: &[Bytes], how: How) -> Result<Vec<Answer>> {
    ensure!(
        subscription.url.starts_with("http://") || subscription.url.starts_with("https://"),
        "{} is not a URL to send to: it should begin with https://",
        subscription.url
    );
    let wire = Wire::unopened();
    let bar = progress::towards(bodies.len() * usize::from(how.repeat), "sending");
    let mut answers = Vec::new();
    for attempt in 1..=how.repeat {
        let deliver = async |body: &Bytes| {
            let delivery = Delivery {
                body: body.clone(),
                attempt,
                age: SignedDuration::from_secs(how.age),
                tamper: how.tamper,
            };
            wire.send(subscription, &delivery).await
        };
        let answered = stream::iter(bodies)
            .map(deliver)
            .buffered(how.at_once.into());
        let answered = answered.inspect(|_| bar.inc(1));
        answers.extend(answered.collect::<Vec<_>>().await);
    }
    bar.finish_and_clear();
    answers.into_iter().collect()
}
