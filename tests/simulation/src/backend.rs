//! The real DynamoDB and Secrets Manager APIs behind the simulation. A call takes no simulated time.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use serde_json::{Value, json};

use super::witness::Key;
use algapsa::loopback;
use support::cloud;

/// Carries a request to where it is addressed, and brings status and body back.
pub(super) fn exchange(request: HttpRequest) -> (u16, Bytes) {
    let request = request.try_into_http1x().expect("an HTTP request");
    let (parts, body) = request.into_parts();
    let body = Bytes::copy_from_slice(body.bytes().unwrap_or_default());
    let response = loopback::exchange(http::Request::from_parts(parts, body));
    let response = response.expect("the local AWS answers");
    (response.status().as_u16(), response.into_body())
}

/// What the table holds of an event.
pub(super) fn item(table: &Value, key: &Key) -> Value {
    let key = json!({ "stream": cloud::text(&key.0), "event": cloud::text(&key.1) });
    let get = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
    let got = cloud::call("dynamodb", "GetItem", &get).expect("the table can be read");
    got["Item"].clone()
}

/// Takes an item away, as its time to live does.
pub(super) fn delete(table: &str, stream: &str, event: &str) {
    let key = json!({ "stream": cloud::text(stream), "event": cloud::text(event) });
    let delete = json!({ "TableName": table, "Key": key });
    cloud::call("dynamodb", "DeleteItem", &delete).expect("the item can be deleted");
}
