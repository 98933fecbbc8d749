//! How a body is stored: one version byte, which names the dictionary, then a zstd frame.

use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use thiserror::Error;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Trained by `dictionary/train.py`. A dictionary never changes once it is released: bodies that were packed with it
/// must stay readable. A better one becomes version 2 next to it.
const DICTIONARY: &[u8] = include_bytes!("../../dictionary/1.zdict");
const VERSION: u8 = 1;

/// Higher levels gain almost nothing: the sample event takes 768 bytes at level 3, 716 at 6, 707 at 12.
const LEVEL: i32 = 6;

/// More than a Lambda can receive; a packed body that claims more is damaged.
const LARGEST: usize = 16 * 1024 * 1024;

static COMPRESSOR: LazyLock<Mutex<Compressor<'static>>> = LazyLock::new(|| {
    static PREPARED: LazyLock<EncoderDictionary<'static>> =
        LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
    let compressor = Compressor::with_prepared_dictionary(&PREPARED);
    let mut compressor = compressor.expect("the dictionary fits a compressor");
    let included = compressor.include_dictid(false); // the version byte says it already
    included.expect("the dictionary id may be left out");
    Mutex::new(compressor)
});

static DECOMPRESSOR: LazyLock<Mutex<Decompressor<'static>>> = LazyLock::new(|| {
    static PREPARED: LazyLock<DecoderDictionary<'static>> =
        LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));
    let decompressor = Decompressor::with_prepared_dictionary(&PREPARED);
    Mutex::new(decompressor.expect("the dictionary fits a decompressor"))
});

/// A stored body that this release cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Damaged(pub String);

/// Packs a body for storage.
pub fn pack(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = COMPRESSOR.lock().unwrap_or_else(PoisonError::into_inner);
    let mut packed = vec![VERSION];
    packed.append(&mut compressor.compress(body)?);
    Ok(packed)
}

/// The body, byte for byte as it was packed by this or an older release.
pub fn unpack(packed: &[u8]) -> Result<Bytes, Damaged> {
    let frame = match packed {
        [] | [_] => return Err(damaged("is empty")),
        [VERSION, frame @ ..] => frame,
        [version, ..] => return Err(damaged(&format!("has the unknown version {version}"))),
    };
    let size = Decompressor::upper_bound(frame).ok_or_else(|| damaged("is damaged"))?;
    if size > LARGEST {
        return Err(damaged("claims to be larger than any delivery"));
    }
    let mut decompressor = DECOMPRESSOR.lock().unwrap_or_else(PoisonError::into_inner);
    let body = decompressor.decompress(frame, size);
    body.map(Bytes::from).map_err(|_| damaged("is damaged"))
}

fn damaged(how: &str) -> Damaged {
    Damaged(format!("a stored body {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_comes_out_as_it_went_in() {
        let noise = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
        let noise: Vec<u8> = (0..5_500_000).map(noise).collect();
        for body in [&b""[..], b"{}", b"not json \xff\x00", DICTIONARY, &noise] {
            assert_eq!(unpack(&pack(body).unwrap()).unwrap(), body);
        }
    }

    #[test]
    fn damage_is_an_error_and_not_another_body() {
        let packed = pack(DICTIONARY).unwrap();
        let mut other_version = packed.clone();
        other_version[0] = 9;
        for (damaged, why) in [
            (&[][..], "a stored body is empty"),
            (&[VERSION], "a stored body is empty"),
            (&other_version, "a stored body has the unknown version 9"),
            (&packed[..packed.len() - 3], "a stored body is damaged"),
        ] {
            assert_eq!(unpack(damaged).unwrap_err().to_string(), why);
        }
    }

    /// An item of up to 1,024 bytes costs one write unit. All attributes of a ticket event but its body take up to 288 of them.
    #[test]
    fn a_ticket_event_of_two_kilobytes_fits_into_one_write_unit() {
        let event = include_bytes!("../../dictionary/sample.json");
        assert_eq!(event.len(), 2065);
        let packed = pack(event).unwrap().len();
        assert!(packed <= 1024 - 288, "{packed} bytes");
    }
}
