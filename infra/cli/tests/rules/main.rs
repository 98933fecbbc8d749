//! Pure rules of the tool, without any AWS.

mod events_name;
mod events_retry;
mod input;
mod output_errors;
mod output_table;
mod output_times;
mod quarantine;
mod quarantine_pick;
mod secret_offered;
mod secret_put;
mod secret_value;
mod send;
mod send_sample;
mod signing_answer;
mod signing_subscription;
mod verify;
mod verify_capture;
mod verify_header;
mod verify_keys;
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
