//! The steps of a delivery that compute and do not wait, one by one. `cargo bench -p bench` runs them.

use algapsa::{Ticket, signature};
use bench::Bodies;
use bytes::Bytes;
use divan::{Bencher, black_box};
use jiff::Timestamp;
use secrecy::SecretString;
use shared::event::Event;
use shared::inbox::body::{pack, unpack};
use shared::signature::Signature;

const SIZES: [usize; 4] = [300, 2_000, 50_000, 600_000];
const SECRET: &str = "whsec-Yb3uK0xq7dPz5mVt9LwRjN2cHsEaFg4i";

fn main() {
    divan::main();
}

fn body(bytes: usize) -> Bytes {
    Bodies::of(bytes).event(&Ticket::new("bench"), 1).body()
}

/// From the header to the proof.
#[divan::bench(args = SIZES)]
fn verify(bencher: Bencher, bytes: usize) {
    let body = body(bytes);
    let now = Timestamp::now();
    let header = signature(SECRET, now.as_second(), &body);
    let secret = SecretString::from(SECRET);
    bencher.bench(|| {
        let signature = Signature::parse(black_box(&header)).expect("well-formed");
        assert!(signature.is_fresh(now) && signature.is_made_with(&secret, black_box(&body)));
    });
}

/// From the body to the event, with its stream and its due.
#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher, bytes: usize) {
    let body = body(bytes);
    let now = Timestamp::now();
    bencher.bench(|| Event::parse(black_box(body.clone()), now).expect("readable"));
}

/// From the body to what the inbox keeps.
#[divan::bench(args = SIZES)]
fn compress(bencher: Bencher, bytes: usize) {
    let body = body(bytes);
    bencher.bench(|| pack(black_box(&body)).expect("packs"));
}

/// And back.
#[divan::bench(args = SIZES)]
fn decompress(bencher: Bencher, bytes: usize) {
    let packed = pack(&body(bytes)).expect("packs");
    bencher.bench(|| unpack(black_box(&packed)).expect("unpacks"));
}
