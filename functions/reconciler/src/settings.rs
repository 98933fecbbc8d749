use anyhow::{Context, Result};
use jiff::SignedDuration;
use shared::alga_api::Location;
use shared::filter::Filter;
use shared::settings;

use crate::margins::EARLY;

/// What the template sets, in environment variables of the same names in capitals.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `INBOX_TABLE`: the name of the inbox table.
    pub inbox_table: String,
    /// `BODIES_BUCKET`: the bucket of large bodies, and of what is remembered of a scan.
    pub bodies_bucket: String,
    /// `QUEUE_URL`: the FIFO queue of doorbells.
    pub queue_url: String,
    /// `WATCHED_IDS` and `WATCHED_TYPES`: what is announced, as for deliveries.
    pub filter: Filter,
    /// `TICKET_API_URL`, `TICKET_API_TENANT`, `RECONCILE_SECRET_ID` and, for want of a key there, `TICKET_API_SECRET_ID`.
    pub tickets: Location,
    /// `RECONCILE_MINUTES`: how often it runs.
    pub every: SignedDuration,
    /// `RECONCILE_GRACE_MINUTES`: how long an event that could explain a difference is waited for.
    pub grace: SignedDuration,
    /// `RECONCILE_COMMENTS`: whether comments are looked for, too.
    pub comments: bool,
}

impl Settings {
    pub fn from_env() -> Result<Self> {
        let list = |name| settings::optional(name).unwrap_or_default();
        let own = settings::required("RECONCILE_SECRET_ID")?;
        let tickets = Location::new(&settings::required("TICKET_API_URL")?, own)?;
        Ok(Self {
            inbox_table: settings::required("INBOX_TABLE")?,
            bodies_bucket: settings::required("BODIES_BUCKET")?,
            queue_url: settings::required("QUEUE_URL")?,
            filter: Filter::new(&list("WATCHED_IDS"), &list("WATCHED_TYPES")),
            tickets: tickets
                .or_key(settings::optional("TICKET_API_SECRET_ID"))
                .of_tenant(settings::optional("TICKET_API_TENANT")),
            every: minutes("RECONCILE_MINUTES")?,
            grace: minutes("RECONCILE_GRACE_MINUTES")?,
            comments: flag("RECONCILE_COMMENTS")?,
        })
    }

    /// How long a difference waits: the grace, but for [`EARLY`].
    pub fn patience(&self) -> SignedDuration {
        self.grace - (self.every / 2).min(EARLY)
    }
}

fn minutes(name: &str) -> Result<SignedDuration> {
    let minutes = settings::required(name)?;
    let number = minutes.parse();
    let number = number.with_context(|| format!("{name} is not a number: {minutes}"))?;
    Ok(SignedDuration::from_mins(number))
}

fn flag(name: &str) -> Result<bool> {
    let flag = settings::required(name)?;
    let is_set = flag.parse();
    is_set.with_context(|| format!("{name} is neither true nor false: {flag}"))
}
