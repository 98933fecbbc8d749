//! The `eventbridge` reaction: the envelope and what is known about it, as one entry on a bus of the user's choice.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_sdk_eventbridge::{Client, config};
use serde::Serialize;
use serde_json::value::RawValue;
use shared::alga_api::Ticket;
use shared::aws::SdkConfig;
use shared::event::StreamId;

use super::attempt::Attempt;
use super::refusal::{code, is_413};
use crate::failure::Failure;

/// The bus's limit for an entry, in bytes: 14 for the time, and source, type and detail in UTF-8.
const LARGEST: usize = 1024 * 1024;
/// How long the bus may take to answer; less than the reaction's own limit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);
const SOURCE: &str = "algapsa";
/// The error codes of an entry that would be refused every time.
const FINAL: [&str; 2] = ["InvalidArgument", "MalformedDetail"];

pub struct EventBridge {
    client: Client,
    bus: String,
}

/// What a rule sees as `detail`.
#[derive(Serialize)]
struct Detail<'a> {
    order: &'a str,
    stream: &'a StreamId,
    stale: bool,
    unannounced: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<String>,
    event: &'a RawValue,
    #[serde(flatten)]
    ticket: Option<&'a Ticket>,
}

impl EventBridge {
    pub fn new(config: &SdkConfig, bus: String) -> Self {
        let client = Client::new(config);
        Self { client, bus }
    }

    /// One entry per call, so that one stream's trouble does not become another's.
    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        let entry = self.entry(attempt)?;
        let put = self.client.put_events().entries(entry).customize();
        let put = put.config_override(once()).send().await;
        let put = put.map_err(|error| refused(&error))?;
        match put.entries() {
            [taken] if taken.event_id().is_some() => Ok(()),
            [refused] => Err(verdict(refused)),
            _ => Err(Failure::again(
                "the bus did not say what became of the event",
            )),
        }
    }

    fn entry(&self, attempt: &Attempt) -> Result<PutEventsRequestEntry, Failure> {
        let event = attempt.event;
        let detail = detail(attempt)?;
        let size = 14 + SOURCE.len() + event.event_type().len() + detail.len();
        if size > LARGEST {
            let why = format!("the event takes {size} bytes, and the bus takes {LARGEST} at most");
            return Err(Failure::last(why));
        }
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.event_type())
            .time(DateTime::from_millis(event.occurred_at.as_millisecond()))
            .detail(detail)
            .build())
    }
}

/// The bus would take a repetition for another event: nothing is sent twice within an attempt, and an answer is waited for
/// almost as long as the attempt may take.
fn once() -> config::Builder {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ANSWER_TIMEOUT)
        .operation_timeout(ANSWER_TIMEOUT);
    config::Builder::new()
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
}

fn detail(attempt: &Attempt) -> Result<String, Failure> {
    let envelope: &RawValue = serde_json::from_slice(&attempt.event.body)
        .map_err(|_| Failure::last("the envelope is not JSON"))?;
    let detail = Detail {
        order: attempt.order.word(),
        stream: &attempt.event.place.stream,
        stale: attempt.stale,
        unannounced: attempt.unannounced,
        replay: attempt.replay(),
        event: envelope,
        ticket: attempt.ticket,
    };
    Ok(serde_json::to_string(&detail).context("the detail cannot be written")?)
}

/// A missing permission or bus may still be fixed. A bad entry stays bad.
fn verdict(refused: &PutEventsResultEntry) -> Failure {
    let code = refused.error_code().unwrap_or("no reason");
    let why = format!("the bus refused the event: {code}");
    if FINAL.contains(&code) {
        Failure::last(why)
    } else {
        Failure::again(why)
    }
}

