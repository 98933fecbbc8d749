//! Fresh tickets: what is read, when, how often, and what becomes of an event whose ticket cannot be read.

use std::time::Duration;

use algapsa::ticket_api::{KEY, Mood, TicketApi};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::alga_api::Location;
use shared::event::Place;
use support::in_process::{Break, Envelope, Table, reports};
use support::{Call, SOON, cloud, until};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::{World, id, in_order, subject};

pub fn api(url: &str, table: &Table) -> Location {
    Location::new(url, table.ticket_api_secret_id.clone()).expect("a URL")
}

pub async fn put_key(world: &World, key: &'static str) {
    let id = world.table.ticket_api_secret_id.clone();
    let input = json!({ "SecretId": id, "SecretString": key });
    let put = spawn_blocking(move || cloud::call("secretsmanager", "PutSecretValue", &input));
    put.await.unwrap().expect("the key can be put");
}

async fn reading() -> (World, TicketApi) {
    let (world, api) = keyless().await;
    put_key(&world, KEY).await;
    (world, api)
}

pub async fn keyless() -> (World, TicketApi) {
    of_tenant(None).await
}

async fn of_tenant(tenant_id: Option<&str>) -> (World, TicketApi) {
    let fake = spawn_blocking(TicketApi::start).await.unwrap();
    let tenant_id = tenant_id.map(str::to_owned);
    let location = |table: &Table| api(&fake.url, table).of_tenant(tenant_id);
    let world = World::with(|settings, table| settings.tickets = Some(location(table))).await;
    (world, fake)
}

fn document(call: &Call) -> Value {
    serde_json::from_str(call.header("x-alga-ticket")).expect("the header is JSON")
}

