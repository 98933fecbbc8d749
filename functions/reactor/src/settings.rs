use anyhow::{Context, Result};
use jiff::SignedDuration;
use shared::alga_api::Location;
use shared::settings;

use crate::reaction::Choice;

/// What the template sets, in environment variables of the same names in capitals.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `INBOX_TABLE`: the name of the inbox table.
    pub inbox_table: String,
    /// `BODIES_BUCKET`: the bucket of large bodies.
    pub bodies_bucket: String,
    /// `QUEUE_URL`: the FIFO queue of doorbells.
    pub queue_url: String,
    /// `DEAD_LETTER_QUEUE_URL`: the FIFO queue of dead letters.
    pub dead_letter_queue_url: String,
    /// `RETENTION_DAYS`: how long a settled event is remembered.
    pub retention: SignedDuration,
    /// `REACTION`, `REACTION_URL`, `REACTION_SECRET_ID`, `EVENT_BUS`, `EVENT_QUEUE` and `LARGE_EVENTS`.
    pub reaction: Choice,
    /// `TICKET_API_URL`, `TICKET_API_SECRET_ID` and `TICKET_API_TENANT`: where tickets are read before a reaction, if they are.
    pub tickets: Option<Location>,
}

impl Settings {
    pub fn from_env() -> Result<Self> {
        let days = settings::required("RETENTION_DAYS")?;
        let number = days.parse::<i64>();
        let days = number.with_context(|| format!("RETENTION_DAYS is not a number: {days}"))?;
        let reaction = Choice::from_env()?;
        Ok(Self {
            inbox_table: settings::required("INBOX_TABLE")?,
            bodies_bucket: settings::required("BODIES_BUCKET")?,
            queue_url: settings::required("QUEUE_URL")?,
            dead_letter_queue_url: settings::required("DEAD_LETTER_QUEUE_URL")?,
            retention: SignedDuration::from_hours(24 * days),
            tickets: tickets(&reaction)?,
            reaction,
        })
    }
}

/// A log line has no use for a ticket.
fn tickets(reaction: &Choice) -> Result<Option<Location>> {
    let url = settings::optional("TICKET_API_URL");
    let url = url.filter(|_| !matches!(reaction, Choice::Log));
    let Some(url) = url else {
        return Ok(None);
    };
    let api = Location::new(&url, settings::required("TICKET_API_SECRET_ID")?)?;
    Ok(Some(api.of_tenant(settings::optional("TICKET_API_TENANT"))))
}
