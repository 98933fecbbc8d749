//! The versions of the signing secret's value in Secrets Manager.

use anyhow::Result;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::DateTime;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shared::secret::{self, OVERLAP, Secret, StoredSecret, Unusable};

use crate::context::{Stack, explained};

#[derive(Clone, Debug)]
pub struct Version {
    /// `AWSCURRENT`, `AWSPREVIOUS`, or another label.
    pub stage: String,
    pub put_at: Timestamp,
    /// None if it is binary.
    pub text: Option<SecretString>,
}

impl Version {
    /// A value of nothing but white space is no value: the local AWS creates every secret with one.
    fn of(stage: &str, text: Option<String>, put_at: Timestamp) -> Option<Self> {
        let is_empty = text.as_ref().is_some_and(|text| text.trim().is_empty());
        (!is_empty).then(|| Self {
            stage: stage.to_owned(),
            put_at,
            text: text.map(SecretString::from),
        })
    }

    /// The signing secrets in it, by the receiver's rules.
    pub fn secrets(&self) -> Result<Vec<Secret>, Unusable> {
        let text = self.text.as_ref().ok_or(Unusable::Binary)?;
        secret::parse(text.expose_secret())
    }
}

/// The two versions that can count.
#[derive(Clone, Debug)]
pub struct Versions {
    /// None if no value was put yet.
    pub current: Option<Version>,
    /// The one before, whether it still counts or not.
    pub previous: Option<Version>,
}

impl Versions {
    pub async fn read(stack: &Stack) -> Result<Self> {
        let id = stack.secret_id.clone();
        let stored = StoredSecret::new(&stack.config, id, "the signing secret");
        let staged = async |stage: &str| -> Result<Option<Version>> {
            let version = stored.version(stage).await?;
            Ok(version.and_then(|version| Version::of(stage, version.text, version.created_at)))
        };
        Ok(Self {
            current: staged("AWSCURRENT").await?,
            previous: staged("AWSPREVIOUS").await?,
        })
    }

    /// Until when the previous one counts next to the current one.
    pub fn overlap_until(&self) -> Option<Timestamp> {
        Some(self.current.as_ref()?.put_at + OVERLAP)
    }

    /// Since when the current one counts alone. What came before may be signed with the previous one.
    pub fn alone_since(&self) -> Option<Timestamp> {
        let put_at = self.current.as_ref()?.put_at;
        let overlaps = !self.previous_counting(put_at).is_empty();
        Some(if overlaps { put_at + OVERLAP } else { put_at })
    }

    /// The previous secrets that count at `now` and are not also current, as the receiver sees it.
    pub fn previous_counting(&self, now: Timestamp) -> Vec<Secret> {
        let usable = |version: &Option<Version>| version.as_ref()?.secrets().ok();
        if self.overlap_until().is_none_or(|until| now >= until) {
            return Vec::new();
        }
        let mut previous = usable(&self.previous).unwrap_or_default();
        let current = usable(&self.current).unwrap_or_default();
        previous.retain(|old| !current.iter().any(|new| new.is_same_key(old)));
        previous
    }
}

/// The versions that never count: prepared ones, and old ones that AWS still keeps.
pub async fn others(stack: &Stack) -> Result<Vec<Version>> {
    let client = Client::new(&stack.config);
    let list = client.list_secret_version_ids().secret_id(&stack.secret_id);
    let listed = list.include_deprecated(true).send().await;
    let mut versions = Vec::new();
    for entry in listed.map_err(explained)?.versions() {
        let stages = entry.version_stages();
        if stages
            .iter()
            .any(|stage| stage == "AWSCURRENT" || stage == "AWSPREVIOUS")
        {
            continue;
        }
        let stage = stages
            .first()
            .map_or("a version without a label", String::as_str);
        let get = client.get_secret_value().secret_id(&stack.secret_id);
        let get = get.set_version_id(entry.version_id.clone());
        let version = get.send().await.map_err(explained)?;
        let put_at = version.created_date().map_or(0, DateTime::secs);
        let put_at = Timestamp::from_second(put_at)?;
        versions.extend(Version::of(stage, version.secret_string, put_at));
    }
    Ok(versions)
}
