//! What functions/reactor/README.md says of the `http` reaction and its secret.

use std::collections::BTreeSet;

use algapsa::ticket_api::KEY;
use jiff::{SignedDuration, Timestamp};
use reactor::Invocation;
use shared::event::Place;
use support::in_process::{Envelope, batch};
use support::put_secret;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{MINUTE, World, subject, tickets};

const PAGE: &str = include_str!("../../../functions/reactor/README.md");

/// The names in the first column of the page's tables.
fn shown() -> BTreeSet<String> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `X-Alga-"));
    let columns = rows.filter_map(|row| row.split('|').nth(1));
    let names = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    names.map(str::to_lowercase).collect()
}

#[tokio::test]
async fn every_header_of_a_reaction_is_on_the_page_and_no_other() {
    let (world, _api) = tickets::keyless().await;
    tickets::put_key(&world, KEY).await;
    let stale = Envelope::new("ticket.closed").with_more(r#","is_closed":false"#);
    let event = stale.unannounced().event();
    let from = Some(Uuid::new_v4());
    let kept = world.inbox.admit(&event, from, Timestamp::now()).await;
    kept.expect("the event is kept");
    let place = event.place;
    world.serve(std::slice::from_ref(&place)).await;
    world.replay(&place).await;
    world.serve(std::slice::from_ref(&place)).await;
    let calls = world.target.calls(subject(&place));
    let headers = calls.iter().flat_map(|call| call.headers.keys());
    let headers = headers.map(ToString::to_string);
    let sent: BTreeSet<String> = headers.filter(|name| name.starts_with("x-alga-")).collect();
    assert_eq!(sent, shown());
}

/// Serves an event when that much time has passed, and says which of the secrets has signed it.
async fn signed_after<'a>(
    world: &World,
    time: SignedDuration,
    secrets: &[&'a str],
) -> Vec<&'a str> {
    let place: Place = world.ticket(1).await.remove(0);
    let messages = world.ring(std::slice::from_ref(&place)).await;
    let now = Timestamp::now() + time;
    let doorbells = Invocation::Doorbells(batch(&messages));
    let heard = world.reactor.run(doorbells, now, now + MINUTE).await;
    assert!(heard.expect("it is heard").batch_item_failures.is_empty());
    let call = world.target.calls(subject(&place)).remove(0);
    let signed = |secret: &&str| call.is_signed_with(secret);
    secrets.iter().copied().filter(signed).collect()
}

#[tokio::test]
async fn a_new_reaction_secret_counts_after_five_minutes_and_the_old_one_until_then() {
    let world = World::new().await;
    let old = tickets::reaction_secret(&world).await;
    let new = "the reaction secret after its rotation";
    let secrets = [old.as_str(), new];
    let seconds = SignedDuration::from_secs;
    assert_eq!(
        signed_after(&world, seconds(0), &secrets).await,
        [old.as_str()]
    );
    let id = world.table.reaction_secret_id.clone();
    spawn_blocking(move || put_secret(&id, new)).await.unwrap();
    for (after, signed_with) in [(200, old.as_str()), (301, new), (302, new)] {
        let signed = signed_after(&world, seconds(after), &secrets).await;
        assert_eq!(signed, [signed_with], "after {after} s");
    }
}
