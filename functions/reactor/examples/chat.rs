//! Tells Slack or Teams about tickets of one priority that are new, or leave a status.

use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_types::body::SdkBody;
use http::Request;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use shared::secret::{Cached, StoredSecret};
use shared::{aws, settings};

use crate::failure::Failure;
use crate::payload::Payload;
use crate::reaction::Attempt;

struct Chat {
    kind: Kind,
    priority: String,
    stored: StoredSecret,
    url: Cached<SecretString>,
    connector: Connector,
}

/// Made once, when the first event comes.
static CHAT: LazyLock<Result<Chat>> = LazyLock::new(|| {
    let secret_id = settings::required("CHAT_SECRET_ID")?;
    Ok(Chat {
        kind: Kind::named(&settings::required("CHAT")?)?,
        priority: settings::required("CHAT_PRIORITY")?,
        stored: StoredSecret::new(&aws::config()?, secret_id, "the chat's URL"),
        url: Cached::default(),
        connector: aws::connector(),
    })
});

pub async fn react(attempt: &Attempt<'_>) -> Result<(), Failure> {
    let chat = CHAT.as_ref();
    let chat = chat.map_err(|missing| Failure::again(missing.to_string()))?;
    let Some(text) = chat.news(&attempt.payload()?) else {
        return Ok(());
    };
    match chat.tell(&text, attempt).await? {
        200..=299 => Ok(()),
        status @ (400 | 410) => Err(Failure::last(format!("the chat answered {status}"))),
        status => Err(Failure::again(format!("the chat answered {status}"))),
    }
}

impl Chat {
    /// What people are told; nothing of most events.
    fn news(&self, payload: &Payload) -> Option<String> {
        let (ticket, news) = match payload {
            Payload::TicketCreated(ticket) => (ticket, "New".to_owned()),
            Payload::TicketStatusChanged(ticket, before) => {
                let status = before.status_name.as_ref()?;
                (ticket, format!("No longer {status}"))
            }
            _ => return None,
        };
        let number = ticket.ticket_number.as_deref().unwrap_or("a ticket");
        let is_watched = ticket.priority_name.as_ref() == Some(&self.priority);
        is_watched.then(|| format!("{news}: {number}, {}", self.priority))
    }
}

impl Chat {
    async fn tell(&self, text: &str, attempt: &Attempt<'_>) -> Result<u16> {
        let read = Box::pin(async { self.stored.text().await.map(SecretString::from) });
        let url = self.url.get(attempt.at, read).await?; // read again after 5 minutes
        let request = Request::post(url.expose_secret())
            .header("content-type", "application/json")
            .body(SdkBody::from(self.kind.message(text).to_string()))
            .context("the chat's URL is not one")?;
        let request = request.try_into().context("the chat cannot be asked")?;
        let answer = self.connector.call(request).await;
        let answer = answer.context("the chat could not be reached")?;
        Ok(answer.status().as_u16())
    }
}

enum Kind {
    Slack,
    Teams,
}

impl Kind {
    fn named(name: &str) -> Result<Self> {
        match name {
            "slack" => Ok(Self::Slack),
            "teams" => Ok(Self::Teams),
            other => bail!("CHAT is neither slack nor teams: {other}"),
        }
    }

    /// What it takes: Slack's incoming webhook a text, and a workflow of Teams that begins with "When a Teams webhook
    /// request is received" a message with an adaptive card.
    fn message(&self, text: &str) -> Value {
        match self {
            Self::Slack => json!({ "text": text }),
            Self::Teams => json!({ "type": "message", "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "type": "AdaptiveCard",
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "version": "1.4",
                    "body": [{ "type": "TextBlock", "text": text, "wrap": true }],
                },
            }] }),
        }
    }
}
