//! Hostile and odd requests in one table: what each is, and how it is answered and reported. A refused request causes no
//! call to AWS; an accepted one is kept and rung for; a quarantined one is kept.

mod bodies;
mod bootstrap;
mod events;
mod signatures;

use std::time::Instant;

use algapsa::signature;
use jiff::Timestamp;
use lambda_http::Request;
use lambda_http::http::HeaderValue;
use serde_json::json;
use shared::filter::Filter;
use support::SOON;
use support::in_process::{Envelope, Table, raw_event};
use tokio::runtime::Runtime;

use self::bootstrap::Bootstrap;
use super::{SECRET, World, post, put_secret, signed, with};

const SIGNATURE: &str = "x-alga-signature";
const BOUND: &str = "the secret of one tenant";
const TENANT: &str = "that-tenant";

/// What it is, the Lambda event, and what is told of it.
type Case = (String, String, &'static str);

/// The same with the request that the event is about.
type Sent = (String, Request, &'static str);

/// Those that depend on the second at which they are judged.
fn of_another_time() -> Vec<Case> {
    as_events(signatures::of_another_time())
}

fn as_events(requests: Vec<Sent>) -> Vec<Case> {
    let requests = requests.into_iter();
    let events = requests.map(|(what, request, told)| (what, raw_event(&request), told));
    events.collect()
}

fn table() -> Vec<Case> {
    let parts = [
        signatures::missing(),
        signatures::malformed(),
        signatures::of_something_else(),
        signatures::unusual_but_right(),
        elsewhere(),
        bodies::readable(),
        bodies::ids(),
        bodies::times(),
        bodies::no_envelopes(),
        bodies::of_another_tenant(),
        bodies::unwanted(),
    ];
    let requests = parts.into_iter().flat_map(as_events);
    let events = [
        events::queries(),
        events::paths(),
        events::headers(),
        events::encoded(),
        events::others(),
    ];
    requests.chain(events.into_iter().flatten()).collect()
}

#[tokio::test]
async fn each_hostile_request_gets_its_answer_and_nothing_forged_reaches_aws() {
    let world = World::without_secret(Filter::new("", bodies::WATCHED)).await;
    put_secret(&world.table, &secrets()).await;
    world.receiver.warm_up(moment()).await;
    let mut table = table();
    table.extend(of_another_time());
    let cases = table.len();
    let mut items = 0;
    for (what, event, told) in table {
        let calls = || ["PutItem", "SendMessage"].map(|operation| world.wire.calls(operation));
        let (all_before, [kept_before, rung_before]) = (world.wire.all_calls(), calls());
        let answer = world.receive_event(&event, moment()).await;
        assert_eq!(answer.told(), told, "{what}");
        let any = world.wire.all_calls() - all_before;
        let [kept, rung] = calls();
        let (kept, rung) = (kept - kept_before, rung - rung_before);
        match told {
            "200 accepted" => assert_eq!((any, kept, rung), (2, 1, 1), "{what}"),
            "200 quarantined" => assert!(kept > 0 && rung == 0, "{what}"),
            _ => assert_eq!(any, 0, "{what} causes a call to AWS"),
        }
        items += kept;
        let constant = match answer.status {
            400 => r#"{"error":"unsupported event"}"#,
            401 => r#"{"error":"unauthorized"}"#,
            404 => r#"{"error":"not found"}"#,
            405 => r#"{"error":"method not allowed"}"#,
            _ => answer.body.as_str(),
        };
        assert_eq!(answer.body, constant, "{what}");
        let allow = (answer.status == 405).then_some("POST");
        assert_eq!(answer.allow.as_deref(), allow, "{what}");
    }
    let count = world.table.items().await.len();
    assert_eq!(count, items, "and nothing else is kept");
    assert_eq!(cases, 328, "tests/README.md tells how many");
}

/// With the real clock, and with all that is between Lambda and our code.
#[test]
fn the_program_answers_each_of_them_alike_and_goes_on() {
    let runtime = Runtime::new().expect("a runtime can be made");
    let inbox = runtime.block_on(Table::new());
    runtime.block_on(put_secret(&inbox, &secrets()));
    let program = Bootstrap::start(&inbox, bodies::WATCHED);
    for (what, event, told) in table() {
        let mut answer = program.answer(&event);
        let mut status = answer["statusCode"].to_string();
        // A local AWS that is slower than the receiver waits for it; the sender would send again.
        let started = Instant::now();
        while told.starts_with("200") && status == "503" && started.elapsed() < SOON {
            answer = program.answer(&event);
            status = answer["statusCode"].to_string();
        }
        assert_eq!(
            Some(status.as_str()),
            told.split(' ').next(),
            "{what}: {answer}"
        );
    }
}

fn secrets() -> String {
    let secrets = json!({
        "a": { "secret": SECRET },
        "b": { "secret": BOUND, "tenant_id": TENANT },
    });
    secrets.to_string()
}

fn body() -> Vec<u8> {
    Envelope::new("ticket.created").body().into_bytes()
}

thread_local! {
    /// All of a test's deliveries are signed and arrive at one moment, however long it takes to serve them.
    static NOW: i64 = Timestamp::now().as_second();
}

fn now() -> i64 {
    NOW.with(|now| *now)
}

fn moment() -> Timestamp {
    Timestamp::from_second(now()).expect("a time")
}

/// A body with that header for a signature.
fn claiming(header: &str, body: &[u8]) -> Request {
    let mut request = with(post(), body);
    let header = HeaderValue::from_bytes(header.as_bytes()).expect("a header");
    request.headers_mut().insert(SIGNATURE, header);
    request
}

/// The digits and the hex of a signature that is right.
fn right(body: &[u8]) -> (String, String) {
    let header = signature(SECRET, now(), body);
    let (t, mac) = header.split_once(",v1=").expect("a signature");
    (t.trim_start_matches("t=").to_owned(), mac.to_owned())
}

/// Rightly signed, and sent elsewhere or otherwise.
fn elsewhere() -> Vec<Sent> {
    const NO_POST: &str = "405 not found";
    const NOT_FOUND: &str = "404 not found";
    const ACCEPTED: &str = "200 accepted";
    let methods = [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "post",
    ];
    let methods = methods.map(|method| (method, "/", NO_POST));
    let paths = [
        ("POST", "/webhooks", NOT_FOUND),
        ("POST", "/webhooks/alga/", NOT_FOUND),
        ("POST", "/WEBHOOKS/ALGA", NOT_FOUND),
        ("POST", "//", NOT_FOUND),
        ("POST", "/%2F", NOT_FOUND),
        ("POST", "/../", NOT_FOUND),
        ("POST", "/.env", NOT_FOUND),
        ("POST", "/webhooks/alga;x", NOT_FOUND),
        ("POST", "/webhooks/alga%00", NOT_FOUND),
        ("GET", "/webhooks/alga", NO_POST),
        ("GET", "/.env", NOT_FOUND),
        ("POST", "/", ACCEPTED),
        ("POST", "/webhooks/alga", ACCEPTED),
        ("POST", "/?a=b", ACCEPTED),
        ("POST", "/webhooks/alga?a=/.env", ACCEPTED),
    ];
    let asking = |(method, path, told): (&str, &str, _)| {
        let mut request = signed(&body());
        *request.method_mut() = method.parse().expect("a method");
        let uri = format!("https://example.on.aws{path}");
        *request.uri_mut() = uri.parse().expect("a path");
        (format!("{method} {path}"), request, told)
    };
    methods.into_iter().chain(paths).map(asking).collect()
}
