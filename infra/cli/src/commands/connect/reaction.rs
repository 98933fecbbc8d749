//! What the stack does with events.

use crate::context::Source;

/// The stack's choice of a reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// A line in the log.
    Log,
    /// A POST to that URL.
    Http(String),
    /// Onto that bus.
    EventBridge(String),
    /// Into that queue.
    Sqs(String),
    /// Code of one's own.
    Custom,
    /// The variables describe the stack without it, or it is one that is not known here.
    Unknown,
}

impl Reaction {
    pub fn of(source: &Source) -> Self {
        let parameter = |key, variable| source.parameter(key, variable).unwrap_or_default();
        let url = parameter("ReactionUrl", "REACTION_URL");
        let Some(choice) = source.parameter("Reaction", "REACTION") else {
            return Self::Unknown;
        };
        match &*choice {
            "auto" if url.is_empty() => Self::Log,
            "auto" | "http" => Self::Http(url),
            "eventbridge" => {
                let bus = source.output("EventBusName", "EVENT_BUS");
                Self::EventBridge(bus.unwrap_or_default())
            }
            "sqs" => {
                let queue = source.output("EventQueueArn", "EVENT_QUEUE_ARN");
                Self::Sqs(queue.unwrap_or_default())
            }
            "custom" => Self::Custom,
            "log" => Self::Log,
            _ => Self::Unknown,
        }
    }

    /// What has happened to an event, such as `posted to https://…`.
    pub fn told(&self) -> String {
        match self {
            Self::Log => "written to the reactor's log".to_owned(),
            Self::Http(url) => format!("posted to {}", without_query(url)),
            Self::EventBridge(bus) => format!("put onto the event bus {bus}"),
            Self::Sqs(queue) => format!("sent to the queue {queue}"),
            Self::Custom => "handled by your own code".to_owned(),
            Self::Unknown => "reacted to".to_owned(),
        }
    }
}

/// A URL's query may hold a token.
pub fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}
