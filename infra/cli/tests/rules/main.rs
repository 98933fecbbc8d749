//! Pure rules of the tool, without any AWS.

mod events;
mod input;
mod output;
mod quarantine;
mod secret;
mod send;
mod signing;
mod verify;
mod verify_rewritten;
mod verify_suspects;
mod waiting;

use alga_webhooks::signing::versions::{Version, Versions};
use jiff::Timestamp;

/// A current and a previous version that hold these texts, both put at that time.
fn versions(current: &str, previous: &str, put_at: Timestamp) -> Versions {
    let version = |text: &str| Version {
        stage: String::new(),
        put_at,
        text: Some(text.into()),
    };
    Versions {
        current: Some(version(current)),
        previous: Some(version(previous)),
    }
}
