//! The local AWS, as the functions reach it.

use std::env;
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;
pub use shared::aws::{Region, SdkConfig};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// The functions' own configuration, which leads to the local AWS.
pub fn config() -> SdkConfig {
    let endpoint = env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    assert!(
        endpoint.starts_with("http://127.0.0.1:"),
        "these tests need the local AWS, and AWS_ENDPOINT_URL does not lead to one: run `make test`"
    );
    shared::aws::config().expect("the local AWS sets region and credentials")
}

/// The same with more time for each call. The functions give a call 1.5 s, which it may exceed on a busy machine: the SDK
/// would then repeat it, and tests count calls.
pub fn patient() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE)
        .build();
    config().to_builder().timeout_config(timeouts).build()
}

/// The same for an AWS that is down. Nothing listens on port 1, and no server that asks for a free port gets it.
pub fn down() -> SdkConfig {
    let nowhere = "http://127.0.0.1:1";
    config().to_builder().endpoint_url(nowhere).build()
}
