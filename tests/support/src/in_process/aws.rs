//! The local AWS, as the functions reach it.

use std::env;
use std::net::TcpListener;

pub use shared::aws::{Region, SdkConfig};

/// The functions' own configuration, which leads to the local AWS.
///
/// # Panics
/// When no local AWS is running.
#[must_use]
pub fn config() -> SdkConfig {
    let endpoint = env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    assert!(
        endpoint.starts_with("http://127.0.0.1:"),
        "these tests need the local AWS, and AWS_ENDPOINT_URL does not lead to one: run `make test`"
    );
    shared::aws::config().expect("the local AWS sets region and credentials")
}

/// The same for an AWS that is down: nobody listens there.
///
/// # Panics
/// When the machine has no free port.
#[must_use]
pub fn down() -> SdkConfig {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let endpoint = format!("http://{}", port.expect("a port is free"));
    config().to_builder().endpoint_url(endpoint).build()
}
