//! What can be asked for.

use algapsa::Habits;
use algapsa::day::{MIXES, Mix};
use clap::Parser;
use jiff::SignedDuration;

/// Plays AlgaPSA: tickets live, and their events are sent to a webhook as AlgaPSA sends them, in bursts, out of order, and
/// again until they are acknowledged.
///
/// Ends with a table of what became of them. Exit codes: 0 everything was acknowledged; 1 something was not; 2 the command
/// makes no sense. With `serve` it plays AlgaPSA's ticket API instead, see `algapsa serve --help`.
#[derive(Debug, Parser)]
#[command(name = "algapsa", max_term_width = 110, after_long_help = EXAMPLES, override_usage = USAGE)]
pub struct Sending {
    /// The webhook's address, http only: this is for a local AWS.
    #[arg(long, env = "WEBHOOK_URL", value_name = "URL")]
    pub url: String,
    /// The signing secret.
    #[arg(long, env = "SIGNING_SECRET", hide_env_values = true)]
    pub secret: String,
    /// What is done by chance follows from it: the same seed sends the same in the same order.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many tickets there are.
    #[arg(long, default_value_t = 10, value_parser = at_least_one)]
    pub tickets: usize,
    /// How many events they have in sum.
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    pub events: usize,
    /// Within how much of AlgaPSA's time they happen, for example 90s or 2h.
    #[arg(long, default_value = "1m", value_name = "TIME", value_parser = time)]
    pub within: SignedDuration,
    /// How many times as fast as the clock AlgaPSA's time runs. Its timeout of 10 s stays as it is.
    #[arg(long, default_value_t = 1.0, value_name = "TIMES", value_parser = scale)]
    pub scale: f64,
    /// How many deliveries may leave in a minute of AlgaPSA's time, 1,000 at most, or off. What exceeds it uses up its five
    /// attempts within seconds, and is lost.
    #[arg(long, default_value = "100", value_name = "COUNT", value_parser = cap)]
    pub cap: Cap,
    /// Press *Send test*: send the test delivery alone.
    #[arg(long, conflicts_with_all = ["tickets", "events", "within", "untick"])]
    pub test: bool,
    /// Leave a payload field out, for example comments. May be repeated.
    #[arg(long, value_name = "FIELD")]
    pub untick: Vec<String>,
    /// Add a header as an admin can, for example 'X-Tenant: north'. May be repeated.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub header: Vec<(String, String)>,
    /// The webhook's id, if the receiver holds secrets for several.
    #[arg(long, value_name = "ID")]
    pub webhook_id: Option<String>,
}

/// Plays AlgaPSA's ticket API on 127.0.0.1, with a desk whose tickets change all day: GET /api/v1/tickets, /tickets/{id} and
/// /tickets/{id}/comments, with AlgaPSA's filters, limits and errors.
///
/// Says each change as it happens: when, which ticket, by which way what was done, the fields that differ, the events that tell
/// of it or none, and whether `updated_at` moved. Ends with Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "algapsa serve", max_term_width = 110, after_long_help = SERVING)]
pub struct Serving {
    /// The port of 127.0.0.1; 0 for a free one.
    #[arg(long, default_value_t = 4600)]
    pub port: u16,
    /// Everything follows from it: the same seed makes the same tickets and the same day.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many tickets there are at first. A third of them is closed.
    #[arg(long, default_value_t = 500, value_parser = at_least_one)]
    pub tickets: usize,
    /// How often something is done to one. Mails and what else follows come on top.
    #[arg(long, default_value_t = 3_000, value_name = "COUNT")]
    pub changes: usize,
    /// Within how much of AlgaPSA's time, for example 90s or 8h. After that nothing changes any more.
    #[arg(long, default_value = "8h", value_name = "TIME", value_parser = time)]
    pub within: SignedDuration,
    /// How many times as fast as the clock AlgaPSA's time runs. It begins so far back that it never is ahead of the clock.
    #[arg(long, default_value_t = 1.0, value_name = "TIMES", value_parser = scale)]
    pub scale: f64,
    /// Who does most of it: mostly-ui, workflow-heavy or integration-heavy.
    #[arg(long, default_value = "mostly-ui", value_name = "NAME", value_parser = mix)]
    pub mix: &'static Mix,
    /// Answer one in so many calls with trouble: 401, 429, 5xx, cut off, or late.
    #[arg(long, value_name = "COUNT", value_parser = at_least_one)]
    pub trouble: Option<usize>,
    /// Also send what is announced to this webhook, http only. It needs the signing secret.
    #[arg(long, value_name = "URL", requires = "secret")]
    pub webhook: Option<String>,
    /// The signing secret.
    #[arg(long, env = "SIGNING_SECRET", hide_env_values = true)]
    pub secret: Option<String>,
    /// Do not say what changes.
    #[arg(long)]
    pub quiet: bool,
}

const USAGE: &str =
    "algapsa [OPTIONS] --url <URL> --secret <SECRET>\n       algapsa serve [OPTIONS]";

const SERVING: &str = "\
Examples:
  algapsa serve                                  a working day of 8 hours, as it happens
  algapsa serve --changes 300 --within 10m       a change every two seconds
  algapsa serve --mix workflow-heavy --scale 60  a day within 8 minutes
  algapsa serve --webhook \"$WEBHOOK_URL\"         with its events, to a stack of make local";

const EXAMPLES: &str = "\
Examples:
  make local                    in another shell
  . target/local/env-4566       which has algapsa on the path
  algapsa                       100 events of 10 tickets within a minute
  algapsa --scale 20 --cap off  as fast as it goes
  algapsa --test                what Send test sends, for alga-webhooks connect
  algapsa serve                 its ticket API, with a desk whose tickets change
  algapsa --events 600 --within 1s --scale 30
      a bulk change: the cap lets 100 leave at once and some more a little later, and eats what has tried five times";

/// Deliveries a minute; nothing for as many as there are.
pub type Cap = Option<usize>;

impl Sending {
    pub fn habits(&self) -> Habits {
        Habits {
            cap: self.cap,
            unticked: self.untick.clone(),
            headers: self.header.clone(),
            ..Habits::default()
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there must be one at least".into()),
        Ok(count) => Ok(count),
        Err(_) => Err("that is no number".into()),
    }
}

fn cap(text: &str) -> Result<Cap, String> {
    match text {
        "off" => Ok(None),
        text => match at_least_one(text)? {
            count @ ..=1_000 => Ok(Some(count)),
            _ => Err("an admin can set 1000 at most".into()),
        },
    }
}

fn time(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(time) if time.is_positive() => Ok(time),
        Ok(_) => Err("it must be longer than nothing".into()),
        Err(_) => Err("that is no time, such as 90s or 2h".into()),
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let passes = |scale: &f64| scale.is_finite() && *scale > 0.0;
    let scale = text.parse().ok().filter(passes);
    scale.ok_or_else(|| "it must be a number above 0".to_owned())
}

fn mix(text: &str) -> Result<&'static Mix, String> {
    let found = MIXES.into_iter().find(|mix| mix.name == text);
    found.ok_or_else(|| format!("there are {}", MIXES.map(|mix| mix.name).join(", ")))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("there is no colon in it")?;
    let (name, value) = (name.trim(), value.trim());
    http::HeaderName::try_from(name).map_err(|_| format!("'{name}' is no header's name"))?;
    http::HeaderValue::try_from(value).map_err(|_| "that is no header's value".to_owned())?;
    Ok((name.into(), value.into()))
}
