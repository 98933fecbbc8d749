//! Who sent this? A [`Delivery`] is a body that a held secret has signed; nothing else makes one.

use bytes::Bytes;
use jiff::Timestamp;
use lambda_http::{Body, Request};
use shared::secret::Secret;
use shared::signature::Signature;
use thiserror::Error;
use uuid::Uuid;

use crate::front::{SIGNATURE, WEBHOOK_ID};
use crate::signing_secrets::SigningSecrets;

/// One authenticated HTTP attempt of the sender.
#[derive(Debug)]
pub struct Delivery {
    body: Bytes,
    webhook_id: Option<Uuid>,
}

impl Delivery {
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The subscription whose secret proved the delivery, if the secret belongs to one; otherwise the one that the sender
    /// names, which is not signed and so no more than a hint.
    pub fn webhook_id(&self) -> Option<Uuid> {
        self.webhook_id
    }
}

/// Why a request is not a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It could not prove where it comes from.
    Rejected(Rejection),
    /// We hold no secret to check it with; the sender's retry may find one.
    NoSecret,
}

/// What was wrong with the signature. For logs and metrics only: the answer is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    #[error("missing signature")]
    Missing,
    /// A header that is not `t=<seconds>,v1=<hex>`.
    #[error("malformed signature")]
    Malformed,
    /// Signed over five minutes ago, or that far in the future.
    #[error("stale signature")]
    Stale,
    #[error("signature mismatch")]
    Mismatch,
    /// The secret may speak for one tenant only, and the body names another.
    #[error("wrong tenant")]
    OtherTenant,
}

/// Cheap checks come first. AWS is called only for a fresh signature, if it matches no held secret or the secrets are old,
/// and at most every 30 s.
pub async fn authenticate(
    request: Request,
    secrets: &SigningSecrets,
    now: Timestamp,
) -> Result<Delivery, Refusal> {
    let webhook_id = webhook_id(&request);
    let header = header(&request, SIGNATURE).map(str::to_owned);
    let body = bytes(request.into_body());
    let reject = Refusal::Rejected;

    let header = header.ok_or(reject(Rejection::Missing))?;
    let signature = Signature::parse(&header).ok_or(reject(Rejection::Malformed))?;
    if !signature.is_fresh(now) {
        return Err(reject(Rejection::Stale));
    }
    let by_held = || {
        let held = secrets.held().ok_or(Refusal::NoSecret)?;
        judge(&signature, &body, webhook_id, held.at(now)).map_err(reject)
    };
    let mut verdict = by_held();
    if (verdict.is_err() || secrets.are_old(now)) && secrets.reread(now).await {
        verdict = by_held();
    }
    let proven = verdict?;
    let webhook_id = proven.or(webhook_id);
    Ok(Delivery { body, webhook_id })
}

/// Tries the secret of the named subscription first, then the others. Gives the subscription whose secret it was, if the
/// secret belongs to one.
fn judge<'a>(
    signature: &Signature,
    body: &[u8],
    webhook_id: Option<Uuid>,
    held: impl Iterator<Item = &'a Secret> + Clone,
) -> Result<Option<Uuid>, Rejection> {
    let named = |secret: &&Secret| webhook_id.is_some() && secret.webhook_id == webhook_id;
    let hinted = held.clone().filter(named);
    let others = held.filter(|secret| !named(secret));
    let mut verdict = Rejection::Mismatch;
    let made = |secret: &&Secret| signature.is_made_with(&secret.key, body);
    for secret in hinted.chain(others).filter(made) {
        if secret.may_speak_for(body) {
            return Ok(secret.webhook_id);
        }
        verdict = Rejection::OtherTenant;
    }
    Err(verdict)
}

fn bytes(body: Body) -> Bytes {
    match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        other => Bytes::copy_from_slice(&other),
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    // A value that is not text counts as empty, which is neither a signature nor an id.
    let value = request.headers().get(name);
    value.map(|value| value.to_str().unwrap_or_default())
}

fn webhook_id(request: &Request) -> Option<Uuid> {
    header(request, WEBHOOK_ID)?.parse().ok()
}
