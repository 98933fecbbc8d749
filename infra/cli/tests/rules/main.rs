//! Pure rules of the tool, without any AWS.

mod connect;
mod console;
mod events;
mod input;
mod output;
mod quarantine;
mod reconcile;
mod secret;
mod send;
mod signing;
mod verify;
mod view;

use alga_webhooks::signing::versions::{Version, Versions};
use jiff::Timestamp;

const A: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const B: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";
const START: Timestamp = Timestamp::UNIX_EPOCH;

/// A current and a previous version that hold these texts, both put at the start.
fn versions(current: &str, previous: &str) -> Versions {
    let version = |text: &str| Version {
        stage: String::new(),
        put_at: START,
        text: Some(text.into()),
    };
    Versions {
        current: Some(version(current)),
        previous: Some(version(previous)),
    }
}
