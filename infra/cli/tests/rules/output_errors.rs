//! Failures in words.

use std::io;

use alga_webhooks::output::errors::{self, cause, is_local, told};
use anyhow::anyhow;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;

fn refused_connection() -> ConnectorError {
    let refused = io::Error::from_raw_os_error(111);
    ConnectorError::io(Box::new(refused))
}

#[test]
fn what_lies_at_the_bottom_is_told_without_its_number() {
    let error = refused_connection();
    assert_eq!(cause(&error), "connection refused");
    let error = io::Error::other("the name is unknown");
    assert_eq!(cause(&error), "the name is unknown");
}

#[test]
fn a_failure_of_aws_is_told_by_what_was_attempted_and_what_to_do() {
    let error = anyhow!(CredentialsError::not_loaded("a\nlist\nof providers"));
    let error = error.context("failed to look");
    let told = told(&error, Some("work"));
    let why =
        "the profile work gives no AWS credentials: is it in the AWS configuration, and signed in?";
    assert!(told.starts_with("failed to look: "), "{told}");
    assert!(told.ends_with(why), "{told}");

    let refused = ErrorMetadata::builder();
    let refused = refused.code("Denied").message("you may not").build();
    let error = anyhow!(refused).context("failed to look");
    let seen = errors::told(&error, None);
    assert_eq!(seen, "failed to look: you may not (Denied)");
}

#[test]
fn what_is_no_failure_of_aws_is_told_as_it_is() {
    let error = anyhow!("a part is missing").context("failed to read it");
    assert_eq!(told(&error, None), "failed to read it: a part is missing");
}

#[test]
fn what_runs_on_this_machine_is_local() {
    for (url, local) in [
        ("http://127.0.0.1:4566", true),
        ("http://localhost:4566/x", true),
        ("https://sqs.eu-central-1.amazonaws.com", false),
        ("", false),
    ] {
        assert_eq!(is_local(url), local, "{url}");
    }
}
