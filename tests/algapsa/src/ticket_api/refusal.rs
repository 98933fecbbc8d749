//! What the API says when it does not do what it was asked.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// A refused request.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// No key came with it: the only one that is not written like the others.
    NoKey,
    /// The key is wrong, expired or another tenant's. A fault of the database looks the same.
    WrongKey,
    /// The key's user may not read tickets, or not this one.
    Forbidden(String),
    /// A parameter has a value that it cannot have.
    Invalid {
        message: String,
        parameter: &'static str,
    },
    NotFound,
    NoSuchWebhook,
    NotAllowed,
    /// A webhook for events that the service behind the API does not know.
    UnknownEvents,
    /// A route that fails in AlgaPSA itself.
    Broken,
    /// Sorted by a column that there is not.
    NoSuchColumn,
    /// There is no token left. Until there is one, in milliseconds.
    TooMany(i128),
}

impl Refusal {
    pub(super) fn invalid(parameter: &'static str, message: &str) -> Self {
        Self::Invalid {
            message: message.to_owned(),
            parameter,
        }
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let (status, body) = match self {
            Self::NoKey => (401, json!({ "error": "Unauthorized: API key missing" })),
            Self::WrongKey => error(401, "UNAUTHORIZED", "Invalid API key"),
            Self::Forbidden(message) => error(403, "FORBIDDEN", message),
            Self::Invalid { message, parameter } => {
                let (status, mut body) = error(400, "VALIDATION_ERROR", "Query validation failed");
                body["error"]["details"] = json!([{ "path": [parameter], "message": message }]);
                (status, body)
            }
            Self::NotFound => error(404, "NOT_FOUND", "Ticket not found"),
            Self::NoSuchWebhook => error(404, "NOT_FOUND", "Webhook not found"),
            Self::UnknownEvents => error(400, "BAD_REQUEST", "Invalid event types"),
            Self::Broken => error(500, "INTERNAL_ERROR", "Internal server error"),
            Self::NotAllowed => error(405, "METHOD_NOT_ALLOWED", "Method not allowed"),
            Self::NoSuchColumn => error(
                500,
                "INTERNAL_CONFIGURATION",
                "Internal configuration error",
            ),
            Self::TooMany(milliseconds) => {
                let (status, mut body) = error(429, "TOO_MANY_REQUESTS", "Too many requests");
                body["error"]["details"] =
                    json!({ "retry_after_ms": milliseconds, "remaining": 0 });
                (status, body)
            }
        };
        answer(status, &body)
    }
}

fn error(status: u16, code: &str, message: &str) -> (u16, Value) {
    (
        status,
        json!({ "error": { "code": code, "message": message } }),
    )
}

/// An answer of JSON.
pub(super) fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .expect("it is a response")
}
