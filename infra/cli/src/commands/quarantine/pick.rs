//! Finds bodies in quarantine by the beginning of their hash.

use anyhow::{Result, bail, ensure};
use shared::inbox::{Inbox, Quarantined};

use crate::events::pages;
use crate::output::hint;

/// The length of a whole hash.
const WHOLE: usize = 64;
/// The least that is shown of a hash.
const SHORTEST: usize = 8;

pub async fn all(inbox: &Inbox) -> Result<Vec<Quarantined>> {
    let page = |from| inbox.quarantined(from);
    let mut all = pages("Looking for what is in quarantine", page).await?;
    all.sort_by(|a, b| (a.kept_at, &a.hash).cmp(&(b.kept_at, &b.hash)));
    Ok(all)
}

/// The bodies that these hashes, or beginnings of hashes, name; each once.
pub async fn pick(inbox: &Inbox, hashes: &[String]) -> Result<Vec<Quarantined>> {
    let known = if hashes.iter().all(|hash| hash.len() == WHOLE) {
        by_key(inbox, hashes).await?
    } else {
        all(inbox).await?
    };
    let mut picked: Vec<Quarantined> = Vec::new();
    for hash in hashes {
        let one = the_one(hash, &known)?;
        if !picked.contains(one) {
            picked.push(one.clone());
        }
    }
    Ok(picked)
}

async fn by_key(inbox: &Inbox, hashes: &[String]) -> Result<Vec<Quarantined>> {
    let mut found = Vec::new();
    for hash in hashes {
        found.extend(inbox.quarantined_as(&hash.to_lowercase()).await?);
    }
    Ok(found)
}

pub fn the_one<'a>(beginning: &str, known: &'a [Quarantined]) -> Result<&'a Quarantined> {
    ensure!(!beginning.is_empty(), "a hash is empty");
    let beginning = beginning.to_lowercase();
    let mut fitting = known.iter().filter(|one| one.hash.starts_with(&beginning));
    let Some(one) = fitting.next() else {
        let see = hint("see alga-webhooks quarantine list");
        bail!("no hash in quarantine begins with {beginning}: {see}");
    };
    match fitting.find(|other| other.hash != one.hash) {
        None => Ok(one),
        Some(_) => bail!("more than one hash begins with {beginning}: give more characters"),
    }
}

/// As much of the hash as distinguishes it from all others.
pub fn short<'a>(hash: &'a str, known: &[Quarantined]) -> &'a str {
    let others = known.iter().filter(|other| other.hash != hash);
    let shared = others.map(|other| in_common(hash, &other.hash)).max();
    let length = shared.map_or(0, |shared| shared + 1).max(SHORTEST);
    &hash[..length.min(hash.len())]
}

fn in_common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}
