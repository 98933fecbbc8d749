//! The real DynamoDB and Secrets Manager APIs behind the simulation. A call takes no simulated time.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use serde_json::{Value, json};

use algapsa::loopback;
use support::cloud;
use support::in_process::Region;

use super::witness::Key;

/// The SDK keeps one budget of retries for each region in a process. Each function gets a region of its own, and so a
/// budget of its own, as if it ran by itself.
pub(super) fn region_of_its_own() -> Region {
    static FUNCTIONS: AtomicUsize = AtomicUsize::new(0);
    let number = FUNCTIONS.fetch_add(1, Ordering::Relaxed);
    Region::new(format!("{SIMULATED}{number}"))
}

/// What the names of those regions begin with.
const SIMULATED: &str = "simulated-";

/// Carries a request to where it is addressed, and brings status and body back. All of it lies in one region; the local
/// AWS does not check the signature for its own user.
pub(super) fn exchange(mut request: HttpRequest) -> (u16, Bytes) {
    let authorization = request.headers().get("authorization").unwrap_or_default();
    let mut scope: Vec<&str> = authorization.split('/').collect();
    let home = env::var("AWS_REGION").expect("the local AWS sets it");
    for part in &mut scope {
        if part.starts_with(SIMULATED) {
            *part = &home;
        }
    }
    let authorization = scope.join("/");
    request.headers_mut().insert("authorization", authorization);
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

/// Takes all objects away: the next history may store the same ones.
pub(super) fn empty(bucket: &str) {
    for object in cloud::objects(bucket).expect("the bucket can be listed") {
        let deleted = cloud::delete_object(bucket, &object);
        deleted.expect("the object can be deleted");
    }
}
