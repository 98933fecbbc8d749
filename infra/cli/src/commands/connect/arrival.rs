//! What the receiver's log says of a request.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::signing;

/// What came, as one line of the receiver's tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "arrived")]
pub enum Arrival {
    /// A test delivery.
    Test { tenant_id: String },
    /// An authentic event.
    Event(About),
    /// An authentic body that could not be read.
    Quarantined,
    /// Nothing proved that it came from AlgaPSA.
    Refused { reason: String },
    /// It could not be checked or kept; AlgaPSA sends it again.
    Unavailable,
}

/// An event, and what became of its delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    pub event_id: String,
    pub event_type: String,
    pub stream: String,
    /// `accepted`, `duplicate` or `ignored`.
    pub outcome: String,
}

impl Arrival {
    /// Of a line's fields; nothing if it is about something else, or about an event that this tool has sent.
    pub fn of(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let outcome = text("outcome")?;
        match &*outcome {
            "rejected" => Some(Self::Refused {
                reason: text("reason").unwrap_or_default(),
            }),
            "unavailable" => Some(Self::Unavailable),
            "quarantined" => Some(Self::Quarantined),
            "test" | "accepted" | "duplicate" | "ignored" => {
                let about = About {
                    event_id: text("event.id")?,
                    event_type: text("event.type")?,
                    stream: text("stream")?,
                    outcome,
                };
                (!signing::is_own(&about.event_id)).then(|| Self::about(about))
            }
            _ => None,
        }
    }

    fn about(event: About) -> Self {
        if event.outcome != "test" {
            return Self::Event(event);
        }
        let tenant_id = event.stream.split('/').next().unwrap_or_default();
        Self::Test {
            tenant_id: tenant_id.to_owned(),
        }
    }

    /// Whether AlgaPSA's signature was on it.
    pub fn is_authentic(&self) -> bool {
        matches!(self, Self::Test { .. } | Self::Event(_) | Self::Quarantined)
    }

    /// Whether somebody pressed *Send test*, or the API did.
    pub fn is_test(&self) -> bool {
        matches!(self, Self::Test { .. })
    }

    /// What it was, such as `a test delivery`.
    pub fn told(&self) -> String {
        match self {
            Self::Test { .. } => "a test delivery".to_owned(),
            Self::Event(About {
                event_type,
                outcome,
                ..
            }) => format!("{event_type}, {outcome}"),
            Self::Quarantined => "a body that could not be read, quarantined".to_owned(),
            Self::Refused { reason } => format!("refused: {reason}"),
            Self::Unavailable => "answered 503".to_owned(),
        }
    }
}

/// What a refused delivery means, and what to do.
pub fn what_to_do(reason: &str) -> &'static str {
    match reason {
        "signature mismatch" => {
            "Either AlgaPSA signs with another secret than the one here: put in the one that it showed last, with alga-webhooks \
             secret rotate. Or a proxy in between changes the body"
        }
        "stale signature" => {
            "Its signature was over five minutes old: AlgaPSA's clock is wrong, or something in between holds deliveries back"
        }
        "wrong tenant" => {
            "The secret here is bound to another tenant: see tenant_id in the secret's value"
        }
        _ => {
            "It had no signature of AlgaPSA's form: somebody else has found the URL, or a proxy in between drops X-Alga-Signature"
        }
    }
}
