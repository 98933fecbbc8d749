//! A bucket: objects by key, asked for as `/BUCKET/KEY`.

use std::collections::HashMap;

use bytes::Bytes;
use http::{Method, Request, Response};

/// The only one there is.
pub const BUCKET: &str = "bodies";

/// What S3 says of a key that it does not hold.
const MISSING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"#;

#[derive(Clone, Debug, Default)]
pub struct Objects {
    held: HashMap<String, Bytes>,
}

/// What a request wants of an object, and the object's key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Put(String),
    Get(String),
}

impl Wanted {
    /// Nothing if it is no request for an object.
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        let (bucket, key) = request.uri().path().strip_prefix('/')?.split_once('/')?;
        match *request.method() {
            _ if bucket != BUCKET => None,
            Method::PUT => Some(Self::Put(key.to_owned())),
            Method::GET => Some(Self::Get(key.to_owned())),
            _ => None,
        }
    }

    pub(super) fn operation(&self) -> &'static str {
        match self {
            Self::Put(_) => "PutObject",
            Self::Get(_) => "GetObject",
        }
    }
}

impl Objects {
    pub(super) fn serve(&mut self, wanted: Wanted, body: Bytes) -> Response<Bytes> {
        match wanted {
            Wanted::Put(key) => {
                self.held.insert(key, body);
                found(Bytes::new())
            }
            Wanted::Get(key) => match self.held.get(&key) {
                Some(object) => found(object.clone()),
                None => missing(),
            },
        }
    }
}

fn found(object: Bytes) -> Response<Bytes> {
    let found = Response::builder()
        .header("etag", r#""00000000000000000000000000000000""#)
        .body(object);
    found.expect("this header is valid")
}

fn missing() -> Response<Bytes> {
    let missing = Response::builder()
        .status(404)
        .header("content-type", "application/xml")
        .body(Bytes::from_static(MISSING.as_bytes()));
    missing.expect("this header is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(method: Method, path: &str) -> Option<Wanted> {
        let request = Request::builder().method(method).uri(path).body(());
        Wanted::of(&request.unwrap())
    }

    #[test]
    fn an_object_is_found_under_the_key_that_it_was_put_at() {
        let mut objects = Objects::default();
        let mut ask = |method, path, body: &'static str| {
            let wanted = wanted(method, path).unwrap();
            let answer = objects.serve(wanted, Bytes::from_static(body.as_bytes()));
            (answer.status().as_u16(), answer.into_body())
        };
        let path = "http://127.0.0.1/bodies/bodies/0a1b?x-id=PutObject";
        assert_eq!(ask(Method::PUT, path, "packed"), (200, Bytes::new()));
        let path = "/bodies/bodies/0a1b?x-id=GetObject";
        assert_eq!(ask(Method::GET, path, ""), (200, Bytes::from("packed")));
        let (status, said) = ask(Method::GET, "/bodies/bodies/0a1c", "");
        assert_eq!(status, 404);
        assert!(said.starts_with(b"<?xml"), "{said:?}");
    }

    #[test]
    fn what_is_no_object_is_left_to_others() {
        let nothing = [
            (Method::POST, "/"),
            (Method::GET, "/bodies"),
            (Method::GET, "/another/key"),
            (Method::DELETE, "/bodies/key"),
        ];
        for (method, path) in nothing {
            assert_eq!(wanted(method, path), None, "{path}");
        }
    }
}
