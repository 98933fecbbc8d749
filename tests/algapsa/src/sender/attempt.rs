//! One HTTP attempt: the bytes, the headers, and the secret that signs it when it is sent.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, Uri};
use jiff::Timestamp;

use crate::signature::signature;
use crate::ticket::Event;

const SIGNATURE: &str = "x-alga-signature";

/// What leaves AlgaPSA. It is signed when it is sent.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What it tells, with the bytes of every other attempt of it.
    pub event: Arc<Event>,
    pub body: Bytes,
    /// Its number among the attempts of this delivery, from 1.
    pub number: u32,
    /// All headers but the signature. They are not signed.
    pub headers: HeaderMap,
    /// What signs it.
    pub secret: String,
    /// Which entry of the ledger it belongs to.
    pub entry: usize,
}

impl Attempt {
    /// The request, signed for a time.
    pub fn request(&self, url: &Uri, now: Timestamp) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.clone();
        *request.headers_mut() = self.headers.clone();
        let signature = signature(&self.secret, now.as_second(), &self.body);
        merge(request.headers_mut(), SIGNATURE, &signature);
        request
    }
}

/// The headers of an attempt without its signature, as every sender of ours writes them.
pub(crate) fn headers(
    webhook_id: &str,
    delivery_id: &str,
    number: u32,
    event: Option<&Event>,
) -> HeaderMap {
    let number = number.to_string();
    let mut written = vec![
        (CONTENT_TYPE.as_str(), "application/json"),
        (USER_AGENT.as_str(), "undici"),
        ("x-alga-webhook-id", webhook_id),
        ("x-alga-delivery-id", delivery_id),
        ("x-alga-delivery-attempt", &number),
    ];
    if let Some(event) = event {
        written.push(("x-alga-event-id", &event.event_id));
        written.push(("x-alga-event-type", &event.event_type));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        merge(&mut headers, name, value);
    }
    headers
}

/// Sets a header. If an admin has set it before, both values stay, the admin's first, as in `99, 1`.
pub(crate) fn merge(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::try_from(name).expect("a header's name");
    let before = headers.get(&name).and_then(|value| value.to_str().ok());
    let both = before.map_or_else(|| value.to_owned(), |before| format!("{before}, {value}"));
    headers.insert(name, HeaderValue::try_from(both).expect("a header's value"));
}
