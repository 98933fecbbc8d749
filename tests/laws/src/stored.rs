//! Bodies in the table.

use shared::inbox::body::{pack, unpack};

/// More than a Lambda can receive.
const LARGEST: usize = 16 * 1024 * 1024;

/// A body comes out as it went in. A packed body that was cut is an error. One with a changed byte, or bytes that were
/// never packed, are an error or some other body that can be stored.
pub fn body(body: &[u8]) {
    let packed = pack(body).expect("it can be packed");
    assert_eq!(unpack(&packed).expect("it can be unpacked"), body);
    assert!(
        packed.len() <= body.len() + body.len() / 64 + 64,
        "{} bytes",
        packed.len()
    );

    let seed = body.iter().fold(body.len(), |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let cut = seed % packed.len();
    assert!(unpack(&packed[..cut]).is_err(), "cut after {cut} bytes");
    let mut damaged = packed;
    damaged[cut] ^= u8::try_from(seed % 255 + 1).expect("less than 256");
    is_damaged_or_a_body(&damaged);
    is_damaged_or_a_body(body);
    is_damaged_or_a_body(&[&[1], body].concat());
}

fn is_damaged_or_a_body(packed: &[u8]) {
    if let Ok(body) = unpack(packed) {
        assert!(body.len() <= LARGEST, "{} bytes", body.len());
        let again = unpack(&pack(&body).expect("it can be packed"));
        assert_eq!(again.expect("it can be unpacked"), body);
    }
}