fn refused<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Failure {
    let is_invalid = error.code() == Some("ValidationException");
    if is_413(error) || is_invalid && error.message().is_some_and(|why| why.contains("size")) {
        return Failure::last("the event is too large for the bus");
    }
    let code = code(error);
    Failure::again(format!("the bus did not take the event: {code}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_eventbridge::config::{Credentials, SharedCredentialsProvider};
    use aws_smithy_async::rt::sleep::default_async_sleep;
    use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use aws_smithy_types::body::SdkBody;
    use jiff::Timestamp;
    use shared::aws::Region;
    use shared::event::Event;

    use super::super::refusal::answered;
    use super::*;

    /// A bus that takes an entry and answers after that time, and how often it was asked.
    #[derive(Clone, Debug)]
    struct Slow(Duration, Arc<AtomicUsize>);

    impl HttpConnector for Slow {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.1.fetch_add(1, Ordering::SeqCst);
            let after = self.0;
            HttpConnectorFuture::new(async move {
                tokio::time::sleep(after).await;
                let taken = SdkBody::from(r#"{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}"#);
                Ok(HttpResponse::new(200.try_into().expect("a status"), taken))
            })
        }
    }

    impl HttpClient for Slow {
        fn http_connector(
            &self,
            _: &HttpConnectorSettings,
            _: &RuntimeComponents,
        ) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    /// Reacts by a bus that answers after so many seconds, with the timeouts and retries that other calls to AWS have.
    async fn react(seconds: u64) -> (Result<(), Failure>, usize) {
        let asked = Arc::new(AtomicUsize::new(0));
        let bus = Slow(Duration::from_secs(seconds), Arc::clone(&asked));
        let credentials = Credentials::new("id", "key", None, None, "a test");
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_millis(1500))
            .operation_timeout(Duration::from_millis(3500));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(bus)
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts.build());
        config.set_sleep_impl(default_async_sleep());
        let bus = EventBridge::new(&config.build(), "bus".to_owned());
        let body = r#"{"event_id":"e","event_type":"t","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t"}"#;
        let event = Event::parse(body.into(), Timestamp::UNIX_EPOCH).expect("it can be read");
        let reacted = bus.react(&Attempt::usual(&event)).await;
        (reacted, asked.load(Ordering::SeqCst))
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_bus_is_waited_for_and_never_asked_again() {
        assert_eq!(react(7).await, (Ok(()), 1));
        let (reacted, asked) = react(9).await;
        assert_eq!(asked, 1);
        assert!(matches!(reacted, Err(Failure::Again { .. })), "{reacted:?}");
    }

    #[test]
    fn an_entry_that_stays_as_it_is_fails_for_good_and_a_permission_may_come() {
        for (code, last) in [
            ("MalformedDetail", true),
            ("InvalidArgument", true),
            ("InternalFailure", false),
            ("ThrottlingException", false),
            ("AccessDeniedException", false),
            ("NotAuthorizedForSourceException", false),
        ] {
            let entry = PutEventsResultEntry::builder().error_code(code).build();
            let failure = verdict(&entry);
            assert_eq!(matches!(failure, Failure::Final { .. }), last, "{code}");
            assert!(failure.why().contains(code));
        }
    }

    #[test]
    fn a_refusal_is_told_by_its_code_and_never_by_its_message() {
        let quoting = "Value 'a customer' failed to satisfy constraint";
        let [invalid, denied] = ["ValidationException", "AccessDeniedException"];
        let too_many = "Total size of the entries";
        for (status, code, message, why, last) in [
            (400, invalid, quoting, invalid, false),
            (400, denied, quoting, denied, false),
            (400, invalid, too_many, "too large", true),
            (413, "RequestEntityTooLarge", quoting, "too large", true),
        ] {
            let failure = refused(&answered(status, code, message));
            assert!(failure.why().contains(why), "{failure:?}");
            assert!(!failure.why().contains("customer"), "{failure:?}");
            let is_last = matches!(failure, Failure::Final { .. });
            assert_eq!(is_last, last, "{failure:?}");
        }
    }
}
