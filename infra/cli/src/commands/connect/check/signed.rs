//! The signing secret, and whether the receiver takes it.

use anyhow::Result;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use shared::secret::Secret;

use super::Seen;
use crate::commands::secret::{check, offered};
use crate::context::Stack;
use crate::output::count;
use crate::output::times::ago;
use crate::signing::versions::{Version, Versions};

const SET: &str = "Run: alga-webhooks connect";
const REPLACE: &str = "Replace it: alga-webhooks secret set --force";

/// Whether there is one, and whether it looks like AlgaPSA's.
pub async fn secret(stack: &Stack) -> Result<Seen> {
    let Some(current) = Versions::read(stack).await?.current else {
        return Ok(Seen::Wrong("none is set yet".to_owned(), SET.to_owned()));
    };
    Ok(judged(&current, Timestamp::now()))
}

pub fn judged(current: &Version, now: Timestamp) -> Seen {
    let held = match current.secrets() {
        Ok(held) => held,
        Err(why) => return Seen::Wrong(format!("it cannot be used: {why}"), REPLACE.to_owned()),
    };
    let objection = |secret: &Secret| offered::objection(secret.key.expose_secret());
    if let Some(objection) = held.iter().find_map(objection) {
        let why = format!("it does not look like AlgaPSA's: {}", objection.why);
        return Seen::Wrong(why, REPLACE.to_owned());
    }
    let ago = ago(current.put_at, now);
    Seen::Good(format!(
        "{} of AlgaPSA's form, set {ago}",
        count(held.len(), "secret")
    ))
}

const IF_401: &str = "Wait a minute and check again: it reads a new secret at most every 30 s. If it stays so, see the receiver's log";
const IF_503: &str =
    "The receiver cannot read the secret, or AWS is in trouble: see the receiver's log";
const IF_OTHER: &str = "Is WebhookUrl the receiver's, and can this machine reach it?";

/// Whether it accepts what is signed with each secret.
pub async fn receiver(stack: &Stack) -> Result<Seen> {
    let current = Versions::read(stack).await?.current;
    let Some(held) = current.and_then(|current| current.secrets().ok()) else {
        let why = "not asked, since there is no secret to sign with";
        return Ok(Seen::Open(why.to_owned()));
    };
    let checks = check::all(stack, &held).await?;
    let Some(refused) = checks.iter().find(|check| !check.is_accepted()) else {
        return Ok(Seen::Good("accepts a signed test delivery".to_owned()));
    };
    let answer = refused.answer();
    let to_fix = match answer.status {
        Some(401) => IF_401,
        Some(503) => IF_503,
        _ => IF_OTHER,
    };
    let says = format!("answers a signed test delivery with {}", answer.outcome());
    Ok(Seen::Wrong(says, to_fix.to_owned()))
}
