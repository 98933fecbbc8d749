//! A bucket of S3: as much of its API as is needed here, on the SDK's own runtime and signer. The whole client would make
//! each function larger by a third.

use std::time::SystemTime;

use anyhow::{Context, Result};
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use bytes::Bytes;
use http::Request;
use thiserror::Error;
use uuid::Uuid;

use crate::aws::SdkConfig;

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    config: SdkConfig,
    region: String,
    /// Where its objects are; ends with a slash.
    url: String,
    exchange: Operation<HttpRequest, Option<Object>, Refused>,
}

/// An object, and what identifies this version of it.
#[derive(Debug)]
struct Object {
    content: Bytes,
    etag: Option<String>,
}

/// What an object was when it was read, so that it is replaced only if it still is that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was not there.
    Never,
    /// It was there, in the version of that name.
    As(String),
}

impl Written {
    fn condition(&self) -> (&'static str, &str) {
        match self {
            Self::Never => ("if-none-match", "*"),
            Self::As(etag) => ("if-match", etag),
        }
    }
}

/// What S3 says when it refuses.
#[derive(Debug, Error)]
#[error("S3 answered {status} {code}: {message}")]
struct Refused {
    status: u16,
    code: String,
    message: String,
}

impl Bucket {
    /// The bucket of that name, in the configured region.
    pub fn new(config: &SdkConfig, name: &str) -> Self {
        let region = config.region().map(ToString::to_string);
        let region = region.unwrap_or_default();
        let (endpoint, path) = match config.endpoint_url() {
            Some(url) => (url.trim_end_matches('/').to_owned(), format!("/{name}/")),
            None => (public_endpoint(name, &region), "/".to_owned()),
        };
        Self {
            exchange: exchange(config, &endpoint, &region),
            url: endpoint + &path,
            config: config.clone(),
            region,
        }
    }

    /// Stores an object, or stores it again.
    pub async fn put(&self, object: &str, content: Bytes) -> Result<()> {
        self.call("PUT", object, content, None).await.map(drop)
    }

    /// What an object holds; `None` if there is none of that name.
    pub async fn get(&self, object: &str) -> Result<Option<Bytes>> {
        let got = self.call("GET", object, Bytes::new(), None).await?;
        Ok(got.map(|object| object.content))
    }

    /// The same, and what to say when it is to be replaced.
    pub async fn get_written(&self, object: &str) -> Result<Option<(Bytes, Written)>> {
        let Some(got) = self.call("GET", object, Bytes::new(), None).await? else {
            return Ok(None);
        };
        let etag = got
            .etag
            .context("S3 did not name the version of an object")?;
        Ok(Some((got.content, Written::As(etag))))
    }

    /// Stores an object in place of what was read. Gives false, and stores nothing, if that has been replaced since.
    pub async fn replace(&self, object: &str, content: Bytes, instead: &Written) -> Result<bool> {
        let replaced = self.call("PUT", object, content, Some(instead)).await;
        let Err(error) = replaced else {
            return Ok(true);
        };
        match error.downcast_ref::<Refused>() {
            Some(refused) if matches!(refused.status, 409 | 412) => Ok(false),
            _ => Err(error),
        }
    }

    /// Deletes an object, if there is one.
    pub async fn delete(&self, object: &str) -> Result<()> {
        let deleted = self.call("DELETE", object, Bytes::new(), None).await;
        deleted.map(drop)
    }

    async fn call(
        &self,
        method: &str,
        object: &str,
        body: Bytes,
        instead: Option<&Written>,
    ) -> Result<Option<Object>> {
        let provider = self.config.credentials_provider();
        let provider = provider.context("no credentials are configured")?;
        let credentials = provider.provide_credentials().await?;
        let url = format!("{}{object}", self.url);
        let mut request = self.signed(method, &url, body, &credentials.into())?;
        if let Some((name, value)) = instead.map(Written::condition) {
            let value = value.to_owned();
            request.headers_mut().insert(name, value); // S3 wants only its own headers signed
        }
        match self.exchange.invoke(request).await {
            Ok(content) => Ok(content),
            Err(SdkError::ServiceError(refused)) => Err(refused.into_err().into()),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    fn signed(
        &self,
        method: &str,
        url: &str,
        body: Bytes,
        identity: &Identity,
    ) -> Result<HttpRequest> {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let signable = SignableBody::Bytes(&body);
        let signable = SignableRequest::new(method, url, std::iter::empty(), signable)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        // As the SDK's clients do, so that the attempts of one call can be told from others.
        let call = Uuid::new_v4().to_string();
        let request = Request::builder().method(method).uri(url);
        let mut request = request.header("amz-sdk-invocation-id", call);
        for (name, value) in instructions.headers() {
            request = request.header(name, value);
        }
        let request = request.body(SdkBody::from(body))?;
        Ok(request.try_into()?)
    }
}

fn public_endpoint(bucket: &str, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{bucket}.s3.{region}.amazonaws.com{suffix}")
}

/// How requests are sent and answers are taken: over the configured stack, with its timeouts and retries.
fn exchange(
    config: &SdkConfig,
    endpoint: &str,
    region: &str,
) -> Operation<HttpRequest, Option<Object>, Refused> {
    let mut operation = Operation::builder()
        .service_name(format!("s3-{region}")) // names the budget of retries
        .operation_name("object")
        .endpoint_url(endpoint)
        .no_auth() // it is signed already
        .standard_retry(config.retry_config().unwrap_or(&RetryConfig::standard()))
        .retry_classifier(TransientErrorClassifier::<Refused>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .with_connection_poisoning();
    if let Some(timeouts) = config.timeout_config() {
        operation = operation.timeout_config(timeouts.clone());
    }
    if let Some(client) = config.http_client() {
        operation = operation.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        operation = operation.sleep_impl(sleep);
    }
    operation
        .serializer(Ok::<HttpRequest, BoxError>)
        .deserializer(taken)
        .build()
}

/// The object in an answer; none if there is no such object.
fn taken(response: &HttpResponse) -> Result<Option<Object>, OrchestratorError<Refused>> {
    let (status, body) = (
        response.status(),
        response.body().bytes().unwrap_or_default(),
    );
    if status.is_success() {
        let etag = response.headers().get("etag");
        return Ok(Some(Object {
            content: Bytes::copy_from_slice(body),
            etag: etag.map(str::to_owned),
        }));
    }
    let said = String::from_utf8_lossy(body);
    let refused = Refused {
        status: status.as_u16(),
        code: element(&said, "Code"),
        message: element(&said, "Message"),
    };
    match refused.code.as_str() {
        "NoSuchKey" => Ok(None),
        _ => Err(OrchestratorError::operation(refused)),
    }
}

/// The text of the first element of that name in an error, which is flat XML.
fn element(xml: &str, name: &str) -> String {
    let rest = xml.split_once(&format!("<{name}>"));
    let text = rest.and_then(|(_, rest)| rest.split_once("</"));
    text.map_or_else(String::new, |(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_s3s_own_words() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce</Message></Error>";
        assert_eq!(element(xml, "Code"), "SlowDown");
        assert_eq!(element(xml, "Message"), "Please reduce");
        assert_eq!(element("no xml", "Code"), "");
    }

    #[test]
    fn each_partition_of_aws_has_its_own_address() {
        assert_eq!(
            public_endpoint("b", "eu-central-1"),
            "https://b.s3.eu-central-1.amazonaws.com"
        );
        assert_eq!(
            public_endpoint("b", "cn-north-1"),
            "https://b.s3.cn-north-1.amazonaws.com.cn"
        );
    }
}
