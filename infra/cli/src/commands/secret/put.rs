//! Puts a value in place of the one before, and sees that nothing is lost by that.

use anyhow::{Context as _, Result, bail, ensure};
use aws_sdk_secretsmanager::Client;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shared::secret::{self, Secret};

use super::value::Value;
use crate::context::{Stack, explained};
use crate::output::Time;
use crate::signing::versions::{Version, Versions};

/// The value that is there. If the receiver cannot use it and this is `forced`, all of it is replaced.
pub fn present(current: Option<&Version>, forced: bool) -> Result<Value> {
    let Some(current) = current else {
        return Ok(Value::Empty);
    };
    match (current.secrets(), &current.text) {
        (Ok(_), Some(text)) => Ok(Value::of(text.expose_secret())),
        (Err(why), _) if !forced => {
            bail!("the present value cannot be used: {why}. To replace all of it, add --force")
        }
        _ => Ok(Value::Empty),
    }
}

/// The previous secrets that count now and would stop counting once `new` is put.
pub fn ended_by(versions: &Versions, new: &Value, now: Timestamp) -> Vec<Secret> {
    let kept = secret::parse(new.text().expose_secret()).unwrap_or_default();
    let mut ended = versions.previous_counting(now);
    ended.retain(|old| !kept.iter().any(|new| new.is_same_key(old)));
    ended
}

/// Refuses a value that would end a previous secret before its hour is over.
pub fn guard(versions: &Versions, new: &Value, now: Timestamp, forced: bool) -> Result<()> {
    let ends = !forced && !ended_by(versions, new, now).is_empty();
    ensure!(
        !ends,
        "nothing was changed: the secret before the current one still counts until {}. This would end it at once, and \
         deliveries that are under way with it would be refused. Wait until then, or add --force",
        until(versions)
    );
    Ok(())
}

/// When the previous secret ends, in words.
pub fn until(versions: &Versions) -> String {
    let until = versions.overlap_until().map(Time);
    until.map_or_else(String::new, |until| until.to_string())
}

/// Makes it the current value of the signing secret; the one before becomes the previous.
pub async fn put(stack: &Stack, value: &Value) -> Result<()> {
    text(stack, &stack.secret_id, &value.text()).await
}

/// Makes a text the current value of the secret of that id.
pub async fn text(stack: &Stack, secret_id: &str, text: &SecretString) -> Result<()> {
    let put = Client::new(&stack.config)
        .put_secret_value()
        .secret_id(secret_id)
        .secret_string(text.expose_secret());
    let put = put.send().await.map_err(explained);
    put.with_context(|| format!("failed to put the value of {secret_id}"))?;
    Ok(())
}
