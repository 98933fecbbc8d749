use anyhow::Result;
use shared::filter::Filter;
use shared::settings;

/// What the template sets, in environment variables of the same names in capitals.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `SECRET_ID`: the signing secret in Secrets Manager, by name or ARN.
    pub secret_id: String,
    /// `INBOX_TABLE`: the name of the inbox table.
    pub inbox_table: String,
    /// `BODIES_BUCKET`: the bucket of large bodies.
    pub bodies_bucket: String,
    /// `QUEUE_URL`: the FIFO queue of doorbells.
    pub queue_url: String,
    /// `WATCHED_IDS` and `WATCHED_TYPES`, both separated by commas; an empty list lets everything through.
    pub filter: Filter,
}

impl Settings {
    pub fn from_env() -> Result<Self> {
        let list = |name| settings::optional(name).unwrap_or_default();
        Ok(Self {
            secret_id: settings::required("SECRET_ID")?,
            inbox_table: settings::required("INBOX_TABLE")?,
            bodies_bucket: settings::required("BODIES_BUCKET")?,
            queue_url: settings::required("QUEUE_URL")?,
            filter: Filter::new(&list("WATCHED_IDS"), &list("WATCHED_TYPES")),
        })
    }
}
