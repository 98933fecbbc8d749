//! Requests by their signatures.

use algapsa::signature;
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::Body;
use lambda_http::http::HeaderValue;
use sha2::{Digest, Sha256};

use super::super::{SECRET, post, with};
use super::{BOUND, SIGNATURE, Sent, body, claiming, now, right};

pub fn missing() -> Vec<Sent> {
    let body = body();
    let good = signature(SECRET, now(), &body);
    let named = |name: &str, value: &str| with(post().header(name, value), &body);
    let in_query = format!("https://example.on.aws/?{SIGNATURE}={good}");
    let empty = post().body(Body::Empty).expect("a request");
    let ours = named("x-alga-ticket-signature", &good);
    let query = with(post().uri(in_query), &body);
    [
        ("no header at all", with(post(), &body)),
        ("neither header nor body", empty),
        ("GitHub's header", named("x-hub-signature-256", &good)),
        ("another name of ours", ours),
        ("an underscore in it", named("x_alga_signature", &good)),
        ("the secret as a token", named("authorization", SECRET)),
        ("a signature in a cookie", named("cookie", &good)),
        ("a signature in the query", query),
    ]
    .map(|(what, request)| (what.to_owned(), request, "401 missing signature"))
    .into()
}

pub fn malformed() -> Vec<Sent> {
    const TOLD: &str = "401 malformed signature";
    let body = body();
    let (t, mac) = right(&body);
    let ages = "9".repeat(40);
    let headers = [
        ("an empty header", String::new()),
        ("a blank", " ".into()),
        ("a comma", ",".into()),
        ("keys without values", "t=,v1=".into()),
        ("null", "null".into()),
        ("the hex alone", mac.clone()),
        ("no time", format!("v1={mac}")),
        ("no hex", format!("t={t}")),
        ("empty hex", format!("t={t},v1=")),
        ("upper-case hex", format!("t={t},v1={}", mac.to_uppercase())),
        ("one upper-case digit", format!("t={t},v1={}A", &mac[..63])),
        ("63 digits", format!("t={t},v1={}", &mac[..63])),
        ("62 digits", format!("t={t},v1={}", &mac[..62])),
        ("65 digits", format!("t={t},v1={mac}0")),
        ("128 digits", format!("t={t},v1={mac}{mac}")),
        ("a letter beyond f", format!("t={t},v1=g{}", &mac[1..])),
        ("0x before the hex", format!("t={t},v1=0x{}", &mac[2..])),
        ("a blank before the hex", format!("t={t},v1= {mac}")),
        ("quotes around the hex", format!("t={t},v1=\"{mac}\"")),
        ("a semicolon between", format!("t={t};v1={mac}")),
        ("colons for equals", format!("t:{t},v1:{mac}")),
        ("a blank before equals", format!("t ={t},v1 ={mac}")),
        ("a negative time", format!("t=-{t},v1={mac}")),
        ("a plus before the time", format!("t=+{t},v1={mac}")),
        ("a fraction", format!("t={t}.0,v1={mac}")),
        ("an exponent", format!("t=1e9,v1={mac}")),
        ("milliseconds", format!("t={t}000,v1={mac}")),
        ("a time in hex", format!("t=0x{t},v1={mac}")),
        ("a blank before the time", format!("t= {t},v1={mac}")),
        ("a time in words", format!("t=now,v1={mac}")),
        ("beyond 64 bits", format!("t=18446744073709551616,v1={mac}")),
        ("beyond 63 bits", format!("t=9223372036854775808,v1={mac}")),
        ("beyond all calendars", format!("t={ages}{t},v1={mac}")),
        ("upper-case keys", format!("T={t},V1={mac}")),
        ("another version", format!("t={t},v0={mac}")),
        ("GitHub's format", format!("sha256={mac}")),
        ("a bad time before a good", format!("t=x,t={t},v1={mac}")),
        ("bad hex before good", format!("t={t},v1=x,v1={mac}")),
        ("100 kB of hex", format!("t={t},v1={}", "a".repeat(100_000))),
        ("20,000 times", "t=1,".repeat(20_000)),
        ("100,000 commas", ",".repeat(100_000)),
    ];
    let headers = headers.map(|(what, header)| (what.to_owned(), claiming(&header, &body), TOLD));
    let raw = |bytes: &[u8]| {
        let header = HeaderValue::from_bytes(bytes).expect("a header");
        with(post().header(SIGNATURE, header), &body)
    };
    // The Cyrillic letter that looks like an a, in place of the first digit, whatever that is.
    let wide = format!("t={t},v1=\u{430}{}", &mac[1..]);
    let two = post().header(SIGNATURE, "t=1");
    let two = two.header(SIGNATURE, format!("t={t},v1={mac}"));
    let others = [
        ("bytes that are no text", raw(b"t=1,v1=\xff\xfe")),
        ("a Cyrillic letter", raw(wide.as_bytes())),
    ];
    let others = others.map(|(what, request)| (what.to_owned(), request, TOLD));
    // A function URL joins them by a comma, and the first time counts.
    let what = "a right header after a wrong one".to_owned();
    let joined = (what, with(two, &body), "401 stale signature");
    headers.into_iter().chain(others).chain([joined]).collect()
}

