//! Large bodies: one object each, in a bucket.
//!
//! An object is named by the hash of what it holds, so that storing it twice changes nothing, and what comes back can be
//! checked. Nobody deletes the objects of events: they expire by their age.

use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::body::Damaged;
use crate::aws::SdkConfig;

/// The largest packed body that is stored inside its item. The item then takes up to three write units, and so does its
/// place in the index; from four on, an object is cheaper.
pub(super) const LARGEST_INLINE: usize = 2_700;

/// The bucket of large bodies.
#[derive(Clone, Debug)]
pub struct Bodies {
    client: Client,
    bucket: String,
}

impl Bodies {
    /// The bucket of that name.
    pub fn new(config: &SdkConfig, bucket: String) -> Self {
        // The hash in the name is checked instead of the SDK's own sums.
        let config = aws_sdk_s3::config::Builder::from(config)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let client = Client::from_conf(config.build());
        Self { client, bucket }
    }

    pub(super) async fn put(&self, object: &str, packed: Vec<u8>) -> Result<()> {
        let put = self.client.put_object().bucket(&self.bucket).key(object);
        let stored = put.body(packed.into()).send().await;
        let stored = stored.map_err(SdkError::into_service_error);
        stored.context("failed to store a large body").map(drop)
    }

    /// What the object holds; [`Damaged`] if it is gone, or holds something else than was stored.
    pub(super) async fn get(&self, object: &str) -> Result<Bytes> {
        let failed = "failed to read a large body";
        let get = self.client.get_object().bucket(&self.bucket).key(object);
        let got = match get.send().await.map_err(SdkError::into_service_error) {
            Err(GetObjectError::NoSuchKey(_)) => return Err(damaged("is gone from the bucket")),
            got => got.context(failed)?,
        };
        let packed = got.body.collect().await.context(failed)?.into_bytes();
        match object.rsplit('/').next() {
            Some(name) if name == hash(&packed) => Ok(packed),
            _ => Err(damaged("is not what was stored")),
        }
    }

    pub(super) async fn delete(&self, object: &str) -> Result<()> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(object);
        let deleted = delete.send().await.map_err(SdkError::into_service_error);
        deleted.context("failed to delete a large body").map(drop)
    }
}

/// What an object that holds this is named by.
pub(super) fn hash(packed: &[u8]) -> String {
    hex::encode(Sha256::digest(packed))
}

fn damaged(how: &str) -> anyhow::Error {
    Damaged(format!("a large body {how}")).into()
}