/// As in the stack of the test.
pub async fn reaction_secret(world: &World) -> String {
    let input = json!({ "SecretId": world.table.reaction_secret_id });
    let secret = spawn_blocking(move || cloud::call("secretsmanager", "GetSecretValue", &input));
    let secret = secret.await.unwrap().unwrap();
    secret["SecretString"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_reaction_to_a_ticket_is_told_how_the_ticket_is_now() {
    let (world, api) = reading().await;
    let envelope = Envelope::new("ticket.closed").with_more(r#","is_closed":false"#);
    let title = "Zahnärzte\n🦷";
    let now = json!({ "title": title, "status_name": "Closed", "status_is_closed": true });
    api.put(&envelope.ticket_id, now);
    let places = world.keep(std::slice::from_ref(&envelope)).await;
    let _ = reports::take();
    world.serve(&places).await;

    let call = world.target.calls(subject(&places[0])).remove(0);
    assert_eq!(call.body, envelope.body(), "the envelope is untouched");
    assert_eq!(call.header("x-alga-stale"), "true");
    let document = document(&call);
    let expected = json!({ "ticket_id": envelope.ticket_id, "title": "Zahnärzte\n🦷", "status_name": "Closed", "status_is_closed": true });
    assert_eq!(document["ticket"], expected);
    assert!(document["ticket_read_at"].is_string(), "{document}");
    let lines = reports::take();
    assert_eq!(reports::sum(&lines, "TicketReads"), 1);
    assert_eq!(reports::sum(&lines, "Stale"), 1);

    // The document is signed like the envelope, so that it cannot be replaced.
    let secret = reaction_secret(&world).await;
    assert!(call.is_signed_with(&secret));
    let mut as_body = call.clone();
    as_body.body = call.header("x-alga-ticket").to_owned().into();
    let signature = call.headers["x-alga-ticket-signature"].clone();
    as_body.headers.insert("x-alga-signature", signature);
    assert!(as_body.is_signed_with(&secret));
}

#[tokio::test]
async fn due_events_of_one_ticket_share_one_read_and_other_streams_read_nothing() {
    let (world, api) = reading().await;
    let places = world.ticket(4).await;
    api.put(subject(&places[0]), json!({ "title": "Printer" }));
    let project = project(&world).await;
    world.serve(&[places.clone(), project].concat()).await;
    assert_eq!(api.reads(subject(&places[0])).len(), 1);
    assert_eq!(api.all_reads().len(), 1);
    for call in world.target.calls(subject(&places[0])) {
        assert_eq!(document(&call)["ticket"]["title"], "Printer");
    }
    let call = world.target.calls("p1").remove(0);
    assert!(!call.headers.contains_key("x-alga-ticket"));

    let tenant = places[0].stream.tenant_id();
    let next = Envelope::new("ticket.closed")
        .about(subject(&places[0]))
        .of_tenant(tenant);
    let next = world.keep(&[next.with_id("later")]).await;
    world.serve(&next).await;
    let count = api.reads(subject(&places[0])).len();
    assert_eq!(count, 2, "a later event reads the ticket again");
}

/// A page of the due list has fifty events; what the next one lists may have been kept after the first read.
#[tokio::test]
async fn each_page_of_due_events_reads_the_ticket_again() {
    let (world, api) = reading().await;
    let places = world.keep(&Envelope::row(51)).await;
    world.serve(&places[50..]).await;
    assert_eq!(world.states(&places).await, ["settled"; 51]);
    assert_eq!(api.reads(subject(&places[0])).len(), 2);
}

#[tokio::test]
async fn the_tickets_of_a_tenant_that_the_key_is_not_for_are_not_read() {
    let (world, api) = of_tenant(Some("ours")).await;
    put_key(&world, KEY).await;
    let of = |tenant: &str| Envelope::new("ticket.created").of_tenant(tenant);
    let places = world.keep(&[of("ours"), of("theirs")]).await;
    world.serve(&places).await;
    assert_eq!(api.all_reads().len(), 1);
    assert_eq!(api.reads(subject(&places[0])).len(), 1);
    let theirs = world.target.calls(subject(&places[1])).remove(0);
    assert!(!theirs.headers.contains_key("x-alga-ticket"));
}

#[tokio::test]
async fn a_title_that_was_cut_within_a_character_can_be_read() {
    let (world, api) = reading().await;
    api.becomes(Mood::Nonsense(r#"{"data":{"title":"cut \ud83d"}}"#));
    let places = world.ticket(1).await;
    world.serve(&places).await;
    let call = world.target.calls(subject(&places[0])).remove(0);
    assert_eq!(document(&call)["ticket"]["title"], "cut \u{fffd}");
}

/// The other streams of the batch go on, and the API is asked again after 15 min.
#[tokio::test]
async fn an_api_that_asks_for_a_very_long_wait_holds_up_only_its_tickets() {
    let date = "Tue, 31 Dec 2999 23:59:59 GMT";
    for words in ["18446744073709551615", "99999999999", date] {
        let (world, api) = reading().await;
        api.becomes(Mood::Odd(429, words));
        let (places, healthy) = (world.ticket(1).await, project(&world).await);
        let all = [places.clone(), healthy.clone()].concat();
        let messages = world.ring(&all).await;
        assert_eq!(world.hear(&messages).await.len(), 1, "{words}");
        assert_eq!(world.states(&healthy).await, ["settled"], "{words}");
        assert_eq!(world.states(&places).await, ["waiting"], "{words}");
        assert_eq!(world.delays(), [900], "{words}");
    }
}

#[tokio::test]
async fn an_odd_ticket_id_cannot_lead_anywhere_else() {
    let (world, api) = reading().await;
    let about = |id: &str| Envelope::new("ticket.created").about(id);
    let odd = [about("..?x=%2e#a"), about(".."), about(".")];
    let places = world.keep(&odd).await;
    world.serve(&places).await;
    let paths: Vec<_> = api.all_reads().into_iter().map(|read| read.path).collect();
    assert_eq!(paths, ["/api/v1/tickets/..%3Fx%3D%252e%23a"]);
}

#[tokio::test]
async fn a_ticket_that_is_gone_is_told_as_null_and_is_no_failure() {
    let (world, _api) = reading().await;
    let places = world.ticket(1).await;
    world.serve(&places).await;
    let call = world.target.calls(subject(&places[0])).remove(0);
    assert_eq!(document(&call)["ticket"], Value::Null);
    assert_eq!(world.states(&places).await, ["settled"]);
}

#[tokio::test]
async fn whatever_else_the_api_answers_is_tried_again_like_any_failure() {
    for (mood, delay) in [
        (Mood::Status(401), 5),
        (Mood::Status(403), 5),
        (Mood::Status(500), 5),
        (Mood::Status(302), 5),
        (Mood::Later(503, 60), 60),
        (Mood::Later(503, 901), 900),
        (Mood::Nonsense(r#"{"data":[]}"#), 5),
        (Mood::Nonsense("<html>"), 5),
        (Mood::Silent, 5),
    ] {
        let (world, api) = reading().await;
        api.becomes(mood.clone());
        let places = world.ticket(2).await;
        let messages = world.ring(&places).await;
        let _ = reports::take();
        let started = Instant::now();
        assert_eq!(world.hear(&messages).await.len(), 2, "{mood:?}");
        // A read has five seconds.
        assert!(started.elapsed() < Duration::from_secs(40), "{mood:?}");
        assert_eq!(world.states(&places).await, ["waiting"; 2], "{mood:?}");
        assert_eq!(world.tries(&places[0]).await, 1, "{mood:?}");
        assert_eq!(world.delays(), [delay; 2], "{mood:?}");
        let lines = reports::take();
        assert_eq!(reports::sum(&lines, "TicketReadsFailed"), 1, "{mood:?}");
        assert_eq!(reports::sum(&lines, "ReactionsFailed"), 1, "{mood:?}");
        assert!(world.target.everything().is_empty(), "{mood:?}");

        api.becomes(Mood::Well);
        assert_eq!(world.hear(&messages).await, [""; 0], "{mood:?}");
    }
}

#[tokio::test]
async fn without_a_key_events_wait() {
    let (world, api) = keyless().await;
    let places = world.ticket(1).await;
    let messages = world.ring_in_vain(&places, 1).await;
    assert!(api.all_reads().is_empty());
    assert_eq!(world.tries(&places[0]).await, 1);
    put_key(&world, "a wrong one").await;
    let later = Timestamp::now() + Duration::from_secs(30);
    let left = world.hear_at(&messages, later, super::PLENTY).await;
    assert_eq!(left.len(), 1, "the answer is 401");
    assert_eq!(api.all_reads().len(), 1);
    assert_eq!(world.tries(&places[0]).await, 2);
}

/// Thirteen times, because an event is parked after twelve attempts. Secrets Manager is not asked again within a second.
#[tokio::test]
async fn a_key_that_cannot_be_read_is_no_attempt_of_the_event() {
    let (world, api) = reading().await;
    let places = world.ticket(1).await;
    let messages = world.ring(&places).await;
    world.wire.cut("GetSecretValue", "", Break::Refused);
    let (start, _) = (Timestamp::now(), reports::take());
    for _ in 0..13 {
        let left = world.hear_at(&messages, start, super::PLENTY).await;
        assert_eq!(left.len(), 1);
    }
    let told = reports::take();
    assert_eq!(reports::sum(&told, "AwsErrors"), 13);
    assert_eq!(reports::sum(&told, "TicketReadsFailed"), 0);
    assert_eq!(reports::sum(&told, "ReactionsFailed"), 0);
    assert_eq!(world.tries(&places[0]).await, 0);
    assert_eq!(world.wire.calls("GetSecretValue"), 1);
    assert!(api.all_reads().is_empty());

    world.wire.repair();
    let later = start + Duration::from_secs(5); // the second begins some time after the start
    let messages = world.queue.receive(1).await;
    let left = world.hear_at(&messages, later, super::PLENTY).await;
    assert_eq!(left, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn a_rate_limit_uses_up_no_attempt_and_the_event_comes_back_when_it_may_read() {
    let (world, api) = reading().await;
    api.becomes(Mood::Later(429, 40));
    let (places, others) = (world.ticket(2).await, world.ticket(1).await);
    let messages = world.ring(&places).await;
    let _ = reports::take();
    let started = Instant::now();
    assert_eq!(world.hear(&messages).await.len(), 2);
    assert_eq!(world.tries(&places[0]).await, 0, "no try is counted");
    assert_eq!(world.delays(), [41, 41]);
    let lines = reports::take();
    assert_eq!(reports::sum(&lines, "ReactionsFailed"), 0);
    assert_eq!(reports::sum(&lines, "TicketReadsFailed"), 0);

    // Until then the API is not asked, and each stream is told its own time to come back.
    let messages = world.ring(&others).await;
    assert_eq!(world.hear(&messages).await.len(), 1);
    assert_eq!(api.all_reads().len(), 1);
    let passed = i64::try_from(started.elapsed().as_secs()).unwrap();
    let delays = world.delays();
    assert_eq!(delays.len(), 1);
    assert!((41 - passed..=42).contains(&delays[0]), "{delays:?}");
}

#[tokio::test]
async fn reads_that_others_make_with_the_key_count_too() {
    let (world, api) = reading().await;
    api.becomes(Mood::Left(0));
    let (first, second) = (world.ticket(1).await, world.ticket(1).await);
    world.serve(&first).await;
    let messages = world.ring(&second).await;
    // A read becomes free every second. At this time none has, however slow the machine is.
    let then = Timestamp::now() - super::PLENTY;
    let count = world.hear_at(&messages, then, super::PLENTY).await.len();
    assert_eq!(count, 1, "there is no read left");
    assert_eq!(api.all_reads().len(), 1);
    until(
        "one more read, now that time has passed",
        SOON,
        async || world.hear(&messages).await.is_empty().then_some(()),
    )
    .await;
    assert_eq!(api.all_reads().len(), 2);
}

/// Six attempts take five minutes.
#[tokio::test]
async fn an_outage_of_the_api_of_five_minutes_loses_nothing_and_keeps_the_order() {
    let (world, api) = reading().await;
    api.becomes(Mood::Status(503));
    let (places, healthy) = (world.ticket(3).await, project(&world).await);
    let messages = world.ring(&places).await;
    let mut waited = 0;
    for _ in 0..6 {
        assert_eq!(world.hear(&messages).await.len(), 3);
        waited += world.delays()[0];
    }
    assert_eq!(waited, 5 + 10 + 20 + 40 + 80 + 160);
    world.serve(&healthy).await;
    let states = world.states(&healthy).await;
    assert_eq!(states, ["settled"], "what needs no ticket goes on");

    api.becomes(Mood::Well);
    assert_eq!(world.hear(&messages).await, [""; 0]);
    let mut told = in_order(&places);
    told[0] = format!("{} in-order 7", id(&places[0]));
    assert_eq!(world.heard(&places[0]), told, "each once");
}

async fn project(world: &World) -> Vec<Place> {
    let project = Envelope::new("project.updated").with_more(r#","project_id":"p1""#);
    world.keep(&[project]).await
}