pub fn of_something_else() -> Vec<Sent> {
    let body = body();
    let good = signature(SECRET, now(), &body);
    let (t, mac) = right(&body);
    let later = t.parse::<i64>().expect("digits") + 1;
    let sent = |sent: &[u8]| with(post().header(SIGNATURE, &good), sent);
    let by = |secret: &str| claiming(&signature(secret, now(), &body), &body);
    let mut flipped = body.clone();
    *flipped.last_mut().expect("it has an end") ^= 1;
    let twice = post().header(SIGNATURE, format!("t={t},v1={}", "0".repeat(64)));
    let twice = twice.header(SIGNATURE, &good);
    let map = by(&format!(r#"{{"a":{{"secret":"{SECRET}"}}}}"#));
    let hash = by(&hex::encode(Sha256::digest(SECRET)));
    let signed = |header: String| claiming(&header, &body);
    let (zeros, backwards) = ("0".repeat(64), backwards(&mac));
    let both = signed(format!("t={t},v1={zeros},v1={mac}"));
    let timeless = signed(format!("t={t},v1={}", without_time(&body)));
    [
        ("another body", sent(b"{}")),
        ("a bit of the body flipped", sent(&flipped)),
        ("a line feed more", sent(&[&body[..], b"\n"].concat())),
        ("a byte less", sent(&body[..body.len() - 1])),
        ("the body twice", sent(&body.repeat(2))),
        ("an empty body", sent(b"")),
        ("the empty secret", by("")),
        ("the secret with a line feed", by(&format!("{SECRET}\n"))),
        ("the secret in lower case", by(&SECRET.to_lowercase())),
        ("half of the secret", by(&SECRET[..20])),
        ("the whole map of secrets", map),
        ("the secret's own hash", hash),
        ("of another second", signed(format!("t={later},v1={mac}"))),
        ("a zero before the time", signed(format!("t=0{t},v1={mac}"))),
        ("nothing but zeros", signed(format!("t={t},v1={zeros}"))),
        ("the hex backwards", signed(format!("t={t},v1={backwards}"))),
        ("wrong hex before the right", both),
        ("a wrong header before the right", with(twice, &body)),
        ("without the time", timeless),
    ]
    .map(|(what, request)| (what.to_owned(), request, "401 signature mismatch"))
    .into()
}

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// As GitHub signs.
fn without_time(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

pub fn of_another_time() -> Vec<Sent> {
    let body = body();
    let at = |second: i64| claiming(&signature(SECRET, second, &body), &body);
    let other = claiming(&signature(BOUND, 1, &body), &body);
    [
        ("301 s old", at(now() - 301)),
        ("301 s ahead", at(now() + 301)),
        ("a day old", at(now() - 86_400)),
        ("of the beginning of time", at(0)),
        ("of the end of time", at(253_402_200_000)),
        ("stale, and of another secret", other),
    ]
    .map(|(what, request)| (what.to_owned(), request, "401 stale signature"))
    .into()
}

/// As the sender's own parser would read them; of two headers the first counts.
pub fn unusual_but_right() -> Vec<Sent> {
    let shapes = [
        "t={t},v1={mac}",
        "v1={mac},t={t}",
        "  t={t} ,\tv1={mac} ",
        "99, t={t},v1={mac}",
        "v0=x,t={t},v1={mac},v2=y",
        "t={t},v1={mac},t=1,v1=00",
        ",,,t={t},,v1={mac},,",
    ];
    let case = |shape: &str| {
        let body = body();
        let (t, mac) = right(&body);
        let header = shape.replace("{t}", &t).replace("{mac}", &mac);
        (shape.to_owned(), claiming(&header, &body), "200 accepted")
    };
    let mut cases: Vec<Sent> = shapes.into_iter().map(case).collect();
    let (what, mut request, told) = case(shapes[0]);
    let second = HeaderValue::from_static("t=1");
    request.headers_mut().append(SIGNATURE, second);
    let what = format!("{what}, and a wrong header after it");
    cases.push((what, request, told));
    cases
}
