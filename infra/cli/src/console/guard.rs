//! Who may use the console: a browser that was given its address, and pages that the console itself has served.
//!
//! Any page on the web can make a browser send requests to 127.0.0.1, and can give this address a name of its own (DNS
//! rebinding). So a request must name this address as its host, must not come from another page, and must bring a cookie
//! that only the right address can have got.

use std::fmt::Write as _;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;
use uuid::Uuid;

use super::page;

/// What a page may load: only what the console serves, and no script that is written into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
];

#[derive(Clone, Debug)]
pub struct Guard {
    port: u16,
    /// In the address that is printed.
    token: String,
    /// What the token is exchanged for.
    cookie: String,
}

#[derive(Deserialize)]
pub struct Door {
    #[serde(default)]
    token: String,
}

impl Guard {
    pub fn new(port: u16) -> Self {
        let [token, cookie] = [(), ()].map(|()| random());
        Self {
            port,
            token,
            cookie,
        }
    }

    /// The address that lets a browser in.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/open?token={}", self.port, self.token)
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }

    /// The name of the cookie has the port in it, since browsers send the cookies of all ports of a host to each of them.
    fn cookie_name(&self) -> String {
        format!("alga-console-{}", self.port)
    }

    /// Why a request is refused, if it is.
    fn objection(&self, request: &Request) -> Option<&'static str> {
        let headers = request.headers();
        let is_door = request.uri().path() == "/open";
        if !self.names_this_host(headers) {
            return Some("The console answers only at 127.0.0.1.");
        }
        if !self.is_of_this_page(request.method(), headers, is_door) {
            return Some("Another page sent this request.");
        }
        if !is_door && !self.has_cookie(headers) {
            return Some("Open the address that the console has printed in your terminal.");
        }
        None
    }

    fn names_this_host(&self, headers: &HeaderMap) -> bool {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.hosts().iter().any(|ours| ours == host))
    }

    /// Browsers say where a request comes from. A change is never made without their word. The door may be opened from
    /// anywhere, since a terminal can be a web page too.
    fn is_of_this_page(&self, method: &Method, headers: &HeaderMap, is_door: bool) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let is_ours = |origin: &str| {
            let host = origin.strip_prefix("http://");
            host.is_some_and(|host| self.hosts().iter().any(|ours| ours == host))
        };
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
        text("origin").map_or(reads, is_ours) && (site || (is_door && reads))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split("; "));
        let name = self.cookie_name();
        pairs.any(|pair| match pair.split_once('=') {
            Some((key, value)) => key == name && is_same(value, &self.cookie),
            None => false,
        })
    }
}

/// Refuses what the console must not answer, and gives every answer its headers.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.objection(&request) {
        Some(why) => (
            StatusCode::FORBIDDEN,
            page::bare("Refused", &html! { p { (why) } }),
        )
            .into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        let value = value.parse().expect("it is a header's value");
        response.headers_mut().insert(name, value);
    }
    response
}

/// Exchanges the token for a cookie. The page that follows is asked for by this answer's own page: a browser does not send
/// the cookie along when a page elsewhere led here.
pub async fn open(State(guard): State<Guard>, Query(door): Query<Door>) -> Response {
    if !is_same(&door.token, &guard.token) {
        let why = html! { p { "This address is of a console that has ended. Open the one that was printed last." } };
        return (StatusCode::FORBIDDEN, page::bare("Refused", &why)).into_response();
    }
    let (name, value) = (guard.cookie_name(), &guard.cookie);
    let cookie = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/");
    ([(header::SET_COOKIE, cookie)], page::forward("/")).into_response()
}

/// 244 random bits as hex.
fn random() -> String {
    [(), ()].iter().fold(String::new(), |mut text, ()| {
        let _ = write!(text, "{}", Uuid::new_v4().simple());
        text
    })
}

/// In a time that does not depend on where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differing = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && differing == 0
}
