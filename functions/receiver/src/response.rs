//! What the sender is told. Its admins see the answer, so it is short, useful and holds no secret.

use anyhow::Result;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::json;

use crate::authenticate::Rejection;

/// What became of an authentic delivery; always 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Kept now, and rung for.
    Accepted(String),
    /// Kept before.
    Duplicate(String),
    /// Left out by the filter.
    Ignored(String),
    /// The sender's test delivery.
    Test,
    /// Kept, but for a person to look at.
    Quarantined,
}

impl Receipt {
    /// The word in the answer, the log and the README.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Duplicate(_) => "duplicate",
            Self::Ignored(_) => "ignored",
            Self::Test => "test",
            Self::Quarantined => "quarantined",
        }
    }

    fn body(&self) -> String {
        let status = self.status();
        match self {
            Self::Accepted(id) | Self::Duplicate(id) | Self::Ignored(id) => {
                let id = json!(id);
                format!(r#"{{"status":"{status}","event_id":{id}}}"#)
            }
            Self::Test | Self::Quarantined => format!(r#"{{"status":"{status}"}}"#),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Receipt(Receipt),
    /// 401, with the same body for every reason.
    Unauthorized(Rejection),
    /// 400: the function was called by something that is not its URL.
    Unsupported,
    NotFound,
    MethodNotAllowed,
    /// 503: it could not be checked or kept; the sender tries again.
    Unavailable,
}

impl Answer {
    /// An error means that the event was not kept: the sender must try again.
    pub fn of(received: Result<Receipt>) -> Self {
        match received {
            Ok(receipt) => Self::Receipt(receipt),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(
                    error,
                    "could not keep a delivery; the sender will try again"
                );
                Self::Unavailable
            }
        }
    }

    pub fn into_response(self) -> Response<Body> {
        let error = |error: &str| json!({ "error": error }).to_string();
        let (status, body) = match &self {
            Self::Receipt(receipt) => (StatusCode::OK, receipt.body()),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, error("unauthorized")),
            Self::Unsupported => (StatusCode::BAD_REQUEST, error("unsupported event")),
            Self::NotFound => (StatusCode::NOT_FOUND, error("not found")),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, error("method not allowed")),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, error("unavailable")),
        };
        let response = Response::builder().status(status);
        let mut response = response.header("content-type", "application/json");
        if self == Self::MethodNotAllowed {
            response = response.header("allow", "POST");
        }
        let response = response.body(Body::Text(body));
        response.expect("constant headers are valid")
    }
}
