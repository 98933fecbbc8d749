//! What every command is given: the options, and the stack that they lead to.

use std::env;

use anyhow::{Context as _, Result, bail, ensure};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::error::SdkError;
use aws_sdk_cloudformation::types::{Output, Stack as Described};
use clap::Args;
use jiff::SignedDuration;
use shared::aws::{self, SdkConfig};
use shared::inbox::{Inbox, Watermarks};
use shared::queue::Queue;

const DEFAULT: &str = "alga-webhooks";

/// Above the options that every command takes.
pub const EVERYWHERE: &str = "For every command";

#[derive(Debug)]
pub struct Context {
    pub options: Options,
    /// JSON for programs instead of tables for people.
    pub json: bool,
}

/// How a command ends that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Good,
    /// It was looked at, and is not as it should be: exit code 1, although nothing failed.
    Bad,
}

/// Where to find the stack.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The stack's name; its outputs tell the rest.
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERYWHERE)]
    stack: Option<String>,
    /// The AWS region, if not the one of the profile.
    #[arg(long, global = true, value_name = "REGION", help_heading = EVERYWHERE)]
    region: Option<String>,
    /// The profile in the AWS configuration.
    #[arg(long, global = true, value_name = "PROFILE", help_heading = EVERYWHERE)]
    pub profile: Option<String>,
}

/// A deployed stack: what its outputs or the variables of `target/local/env-PORT` name.
#[derive(Clone, Debug)]
pub struct Stack {
    pub config: SdkConfig,
    pub webhook_url: String,
    /// The signing secret's.
    pub secret_id: String,
    pub queue_url: String,
    pub dead_letter_queue_url: String,
    /// The parameter `WatchedTypes`, if CloudFormation was asked.
    pub watched_types: Option<String>,
    pub inbox: Inbox,
    pub doorbells: Queue,
    pub dead_letters: Queue,
}

impl Outcome {
    pub fn good_if(it_is: bool) -> Self {
        if it_is { Self::Good } else { Self::Bad }
    }
}

impl Context {
    pub async fn stack(&self) -> Result<Stack> {
        self.options.open().await
    }
}

impl Options {
    /// Whether a stack is named, so that what the environment says of another one does not count.
    pub fn is_named(&self) -> bool {
        self.stack.is_some()
    }

    async fn open(&self) -> Result<Stack> {
        let config = self.config().await;
        if self.stack.is_none() && env::var_os("INBOX_TABLE").is_some() {
            ensure!(
                self.profile.is_none() && self.region.is_none(),
                "--profile and --region go with --stack: name the stack by it, or leave them out, since the variables of \
                 make local say already where it is"
            );
            return Stack::new(config, |_, variable| {
                env::var(variable).with_context(|| {
                    format!("{variable} is not set: name a stack by --stack, or source the file that make local names")
                })
            });
        }
        let name = self.stack.as_deref().unwrap_or(DEFAULT);
        let described = described(&config, name).await?;
        let mut parameters = described.parameters().iter();
        let watched = parameters.find(|one| one.parameter_key() == Some("WatchedTypes"));
        let stack = Stack::new(config, |key, _| {
            let mut outputs = described.outputs().iter();
            let output = outputs.find(|output| output.output_key() == Some(key));
            let value = output.and_then(Output::output_value);
            value.map(str::to_owned).with_context(|| {
                format!("the stack {name} has no output {key}; is it another one?")
            })
        })?;
        Ok(Stack {
            watched_types: watched.and_then(|one| one.parameter_value.clone()),
            ..stack
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
        let dead_letter_queue_url = look_up("DeadLetterQueueUrl", "DEAD_LETTER_QUEUE_URL")?;
        Ok(Self {
            webhook_url: look_up("WebhookUrl", "WEBHOOK_URL")?,
            secret_id: look_up("SecretId", "SECRET_ID")?,
            inbox: Inbox::new(&config, look_up("InboxTable", "INBOX_TABLE")?),
            doorbells: Queue::new(&config, queue_url.clone()),
            dead_letters: Queue::new(&config, dead_letter_queue_url.clone()),
            watched_types: None,
            queue_url,
            dead_letter_queue_url,
            config,
        })
    }

    /// For looking only: this tool never advances a stream, so what is noted of it expires as the reactor said.
    pub fn watermarks(&self) -> Watermarks {
        Watermarks::new(self.inbox.clone(), SignedDuration::ZERO)
    }
}

async fn described(config: &SdkConfig, name: &str) -> Result<Described> {
    let client = CloudFormation::new(config);
    let region = config.region().map_or("no region", Region::as_ref);
    let unknown = format!(
        "there is no stack {name} in {region}: name another by --stack, or another --region"
    );
    let described = client.describe_stacks().stack_name(name).send().await;
    if let Err(SdkError::ServiceError(refused)) = &described
        // CloudFormation has no code of its own for that.
        && refused.err().meta().message().is_some_and(|says| says.contains("does not exist"))
    {
        bail!(unknown)
    }
    let described = described.map_err(explained);
    let described = described.with_context(|| format!("failed to find the stack {name}"))?;
    let stack = described.stacks.unwrap_or_default().into_iter().next();
    stack.context(unknown)
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
