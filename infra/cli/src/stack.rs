//! Which stack, and how to reach what it consists of.

use std::env;

use anyhow::{Context, Result, bail, ensure};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::error::SdkError;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksError;
use aws_sdk_cloudformation::types::Output;
use clap::Args;
use shared::aws::{self, SdkConfig};
use shared::doorbell::Doorbells;
use shared::inbox::Inbox;

const DEFAULT: &str = "alga-webhooks";

/// Where to find the stack.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// The stack's name; its outputs tell the rest.
    #[arg(long, global = true, value_name = "NAME", help_heading = crate::EVERYWHERE)]
    stack: Option<String>,
    /// The AWS region, if not the one of the profile.
    #[arg(long, global = true, value_name = "REGION", help_heading = crate::EVERYWHERE)]
    region: Option<String>,
    /// The profile in the AWS configuration.
    #[arg(long, global = true, value_name = "PROFILE", help_heading = crate::EVERYWHERE)]
    profile: Option<String>,
}

/// A deployed stack.
#[derive(Clone, Debug)]
pub struct Stack {
    /// For clients of whatever service.
    pub config: SdkConfig,
    /// `WebhookUrl`: where the sender sends.
    pub webhook_url: String,
    /// `SecretId`: the signing secret.
    pub secret_id: String,
    /// `QueueUrl`: the doorbells.
    pub queue_url: String,
    /// `DeadLetterQueueUrl`: the dead letters.
    pub dead_letter_queue_url: String,
    /// The inbox.
    pub inbox: Inbox,
    /// The doorbells.
    pub doorbells: Doorbells,
}

impl Where {
    /// Whether a stack is named, so that what the environment says of another one does not count.
    pub fn is_named(&self) -> bool {
        self.stack.is_some()
    }

    /// The profile, if one is named.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Finds the stack.
    ///
    /// # Errors
    /// When there are no credentials, or there is no such stack.
    pub async fn open(&self) -> Result<Stack> {
        let config = self.config().await;
        if self.stack.is_none() && env::var_os("INBOX_TABLE").is_some() {
            ensure!(
                self.profile.is_none() && self.region.is_none(),
                "--profile and --region go with --stack: name the stack by it, or leave them out, since the variables of \
                 target/local/env say already where it is"
            );
            return Stack::new(config, |_, variable| {
                env::var(variable).with_context(|| {
                    format!("{variable} is not set: name a stack by --stack, or source target/local/env again")
                })
            });
        }
        let name = self.stack.as_deref().unwrap_or(DEFAULT);
        let outputs = outputs(&config, name).await?;
        Stack::new(config, |key, _| {
            let mut values = outputs
                .iter()
                .filter(|output| output.output_key() == Some(key));
            let value = values.next().and_then(Output::output_value);
            value.map(str::to_owned).with_context(|| {
                format!("the stack {name} has no output {key}; is it another one?")
            })
        })
    }

    async fn config(&self) -> SdkConfig {
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(aws::http_client());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        loader.load().await
    }
}

impl Stack {
    /// `look_up` is asked for each value by the name of the output and of the variable.
    fn new(config: SdkConfig, look_up: impl Fn(&str, &str) -> Result<String>) -> Result<Self> {
        let queue_url = look_up("QueueUrl", "QUEUE_URL")?;
        Ok(Self {
            webhook_url: look_up("WebhookUrl", "WEBHOOK_URL")?,
            secret_id: look_up("SecretId", "SECRET_ID")?,
            dead_letter_queue_url: look_up("DeadLetterQueueUrl", "DEAD_LETTER_QUEUE_URL")?,
            inbox: Inbox::new(&config, look_up("InboxTable", "INBOX_TABLE")?),
            doorbells: Doorbells::new(&config, queue_url.clone()),
            queue_url,
            config,
        })
    }
}

async fn outputs(config: &SdkConfig, name: &str) -> Result<Vec<Output>> {
    let describe = CloudFormation::new(config)
        .describe_stacks()
        .stack_name(name);
    let region = config.region().map_or("no region", Region::as_ref);
    let unknown = || {
        format!(
            "there is no stack {name} in {region}: name another by --stack, or another --region"
        )
    };
    let described = match describe.send().await {
        Err(SdkError::ServiceError(refused)) if is_unknown(refused.err()) => bail!(unknown()),
        described => described
            .map_err(explained)
            .with_context(|| format!("failed to find the stack {name}"))?,
    };
    let stack = described.stacks.unwrap_or_default().into_iter().next();
    let stack = stack.with_context(unknown)?;
    Ok(stack.outputs.unwrap_or_default())
}

/// CloudFormation has no code of its own for that.
fn is_unknown(refused: &DescribeStacksError) -> bool {
    let says = refused.meta().message().unwrap_or_default();
    says.contains("does not exist")
}

/// The service's own words, or what kept us from asking it: no credentials, no region, no network.
pub fn explained<E, R>(error: SdkError<E, R>) -> anyhow::Error
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(refused) => refused.into_err().into(),
        unasked => unasked.into(),
    }
}
