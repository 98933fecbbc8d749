//! What every command is given: the options, and the stack that they name.

use std::env;

use anyhow::{Context as _, Result, bail, ensure};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::error::SdkError;
use aws_sdk_cloudformation::types::{Output, Stack as Described};
use clap::Args;
use jiff::SignedDuration;
use shared::aws::SdkConfig;
use shared::inbox::{Bodies, Inbox, Watermarks};
use shared::queue::Queue;

use crate::output::hint;
use crate::proxied;

const DEFAULT: &str = "alga-webhooks";

/// The heading above the options that every command takes.
pub const EVERYWHERE: &str = "For every command";

#[derive(Debug)]
pub struct Context {
    pub options: Options,
    /// JSON for programs instead of tables for people.
    pub json: bool,
}

/// How a command that did not fail ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Good,
    /// Nothing failed, but what was looked at is not as it should be: exit code 1.
    Bad,
}

/// Where to find the stack.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The name of the stack to work on.
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERYWHERE)]
    stack: Option<String>,
    /// The AWS region, if it is not the profile's.
    #[arg(long, global = true, value_name = "REGION", help_heading = EVERYWHERE)]
    region: Option<String>,
    /// The profile to use from the AWS configuration.
    #[arg(long, global = true, value_name = "PROFILE", help_heading = EVERYWHERE)]
    pub profile: Option<String>,
}

/// A deployed stack, as its outputs or the variables of `target/local/env-PORT` describe it.
#[derive(Clone, Debug)]
pub struct Stack {
    pub config: SdkConfig,
    pub webhook_url: String,
    /// The name or ARN of the signing secret.
    pub secret_id: String,
    pub queue_url: String,
    pub dead_letter_queue_url: String,
    /// The parameter `WatchedTypes`; unknown if the variables describe the stack without it.
    pub watched_types: Option<String>,
    /// Says more of the stack.
    pub source: Source,
    pub inbox: Inbox,
    pub doorbells: Queue,
    pub dead_letters: Queue,
}

/// What says where a stack's parts are, and how it is set.
#[derive(Clone, Debug)]
pub enum Source {
    /// The variables of `target/local/env-PORT`.
    Variables,
    /// CloudFormation, of the stack of that name.
    Described(String, Box<Described>),
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
    /// Whether a stack is named; what the environment says about another one then does not count.
    pub fn is_named(&self) -> bool {
        self.stack.is_some()
    }

    /// These options as they were given, such as ` --stack acme`.
    pub fn given(&self) -> String {
        let Self {
            stack,
            region,
            profile,
        } = self;
        let options = [("stack", stack), ("region", region), ("profile", profile)];
        let given = options.into_iter().filter_map(|(name, value)| {
            let value = hint::quoted(value.as_deref()?);
            Some(format!(" --{name} {value}"))
        });
        given.collect()
    }

    async fn open(&self) -> Result<Stack> {
        let config = self.config().await;
        if self.stack.is_none() && env::var_os("INBOX_TABLE").is_some() {
            ensure!(
                self.profile.is_none() && self.region.is_none(),
                "--profile and --region need --stack: add it, or leave them out. Without it, the variables of make local \
                 say where the stack is"
            );
            return Stack::new(config, Source::Variables);
        }
        let name = self.stack.as_deref().unwrap_or(DEFAULT);
        let described = Box::new(described(&config, name).await?);
        Stack::new(config, Source::Described(name.to_owned(), described))
    }

    async fn config(&self) -> SdkConfig {
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(proxied::http_client());
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
    fn new(config: SdkConfig, source: Source) -> Result<Self> {
        let bodies = Bodies::new(&config, &source.required("BodiesBucket", "BODIES_BUCKET")?);
        let queue_url = source.required("QueueUrl", "QUEUE_URL")?;
        let dead_letter_queue_url =
            source.required("DeadLetterQueueUrl", "DEAD_LETTER_QUEUE_URL")?;
        let inbox_table = source.required("InboxTable", "INBOX_TABLE")?;
        Ok(Self {
            webhook_url: source.required("WebhookUrl", "WEBHOOK_URL")?,
            secret_id: source.required("SecretId", "SECRET_ID")?,
            inbox: Inbox::new(&config, inbox_table, bodies),
            doorbells: Queue::new(&config, queue_url.clone()),
            dead_letters: Queue::new(&config, dead_letter_queue_url.clone()),
            watched_types: source.parameter("WatchedTypes", "WATCHED_TYPES"),
            queue_url,
            dead_letter_queue_url,
            source,
            config,
        })
    }

    /// For reading only: this tool never attempts an event, so it never decides when a watermark expires.
    pub fn watermarks(&self) -> Watermarks {
        Watermarks::new(self.inbox.clone(), SignedDuration::ZERO)
    }
}

impl Source {
    /// The stack's name.
    pub fn name(&self) -> String {
        match self {
            Self::Variables => env::var("STACK_NAME").unwrap_or_else(|_| DEFAULT.to_owned()),
            Self::Described(name, _) => name.clone(),
        }
    }

    /// An output, or the variable that stands for it; nothing if it is empty.
    pub fn output(&self, key: &str, variable: &str) -> Option<String> {
        let value = match self {
            Self::Variables => env::var(variable).ok(),
            Self::Described(_, described) => {
                let mut outputs = described.outputs().iter();
                let output = outputs.find(|output| output.output_key() == Some(key));
                output.and_then(Output::output_value).map(str::to_owned)
            }
        };
        value.filter(|value| !value.is_empty())
    }

    /// An output that every stack has.
    pub fn required(&self, key: &str, variable: &str) -> Result<String> {
        self.output(key, variable).with_context(|| match self {
            Self::Variables => format!(
                "{variable} is not set: give --stack, or source the file that make local names"
            ),
            Self::Described(name, _) => {
                format!("the stack {name} has no output {key}: is it an alga-webhooks stack?")
            }
        })
    }

    /// A parameter, which may be empty, or the variable that stands for it; nothing if that is not known.
    pub fn parameter(&self, key: &str, variable: &str) -> Option<String> {
        match self {
            Self::Variables => env::var(variable).ok(),
            Self::Described(_, described) => {
                let mut parameters = described.parameters().iter();
                let parameter = parameters.find(|one| one.parameter_key() == Some(key))?;
                parameter.parameter_value.clone()
            }
        }
    }
}

async fn described(config: &SdkConfig, name: &str) -> Result<Described> {
    let client = CloudFormation::new(config);
    let region = config.region().map_or("no region", Region::as_ref);
    let unknown = format!("there is no stack {name} in {region}: give another --stack or --region");
    let described = client.describe_stacks().stack_name(name).send().await;
    if let Err(SdkError::ServiceError(refused)) = &described
        // CloudFormation has no error code for that.
        && refused.err().meta().message().is_some_and(|says| says.contains("does not exist"))
    {
        bail!(unknown)
    }
    let described = described.map_err(explained);
    let described = described.with_context(|| format!("failed to find the stack {name}"))?;
    let stack = described.stacks.unwrap_or_default().into_iter().next();
    stack.context(unknown)
}

/// The service's own words, or why we could not ask it: no credentials, no region, no network.
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
