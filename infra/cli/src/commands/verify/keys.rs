//! The secrets to check with: those that the receiver would have had at that time, and others from before.

use jiff::Timestamp;
use shared::secret::{self, Secret};

use crate::output::{Time, hint};
use crate::signing::versions::{Version, Versions};

#[derive(Clone, Debug)]
pub struct Key {
    /// Where it comes from, in words.
    pub name: String,
    pub secret: Secret,
    /// Why it does not count at that time, if it does not.
    pub not_counting: Option<String>,
}

/// All secrets that the receiver could have, or why there is nothing to check with.
pub type Held = Result<Vec<Key>, String>;

/// The secrets of a value that the operator gave.
pub fn given(text: &str) -> Held {
    let secrets = secret::parse(text);
    let secrets = secrets.map_err(|why| format!("the given secret cannot be used: {why}"))?;
    Ok(named("the given secret", secrets, None))
}

/// What the receiver would check with at that time.
pub fn held(versions: &Versions, at: Timestamp) -> Held {
    let current = versions.current.as_ref();
    let none = "the stack's secret has no value yet: set it with alga-webhooks secret set";
    let current = current.ok_or_else(|| hint(none))?;
    let secrets = current.secrets();
    let secrets = secrets.map_err(|why| format!("the stack's secret cannot be used: {why}"))?;
    let too_late = (at.as_second() < current.put_at.as_second()).then(|| {
        let put_at = Time(current.put_at);
        format!("was set at {put_at}, only after this request came")
    });
    let mut keys = named("AWSCURRENT", secrets, too_late.as_deref());
    let is_known = |old: &Key| keys.iter().any(|new| new.secret.is_same_key(&old.secret));
    let mut previous = previous(versions, at);
    previous.retain(|old| !is_known(old));
    keys.extend(previous);
    Ok(keys)
}

fn previous(versions: &Versions, at: Timestamp) -> Vec<Key> {
    let until = versions.overlap_until().unwrap_or_default();
    let secrets = versions.previous.as_ref().map(Version::secrets);
    let secrets = secrets.and_then(Result::ok).unwrap_or_default();
    if at < until {
        return named(
            &format!("AWSPREVIOUS (counts until {})", Time(until)),
            secrets,
            None,
        );
    }
    let ended = format!("has not counted since {}", Time(until));
    named("AWSPREVIOUS", secrets, Some(&ended))
}

/// The secrets in a version that the receiver never uses.
pub fn of_no_account(version: &Version) -> Vec<Key> {
    let name = format!("{} of {}", version.stage, Time(version.put_at));
    let why = "is a version that the receiver does not use";
    named(&name, version.secrets().unwrap_or_default(), Some(why))
}

fn named(version: &str, secrets: Vec<Secret>, not_counting: Option<&str>) -> Vec<Key> {
    let key = |secret: Secret| Key {
        name: match secret.webhook_id {
            Some(id) => format!("{version}, webhook {id}"),
            None => version.to_owned(),
        },
        secret,
        not_counting: not_counting.map(str::to_owned),
    };
    secrets.into_iter().map(key).collect()
}
