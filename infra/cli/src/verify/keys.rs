//! The secrets to check with: those that the receiver would hold at that time, and others that were once put.

use jiff::Timestamp;
use shared::secret::{self, Secret};

use crate::secret::versions::{Version, Versions};
use crate::show;

/// One secret.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it comes from, in words.
    pub name: String,
    pub secret: Secret,
    /// Why it does not count at that time, if it does not.
    pub not_counting: Option<String>,
}

/// All that the receiver could hold.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    pub keys: Vec<Key>,
    /// Why there is nothing to check with, if there is not.
    pub trouble: Option<String>,
}

impl Holding {
    /// A value that somebody gave.
    pub fn given(text: &str) -> Self {
        match secret::parse(text) {
            Ok(secrets) => Self {
                keys: named("the given secret", secrets, None),
                trouble: None,
            },
            Err(why) => Self {
                keys: Vec::new(),
                trouble: Some(format!("the given secret cannot be used: {why}")),
            },
        }
    }

    /// What the receiver would go by at that time.
    pub fn of(versions: &Versions, at: Timestamp) -> Self {
        let Some(current) = &versions.current else {
            return Self {
                trouble: Some(
                    "the stack's secret has no value yet: put it in by alga-webhooks secret set"
                        .into(),
                ),
                ..Self::default()
            };
        };
        let secrets = match current.secrets() {
            Ok(secrets) => secrets,
            Err(why) => {
                return Self {
                    trouble: Some(format!("the stack's secret cannot be used: {why}")),
                    ..Self::default()
                };
            }
        };
        let put_at = show::time(current.put_at);
        let too_late = at.as_second() < current.put_at.as_second();
        let too_late =
            too_late.then(|| format!("was put only at {put_at}, after this request came"));
        let mut keys = named("AWSCURRENT", secrets, too_late.as_deref());
        keys.extend(previous(versions, at, &keys));
        Self {
            keys,
            trouble: None,
        }
    }
}

fn previous(versions: &Versions, at: Timestamp, current: &[Key]) -> Vec<Key> {
    let until = versions.overlap_until().unwrap_or_default();
    let ended = (at >= until).then(|| format!("has not counted since {}", show::time(until)));
    let name = match &ended {
        None => format!("AWSPREVIOUS (counts until {})", show::time(until)),
        Some(_) => "AWSPREVIOUS".to_owned(),
    };
    let secrets = versions
        .previous
        .as_ref()
        .and_then(|version| version.secrets().ok());
    let mut keys = named(&name, secrets.unwrap_or_default(), ended.as_deref());
    keys.retain(|old| {
        !current
            .iter()
            .any(|new| new.secret.is_same_key(&old.secret))
    });
    keys
}

/// The secrets in a version that the receiver never looks at.
pub fn of_no_account(version: &Version) -> Vec<Key> {
    let name = format!("{} of {}", version.stage, show::time(version.put_at));
    let why = "is a version that the receiver does not look at";
    named(&name, version.secrets().unwrap_or_default(), Some(why))
}

fn named(version: &str, secrets: Vec<Secret>, not_counting: Option<&str>) -> Vec<Key> {
    let name = |secret: &Secret| match secret.webhook_id {
        Some(id) => format!("{version}, webhook {id}"),
        None => version.to_owned(),
    };
    let key = |secret: Secret| Key {
        name: name(&secret),
        secret,
        not_counting: not_counting.map(str::to_owned),
    };
    secrets.into_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::secret::versions::versions;

    #[test]
    fn each_secret_counts_at_its_own_time() {
        let start = Timestamp::UNIX_EPOCH;
        let versions = versions("new", "old", start);
        for (after, current, previous) in [
            (-1, false, true),
            (0, true, true),
            (3599, true, true),
            (3600, true, false),
        ] {
            let held = Holding::of(&versions, start + SignedDuration::from_secs(after));
            let counts: Vec<_> = held
                .keys
                .iter()
                .map(|key| key.not_counting.is_none())
                .collect();
            assert_eq!(counts, [current, previous], "{after} s after");
        }
    }

    #[test]
    fn a_secret_that_is_still_current_is_named_once() {
        let start = Timestamp::UNIX_EPOCH;
        let versions = versions("same", "same", start);
        assert_eq!(Holding::of(&versions, start).keys.len(), 1);
    }

    #[test]
    fn nothing_to_check_with_is_said_and_why() {
        let none = Versions {
            current: None,
            previous: None,
        };
        let empty = Holding::of(&none, Timestamp::UNIX_EPOCH);
        assert!(empty.trouble.unwrap().contains("no value yet"));
        assert!(Holding::given("{}").trouble.unwrap().contains("empty"));
    }
}
