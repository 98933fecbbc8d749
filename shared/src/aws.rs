//! One configuration for every AWS client: one HTTP and TLS stack, and timeouts well below the sender's 10 s.

use std::time::Duration;

use anyhow::Result;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
pub use aws_types::SdkConfig;
pub use aws_types::region::Region;

use crate::settings;

/// How long a connection to AWS may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt of a call may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a call may take with its retries. Most deliveries make two in a row, and the sender waits for 10 s.
const CALL_TIMEOUT: Duration = Duration::from_millis(3500);

/// How long an unused connection to others than AWS is kept. Servers close theirs after 5 s or more, and a request on one
/// that is just being closed would fail.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The TLS of every client here.
pub const TLS: tls::Provider = tls::Provider::Rustls(CryptoMode::Ring);

/// Reads region, credentials and endpoint from the environment only: the SDK's own search would add more clients.
pub fn config() -> Result<SdkConfig> {
    let credentials = Credentials::new(
        settings::required("AWS_ACCESS_KEY_ID")?,
        settings::required("AWS_SECRET_ACCESS_KEY")?,
        settings::optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(settings::required("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .timeout_config(timeouts)
        .retry_config(retries());
    config.set_sleep_impl(default_async_sleep());
    config.set_endpoint_url(settings::optional("AWS_ENDPOINT_URL"));
    Ok(config.build())
}

/// Soon, since what fails is mostly a connection that has died while the function was frozen. By default the first retry
/// waits for up to a second, and two attempts that time out leave no time for a third.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_attempts(4)
}

/// For requests to anything but AWS, on the same stack.
pub fn connector() -> Connector {
    let connector = Connector::builder().tls_provider(TLS);
    connector.pool_idle_timeout(IDLE_TIMEOUT).build()
}

/// The HTTP and TLS stack of every client.
pub fn http_client() -> SharedHttpClient {
    let stack = aws_smithy_http_client::Builder::new();
    stack.tls_provider(TLS).build_https()
}

/// How we name ourselves to targets and APIs.
pub const USER_AGENT: &str = concat!("alga-webhooks/", env!("CARGO_PKG_VERSION"));

/// Logs which connections could not be opened in advance. None of them has to be.
pub fn warmed<const N: usize>(connections: [Result<()>; N]) {
    for cold in connections.into_iter().filter_map(Result::err) {
        let error = format!("{cold:#}");
        tracing::warn!(error, "could not warm up a connection");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread;

    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use tokio::time::Instant;

    use super::*;

    /// Connections that have died while the function was frozen, and when each was tried.
    #[derive(Clone, Debug, Default)]
    struct Dead(Arc<Mutex<Vec<Instant>>>);

    impl HttpConnector for Dead {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.0.lock().unwrap().push(Instant::now());
            HttpConnectorFuture::ready(Err(ConnectorError::io("it is closed".into())))
        }
    }

    impl HttpClient for Dead {
        fn http_connector(
            &self,
            _: &HttpConnectorSettings,
            _: &RuntimeComponents,
        ) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_tried_four_times_within_350_ms() {
        let dead = Dead::default();
        let credentials = Credentials::new("id", "key", None, None, "a test");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(dead.clone())
            .retry_config(retries());
        config.set_sleep_impl(default_async_sleep());
        let started = Instant::now();
        let client = aws_sdk_sqs::Client::new(&config.build());
        client.list_queues().send().await.unwrap_err();
        let tried = dead.0.lock().unwrap();
        assert_eq!(tried.len(), 4);
        let last = *tried.last().unwrap() - started;
        assert!(last <= Duration::from_millis(50 + 100 + 200), "{last:?}");
    }

    /// A server that keeps its connections open, and how many it has.
    fn server() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || answer_all(connection));
            }
        });
        (url, opened)
    }

    fn answer_all(mut connection: TcpStream) {
        let mut request = Vec::new();
        let mut byte = [0];
        while connection.read_exact(&mut byte).is_ok() {
            request.push(byte[0]);
            if request.ends_with(b"\r\n\r\n") {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                connection.write_all(answer).unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_connection_that_nobody_used_for_4_s_is_not_used_again() {
        let (url, opened) = server();
        let connector = connector();
        // Makes a call, and says whether it took a new connection.
        let opens_one = async || {
            let before = opened.load(Ordering::SeqCst);
            connector
                .call(HttpRequest::get(&url).unwrap())
                .await
                .unwrap();
            opened.load(Ordering::SeqCst) > before
        };
        // The second one does not, unless the machine stops for seconds.
        while opens_one().await {}
        tokio::time::pause();
        tokio::time::advance(IDLE_TIMEOUT + Duration::from_millis(1)).await;
        tokio::time::resume();
        assert!(opens_one().await);
    }
}
