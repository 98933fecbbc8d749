//! Large bodies: one object each, in a bucket.
//!
//! An object is named by the hash of what it holds, so that storing it twice changes nothing, and what comes back can be
//! checked. Nobody deletes the objects of events: they expire by their age.

use anyhow::{Context, Result};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::body::Damaged;
use crate::aws::SdkConfig;
use crate::bucket::Bucket;

/// The largest packed body that is stored inside its item. The item then takes up to three write units, and so does its
/// place in the index; from four on, an object is cheaper.
pub(super) const LARGEST_INLINE: usize = 2_700;

/// The bucket of large bodies.
#[derive(Clone, Debug)]
pub struct Bodies {
    bucket: Bucket,
}

impl Bodies {
    /// The bucket of that name.
    pub fn new(config: &SdkConfig, name: &str) -> Self {
        let bucket = Bucket::new(config, name);
        Self { bucket }
    }

    pub(super) async fn put(&self, object: &str, packed: Vec<u8>) -> Result<()> {
        let stored = self.bucket.put(object, packed.into()).await;
        stored.context("failed to store a large body")
    }

    /// What the object holds; [`Damaged`] if it is gone, or holds something else than was stored.
    pub(super) async fn get(&self, object: &str) -> Result<Bytes> {
        let got = self.bucket.get(object).await;
        let got = got.context("failed to read a large body")?;
        let packed = got.ok_or_else(|| damaged("is gone from the bucket"))?;
        match object.rsplit('/').next() {
            Some(name) if name == hash(&packed) => Ok(packed),
            _ => Err(damaged("is not what was stored").into()),
        }
    }

    pub(super) async fn delete(&self, object: &str) -> Result<()> {
        let deleted = self.bucket.delete(object).await;
        deleted.context("failed to delete a large body")
    }
}

/// What an object that holds this is named by.
pub(super) fn hash(packed: &[u8]) -> String {
    hex::encode(Sha256::digest(packed))
}

fn damaged(how: &str) -> Damaged {
    Damaged(format!("a large body {how}"))
}
