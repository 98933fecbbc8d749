//! How AlgaPSA signs, written apart from the code that is tested.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `X-Alga-Signature`: over the digits of the second, a dot and the body, with the secret's own text as the key.
pub fn signature(secret: &str, second: i64, body: &[u8]) -> String {
    let signed = [second.to_string().as_bytes(), b".", body].concat();
    let proof = hex::encode(mac(secret.as_bytes(), &signed));
    format!("t={second},v1={proof}")
}

/// HMAC-SHA256, as the signatures of AWS and of AlgaPSA use it.
pub fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
