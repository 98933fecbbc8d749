//! What may be told of a call to AWS that failed: its code and never its message, which may quote what was sent.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The code, or why there is none.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> &str {
    match error {
        SdkError::ServiceError(_) => error.code().unwrap_or("no reason given"),
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "it could not be reached",
        _ => "an answer that cannot be read",
    }
}

/// Whether the request was turned away for its size before anybody read it.
pub fn is_413<E>(error: &SdkError<E, HttpResponse>) -> bool {
    let response = error.raw_response();
    response.is_some_and(|response| response.status().as_u16() == 413)
}

/// An answer that refuses, as the SDK reads it.
#[cfg(test)]
pub fn answered(
    status: u16,
    code: &str,
    message: &str,
) -> SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> {
    let error = aws_smithy_types::error::ErrorMetadata::builder();
    let error = error.code(code).message(message).build();
    let status = status.try_into().expect("a status");
    let response = HttpResponse::new(status, aws_smithy_types::body::SdkBody::empty());
    SdkError::service_error(error, response)
}
