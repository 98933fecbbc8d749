//! What a run needs, from a stack's parameters and outputs or from the variables that stand for them.

use anyhow::{Context, Result, anyhow};
use jiff::SignedDuration;
use reconciler::Settings;
use reconciler::memory::Store;
use shared::alga_api::Location;
use shared::aws::SdkConfig;
use shared::filter::Filter;

use crate::context::{Source, Stack};
use crate::output::hint;

/// What the template says if a stack does not.
const USUAL_GRACE: SignedDuration = SignedDuration::from_mins(180);

/// How often a run comes by itself, zero for never; nothing if that is not known.
pub fn every(source: &Source) -> Result<Option<SignedDuration>> {
    minutes(source, "ReconcileMinutes", "RECONCILE_MINUTES")
}

/// Where it is remembered what a run has seen.
#[derive(Clone, Debug)]
pub struct Place {
    bucket: String,
    tenant_id: Option<String>,
}

/// AlgaPSA's API, and how often and how patiently it is asked.
#[derive(Clone, Debug)]
pub struct Api {
    url: String,
    /// The secret of the key that a run takes first.
    pub secret_id: String,
    /// The secret that it takes as long as that is empty.
    or_secret_id: Option<String>,
    /// How often a run comes by itself, zero for never; unknown if the variables describe the stack without it.
    pub every: Option<SignedDuration>,
    pub grace: SignedDuration,
}

impl Place {
    pub fn of(source: &Source) -> Result<Self> {
        let tenant_id = source.parameter("TicketApiTenant", "TICKET_API_TENANT");
        Ok(Self {
            bucket: source.required("BodiesBucket", "BODIES_BUCKET")?,
            tenant_id: tenant_id.filter(|id| !id.is_empty()),
        })
    }

    pub fn store(&self, config: &SdkConfig) -> Store {
        Store::new(config, &self.bucket, self.tenant_id.as_deref())
    }

    pub fn settings(&self, stack: &Stack, api: &Api) -> Result<Settings> {
        let source = &stack.source;
        let list = |key, variable| source.parameter(key, variable).unwrap_or_default();
        let ids = list("WatchedIds", "WATCHED_IDS");
        let types = list("WatchedTypes", "WATCHED_TYPES");
        let tickets = Location::new(&api.url, api.secret_id.clone())?
            .or_key(api.or_secret_id.clone())
            .of_tenant(self.tenant_id.clone());
        Ok(Settings {
            inbox_table: source.required("InboxTable", "INBOX_TABLE")?,
            bodies_bucket: self.bucket.clone(),
            queue_url: stack.queue_url.clone(),
            filter: Filter::new(&ids, &types),
            tickets,
            every: api.every.unwrap_or_default(),
            grace: api.grace,
            comments: list("ReconcileComments", "RECONCILE_COMMENTS") == "true",
        })
    }
}

impl Api {
    /// Fails if it is not known where the API is, or where its key.
    pub fn of(source: &Source, grace: Option<SignedDuration>) -> Result<Self> {
        let url = source.parameter("TicketApiUrl", "TICKET_API_URL");
        let url = url.filter(|url| !url.is_empty());
        let own = source.output("ReconcileApiSecretId", "RECONCILE_API_SECRET_ID");
        let shared = source.output("TicketApiSecretId", "TICKET_API_SECRET_ID");
        let mut keys = [own, shared].into_iter().flatten();
        let (Some(url), Some(secret_id)) = (url, keys.next()) else {
            return Err(unknown(source));
        };
        let minutes = |key, variable| minutes(source, key, variable);
        let usual = minutes("ReconcileGraceMinutes", "RECONCILE_GRACE_MINUTES")?;
        Ok(Self {
            url,
            secret_id,
            or_secret_id: keys.next(),
            every: every(source)?,
            grace: grace.or(usual).unwrap_or(USUAL_GRACE),
        })
    }

    /// How to put its key where it belongs.
    pub fn putting(&self) -> String {
        format!(
            "read -rs key; aws secretsmanager put-secret-value --secret-id {} --secret-string=\"$key\"",
            hint::quoted(&self.secret_id)
        )
    }
}

fn unknown(source: &Source) -> anyhow::Error {
    let is_without = source
        .parameter("TicketApiUrl", "TICKET_API_URL")
        .as_deref()
        == Some("");
    let name = match source {
        Source::Described(name, _) => name.clone(),
        Source::Variables => std::env::var("STACK_NAME").unwrap_or_else(|_| "NAME".to_owned()),
    };
    if is_without || matches!(source, Source::Described(..)) {
        return anyhow!(
            "the stack {name} has no TicketApiUrl, so its tickets cannot be read: deploy it with TicketApiUrl=https://… \
             (AlgaPSA's address), and put in a key of its API"
        );
    }
    anyhow!(
        "TICKET_API_URL and TICKET_API_SECRET_ID are not both set: add --stack {name}, which asks CloudFormation for them. \
         The stack must have been deployed with TicketApiUrl"
    )
}

fn minutes(source: &Source, key: &str, variable: &str) -> Result<Option<SignedDuration>> {
    let told = source.parameter(key, variable);
    let told = told.filter(|minutes| !minutes.is_empty());
    let minutes = told.map(|minutes| minutes.parse()).transpose();
    let minutes = minutes.with_context(|| format!("{key} is not a number of minutes"))?;
    Ok(minutes.map(SignedDuration::from_mins))
}
