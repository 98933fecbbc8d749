//! The local AWS, as the functions reach it.

use std::env;

pub use shared::aws::{Region, SdkConfig};

/// The functions' own configuration, which leads to the local AWS.
pub fn config() -> SdkConfig {
    let endpoint = env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    assert!(
        endpoint.starts_with("http://127.0.0.1:"),
        "these tests need the local AWS, and AWS_ENDPOINT_URL does not lead to one: run `make test`"
    );
    shared::aws::config().expect("the local AWS sets region and credentials")
}

/// The same for an AWS that is down: nobody listens there, and no server that takes a free port is given this one.
pub fn down() -> SdkConfig {
    let nowhere = "http://127.0.0.1:1";
    config().to_builder().endpoint_url(nowhere).build()
}
