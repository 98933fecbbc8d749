//! Failures in words that say what to do: those of the AWS SDK tell what went wrong inside of it.

use std::error::Error;
use std::{env, io};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;

/// How the SDK begins where we have said already what was attempted.
const INSIDE: [&str; 6] = [
    "Error {",
    "dispatch failure",
    "unhandled error",
    "service error",
    "failed to construct request",
    "request has timed out",
];

/// What was attempted, and why that failed. `profile` is the one that was chosen.
pub fn told(error: &anyhow::Error, profile: Option<&str>) -> String {
    let Some(why) = why(error, profile) else {
        return joined(error.chain().map(ToString::to_string));
    };
    let attempted = error.chain().map(ToString::to_string);
    let attempted = attempted.take_while(|link| !INSIDE.iter().any(|word| link.starts_with(word)));
    joined(attempted.chain([why]))
}

/// One after the other; the SDK says some things twice.
fn joined(links: impl Iterator<Item = String>) -> String {
    let mut links: Vec<String> = links.collect();
    links.dedup();
    links.join(": ")
}

/// Why AWS did not do it, if it is AWS that did not.
fn why(error: &anyhow::Error, profile: Option<&str>) -> Option<String> {
    let all = format!("{error:#}");
    if all.contains("Missing Region") {
        return Some("no AWS region is set: give --region, or set AWS_REGION".to_owned());
    }
    if find::<CredentialsError>(error).is_some() {
        return Some(without_credentials(profile));
    }
    if let Some(refused) = find::<ErrorMetadata>(error) {
        return refused_with(refused);
    }
    let timed_out = all.contains("request has timed out");
    let connector = find::<ConnectorError>(error);
    let unreached = connector.filter(|connector| connector.is_io() || connector.is_timeout());
    match unreached {
        Some(connector) => Some(unanswered(&cause(connector))),
        None => timed_out.then(|| unanswered("timed out")),
    }
}

fn find<E: Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|link| link.downcast_ref())
}

fn without_credentials(profile: Option<&str>) -> String {
    profile.map_or_else(
        || {
            "there are no AWS credentials: sign in as for the aws command, or choose a --profile; for the local AWS, \
             source target/local/env"
                .to_owned()
        },
        |profile| {
            format!(
                "the profile {profile} gives no AWS credentials: is it in the AWS configuration, and signed in?"
            )
        },
    )
}

/// The service's own words. Its codes say less, but for those of credentials that were good once.
fn refused_with(refused: &ErrorMetadata) -> Option<String> {
    match (refused.code(), refused.message()) {
        (Some("ExpiredToken" | "ExpiredTokenException"), _) => {
            Some("the AWS credentials have expired: sign in again".to_owned())
        }
        (Some(code), Some(message)) => Some(format!("{message} ({code})")),
        (_, message) => message.map(str::to_owned),
    }
}

fn unanswered(cause: &str) -> String {
    let endpoint = env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    if is_local(&endpoint) {
        return format!("nothing answers at {endpoint}: does `make local` still run?");
    }
    format!("AWS did not answer: {cause}; is there a network, and is the region right?")
}

/// Whether that is on this machine.
pub fn is_local(url: &str) -> bool {
    let host = url.split("//").nth(1).unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}

/// What lies at the bottom of it, such as `connection refused`.
pub fn cause(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let deepest = causes.last().unwrap_or(error);
    match deepest.downcast_ref::<io::Error>() {
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => deepest.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

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
        let why = "the profile work gives no AWS credentials: is it in the AWS configuration, and signed in?";
        assert!(told.starts_with("failed to look: "), "{told}");
        assert!(told.ends_with(why), "{told}");

        let refused = ErrorMetadata::builder()
            .code("Denied")
            .message("you may not")
            .build();
        let error = anyhow!(refused).context("failed to look");
        assert_eq!(
            super::told(&error, None),
            "failed to look: you may not (Denied)"
        );
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
}
