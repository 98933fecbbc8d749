//! Failures in words that say what to do. The AWS SDK's own words only say what went wrong inside the SDK.

use std::error::Error;
use std::{env, io};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;

/// How the SDK's own words begin. Before them, we have said what was attempted.
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
    let mut links: Vec<String> = error.chain().map(ToString::to_string).collect();
    if let Some(why) = why(error, profile) {
        let is_inside = |link: &String| INSIDE.iter().any(|word| link.starts_with(word));
        links.truncate(links.iter().position(is_inside).unwrap_or(links.len()));
        links.push(why);
    }
    links.dedup(); // the SDK says some things twice
    links.join(": ")
}

/// Why AWS did not do it, if AWS is to blame.
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
    match profile {
        None => "there are no AWS credentials: sign in as for the aws command, or give --profile; for the local AWS, source \
                 the file that make local names"
            .to_owned(),
        Some(profile) => format!(
            "the profile {profile} gives no AWS credentials: is it in the AWS configuration, and are you signed in?"
        ),
    }
}

/// The service's own words, except for expired credentials, which it does not explain well.
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
        return format!("nothing answers at {endpoint}: is `make local` still running?");
    }
    format!("AWS did not answer: {cause}; is there a network connection, and is the region right?")
}

pub fn is_local(url: &str) -> bool {
    let host = url.split("//").nth(1).unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}

/// The root cause, such as `connection refused`.
pub fn cause(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let deepest = causes.last().unwrap_or(error);
    match deepest.downcast_ref::<io::Error>() {
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => deepest.to_string(),
    }
}
