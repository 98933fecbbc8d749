//! Fresh tickets: what is read, when and how often.

mod unread;

use algapsa::ticket_api::{KEY, Mood, TicketApi};
use serde_json::{Value, json};
use shared::alga_api::Location;
use shared::event::Place;
use support::in_process::{Envelope, Table, reports};
use support::{Call, cloud, put_secret};
use tokio::task::spawn_blocking;

use super::{World, subject};

pub fn api(url: &str, table: &Table) -> Location {
    Location::new(url, table.ticket_api_secret_id.clone()).expect("a URL")
}

pub async fn put_key(world: &World, key: &str) {
    let input = json!({ "SecretId": world.table.ticket_api_secret_id, "SecretString": key });
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

/// Files begin with a byte order mark, and end with a line.
#[tokio::test]
async fn the_key_and_the_reactions_secret_may_be_stored_as_files_hold_them() {
    let (world, api) = keyless().await;
    put_key(&world, &format!("\u{feff}{KEY}\r\n")).await;
    let id = world.table.reaction_secret_id.clone();
    let put = spawn_blocking(move || put_secret(&id, "\u{feff}of the reaction\r\n"));
    put.await.unwrap();
    let place = world.ticket(1).await.remove(0);
    api.put(subject(&place), json!({ "title": "Printer" }));
    world.serve(std::slice::from_ref(&place)).await;
    let call = world.target.calls(subject(&place)).remove(0);
    assert_eq!(document(&call)["ticket"]["title"], "Printer");
    assert!(call.is_signed_with("of the reaction"));
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

/// Thirteen times, because an event is parked after twelve attempts. Secrets Manager is not asked again within a second.
/// Six attempts take five minutes.
async fn project(world: &World) -> Vec<Place> {
    let project = Envelope::new("project.updated").with_more(r#","project_id":"p1""#);
    world.keep(&[project]).await
}
