//! Whatever happens to an event, at any log level: private content goes to the target and nowhere else.

use std::io;

use algapsa::ticket_api::{KEY, Mood};
use anyhow::{Context, anyhow};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use reactor::Invocation;
use reactor::failure::Failure;
use reactor::reaction::{Attempt, Choice};
use serde_json::json;
use shared::event::Place;
use shared::inbox::Watermarks;
use support::Reply;
use support::in_process::{Break, Envelope, Item, reports};
use uuid::Uuid;

use super::{MINUTE, RETENTION, World, sqs, subject, tickets};

const CANARY: &str = "canary-5b1f";
use Break::{After, Before, Panics, Quotes, Refused};
const BREAKS: [Break; 5] = [Before, After, Refused, Quotes, Panics];

async fn world() -> (World, String) {
    let world = World::new().await;
    let secret = tickets::reaction_secret(&world).await;
    (world, secret)
}

async fn keep(world: &World) -> Vec<Place> {
    let more = format!(r#","title":"{CANARY}","comment":{{"text":"{CANARY}"}},"{CANARY}":1"#);
    let envelope = Envelope::new("ticket.comment.added").with_more(&more);
    world.keep(&[envelope]).await
}

async fn keep_large(world: &World) -> Place {
    let noise: String = (0..300).map(|_| Uuid::new_v4().to_string()).collect();
    let more = format!(r#","title":"{CANARY}","description":"{noise}""#);
    let envelope = Envelope::new("ticket.comment.added").with_more(&more);
    world.keep(&[envelope]).await.remove(0)
}

async fn change(world: &World, place: &Place, name: &str, value: AttributeValue) {
    let mut item = world.item(place).await;
    item.insert(name.into(), value);
    world.table.put(item).await;
}

/// Serves a place, and checks that nothing private was logged, reported or kept as a reason. Gives the event's state.
async fn serve(world: &World, place: &Place, secret: &str) -> &'static str {
    let _ = reports::take();
    let messages = world.ring(std::slice::from_ref(place)).await;
    world.hear(&messages).await;
    world.queue.delete(&messages[0]).await;
    let kept = world.table.stream(&place.stream).await;
    let reasons =
        |item: &Item| ["failed_because", "parked_because"].map(|why| item.get(why).cloned());
    let reasons: Vec<_> = kept.iter().flat_map(reasons).flatten().collect();
    let said = format!("{} {:?} {reasons:?}", reports::logged(), reports::take());
    assert!(said.contains("ReactorTime"), "{said}");
    says_nothing(world, place, &said, secret);
    world.state(place).await
}

fn says_nothing(world: &World, place: &Place, said: &str, secret: &str) {
    let calls = world.target.calls(subject(place));
    let signatures = calls.iter().map(|call| call.header("x-alga-signature"));
    let macs = signatures.filter_map(|signature| Some(signature.split_once("v1=")?.1));
    for private in macs.chain([CANARY, secret, KEY]) {
        assert!(!said.contains(private), "{private} is told: {said}");
    }
}

#[tokio::test]
async fn nothing_private_is_told_whatever_the_target_answers() {
    let _log = reports::log();
    let (world, secret) = world().await;
    for (reply, state) in [
        (Reply::Echo(200), "settled"),
        (Reply::Echo(302), "waiting"),
        (Reply::Echo(400), "parked"),
        (Reply::Echo(404), "waiting"),
        (Reply::Echo(422), "parked"),
        (Reply::Echo(429), "waiting"),
        (Reply::Echo(500), "waiting"),
    ] {
        let place = keep(&world).await.remove(0);
        world.answer(&place, reply);
        assert_eq!(serve(&world, &place, &secret).await, state, "{reply:?}");
    }
    let place = keep(&world).await.remove(0);
    assert_eq!(serve(&world, &place, &secret).await, "settled");
    world.replay(&place).await;
    assert_eq!(serve(&world, &place, &secret).await, "settled");
}

#[tokio::test]
async fn nothing_private_is_told_when_aws_fails_in_whatever_way() {
    let _log = reports::log();
    for when in BREAKS {
        for operation in [
            "Query",
            "GetItem",
            "GetObject",
            "UpdateItem",
            "GetSecretValue",
        ] {
            let (world, secret) = world().await;
            let place = match operation {
                "GetObject" => keep_large(&world).await,
                _ => keep(&world).await.remove(0),
            };
            if operation == "GetItem" {
                world.has_been_tried(&place, 1).await;
            }
            world.wire.cut(operation, "", when);
            let state = serve(&world, &place, &secret).await;
            assert_eq!(state, "waiting", "{operation} {when:?}");
        }
        let (world, secret) = world().await;
        let place = keep(&world).await.remove(0);
        world.answer(&place, Reply::Echo(422));
        world.wire.cut("SendMessage", "", when);
        let state = serve(&world, &place, &secret).await;
        assert_eq!(state, "waiting", "its dead letter, {when:?}");
    }
}

/// Reacts by a call that fails in each way, and to an event that is too large for it.
async fn fails(world: &World, operation: &str, about: &str) {
    for when in BREAKS {
        let place = keep(world).await.remove(0);
        world.wire.cut(operation, about, when);
        assert_eq!(serve(world, &place, KEY).await, "waiting", "{when:?}");
        world.wire.repair();
    }
    let title = format!(r#","title":"{}""#, CANARY.repeat(100_000));
    let large = Envelope::new("ticket.updated").with_more(&title);
    let place = world.keep(&[large]).await.remove(0);
    assert_eq!(serve(world, &place, KEY).await, "parked");
}

#[tokio::test]
async fn nothing_private_is_told_when_the_bus_fails_in_whatever_way() {
    let _log = reports::log();
    fails(&World::on_a_bus().await, "PutEvents", "").await;
}

#[tokio::test]
async fn nothing_private_is_told_when_the_queue_fails_in_whatever_way() {
    let _log = reports::log();
    let world = World::with(|settings, table| settings.reaction = sqs::to_its_queue(table)).await;
    fails(&world, "SendMessage", CANARY).await;
}

#[tokio::test]
async fn nothing_private_is_told_whatever_the_ticket_api_answers() {
    let _log = reports::log();
    let (world, api) = tickets::keyless().await;
    let secret = tickets::reaction_secret(&world).await;
    // No header takes this key.
    tickets::put_key(&world, "canary-5b1f\nalga_0b1f").await;
    let place = keep(&world).await.remove(0);
    assert_eq!(serve(&world, &place, &secret).await, "waiting");

    let fresh = super::settings(&world.table, &world.target.url);
    let tickets = Some(tickets::api(&api.url, &world.table));
    tickets::put_key(&world, KEY).await;
    let config = &world.table.config;
    let reactor = super::Reactor::new(config, super::Settings { tickets, ..fresh });
    let world = World { reactor, ..world };
    let bare = Mood::Nonsense(r#"{"data":{"canary-5b1f":canary-5b1f}}"#);
    let title = Mood::Nonsense(r#"{"data":{"title":"canary-5b1f"}}"#);
    for (mood, state) in [
        (Mood::Echo(302), "waiting"),
        (Mood::Echo(400), "waiting"),
        (Mood::Echo(401), "waiting"),
        (Mood::Echo(404), "settled"),
        (Mood::Echo(500), "waiting"),
        (Mood::Echo(200), "waiting"),
        (Mood::Nonsense(r#"{"data":"canary-5b1f"}"#), "waiting"),
        (bare, "waiting"),
        (title, "settled"),
        (Mood::Odd(429, "canary-5b1f"), "waiting"),
    ] {
        let place = keep(&world).await.remove(0);
        api.becomes(mood.clone());
        assert_eq!(serve(&world, &place, &secret).await, state, "{mood:?}");
    }
}

#[tokio::test]
async fn nothing_private_is_told_of_what_cannot_be_read() {
    let _log = reports::log();
    let (world, secret) = world().await;
    let canary = CANARY.as_bytes();
    for bytes in [canary, &[&[1], canary].concat(), b"\x01"] {
        let place = keep(&world).await.remove(0);
        let body = AttributeValue::B(Blob::new(bytes));
        change(&world, &place, "body", body).await;
        assert_eq!(serve(&world, &place, &secret).await, "waiting");
    }
    let place = keep(&world).await.remove(0);
    let body = json!({ "event_id": CANARY }).to_string();
    let body = shared::inbox::body::pack(body.as_bytes()).unwrap();
    change(&world, &place, "body", AttributeValue::B(Blob::new(body))).await;
    let seen = serve(&world, &place, &secret).await;
    assert_eq!(seen, "parked", "it is no event");

    world.queue.send("other", CANARY).await;
    let unreadable = world.queue.receive(1).await;
    assert_eq!(world.hear(&unreadable).await, [""; 0]);
    let said = reports::logged();
    assert!(said.contains("not a doorbell"), "{said}");
    says_nothing(&world, &place, &said, &secret);
}

#[tokio::test]
async fn nothing_private_is_told_by_the_sweep() {
    let _log = reports::log();
    let (world, secret) = world().await;
    let place = keep(&world).await.remove(0);
    change(&world, &place, "kept_at", AttributeValue::N("1".into())).await;
    for (operation, when, told) in [
        ("Scan", Break::Before, "failed to read what waits"),
        ("Scan", Break::Quotes, "failed to read what waits"),
        ("Scan", Break::Panics, "the reactor panicked"),
        ("SendMessage", Break::Before, "could not ring for 1 streams"),
        ("SendMessage", Break::Quotes, "could not ring for 1 streams"),
        ("SendMessage", Break::Panics, "the reactor panicked"),
        ("none", Break::Before, "waited for over an hour"),
    ] {
        world.wire.cut(operation, "", when);
        let (sweep, now) = (Invocation::Sweep { sweep: true }, Timestamp::now());
        let swept = world.reactor.run(sweep, now, now + MINUTE).await.map(drop);
        let said = format!("{swept:?} {} {:?}", reports::logged(), reports::take());
        assert!(said.contains(told), "{operation} {when:?}: {said}");
        assert!(!said.contains("network is mad"), "{said}");
        says_nothing(&world, &place, &said, &secret);
        world.wire.repair();
    }
}

/// Fails as code of a user's own may: with errors that quote the secret URL that it was to reach.
fn fail(attempt: &Attempt<'_>) -> Result<(), Failure> {
    let url = || io::Error::other(format!("error sending request for https://{CANARY}/"));
    let how = attempt.event.event_type().trim_start_matches("ticket.");
    let failed: anyhow::Result<()> = match how {
        "bare" => return Ok(Err(url())?),
        "erased" => Err(anyhow!(url())),
        "wrapped" => Err(io::Error::other(url()).into()),
        "told" => Err(url()).context("the chat could not be reached"),
        "told-twice" => Err(url()).context(7).with_context(|| "nobody was told"),
        "told-by-an-error" => Err(url()).context(io::Error::other(CANARY)),
        _ => panic!("{CANARY}"),
    };
    Ok(failed?)
}

#[tokio::test]
async fn nothing_private_is_told_however_code_of_the_users_own_fails() {
    let _log = reports::log();
    let custom = Choice::Custom(|attempt| Box::pin(async { fail(attempt) }));
    let world = World::with(|settings, _| settings.reaction = custom).await;
    let without = "an error without a context (anyhow::Error)";
    for (how, told) in [
        ("bare", "an error without a context (std::io::error::Error)"),
        ("erased", without),
        ("wrapped", without),
        ("told", "the chat could not be reached"),
        ("told-twice", "nobody was told"),
        ("told-by-an-error", without),
        ("by-a-panic", "the reaction panicked"),
    ] {
        let more = format!(r#","title":"{CANARY}""#);
        let envelope = Envelope::new(&format!("ticket.{how}")).with_more(&more);
        let place = world.keep(&[envelope]).await.remove(0);
        assert_eq!(serve(&world, &place, KEY).await, "waiting", "{how}");
        let watermarks = Watermarks::new(world.inbox.clone(), RETENTION);
        let watermark = watermarks.read(&place.stream).await;
        let why = watermark.expect("it can be read").failed_because;
        assert!(why.expect("it has failed").starts_with(told), "{how}");
    }
}
