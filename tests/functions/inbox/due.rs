//! The due list: what waits in a stream, in order.

use futures_util::future::join_all;
use shared::event::{Place, Position};
use shared::inbox::Inbox;
use support::in_process::{Break, Envelope, Table};

use super::{admit, park, settle, wired};

/// All pages of the list, each as it came.
async fn pages(inbox: &Inbox, up_to: &Place, limit: i32) -> Vec<Vec<Place>> {
    let mut pages = Vec::new();
    let mut from = None;
    loop {
        let (listed, rest) = inbox.due(up_to, from, limit).await.unwrap();
        pages.push(listed.into_iter().map(|due| due.place).collect());
        from = rest;
        if from.is_none() {
            return pages;
        }
    }
}

/// A row of events of one ticket, kept in reverse order.
async fn row(inbox: &Inbox, count: usize) -> Vec<Place> {
    let events: Vec<_> = Envelope::row(count).iter().map(Envelope::event).collect();
    for some in events.chunks(10).rev() {
        join_all(some.iter().rev().map(|event| admit(inbox, event))).await;
    }
    events.into_iter().map(|event| event.place).collect()
}

#[tokio::test]
async fn what_is_due_comes_in_order_over_as_many_pages_as_it_takes() {
    let inbox = Table::new().await.inbox();
    let places = row(&inbox, 120).await;
    for (limit, pages_at_most) in [(50, 3..=4), (7, 18..=19), (120, 1..=2), (200, 1..=1)] {
        let pages = pages(&inbox, &places[119], limit).await;
        let count = pages.len();
        assert!(pages_at_most.contains(&count), "{count} pages of {limit}");
        assert_eq!(pages.concat(), places, "{limit} at a time");
    }
}

#[tokio::test]
async fn the_list_ends_with_the_event_that_the_doorbell_names() {
    let inbox = Table::new().await.inbox();
    let places = row(&inbox, 3).await;
    let just_before = |place: &Place| {
        let mut position = place.position.to_string();
        position.pop();
        let mut place = place.clone();
        place.position = Position::parse(&position).expect("a type that is shorter");
        place
    };
    for (up_to, count) in [
        (places[2].clone(), 3),
        (just_before(&places[2]), 2),
        (places[1].clone(), 2),
        (places[0].clone(), 1),
        (just_before(&places[0]), 0),
    ] {
        let seen = pages(&inbox, &up_to, 50).await.concat();
        assert_eq!(seen, places[..count], "{up_to:?}");
    }
}

#[tokio::test]
async fn only_what_waits_in_the_same_stream_is_due() {
    let inbox = Table::new().await.inbox();
    let places = row(&inbox, 4).await;
    let others = row(&inbox, 2).await;
    settle(&inbox, &places[0]).await;
    park(&inbox, &places[2]).await;

    let due = pages(&inbox, &places[3], 50).await.concat();
    assert_eq!(due, [places[1].clone(), places[3].clone()]);
    assert_eq!(pages(&inbox, &others[1], 50).await.concat(), others);
}

#[tokio::test]
async fn what_decides_is_read_consistently() {
    let (_table, inbox, wire) = wired().await;
    let place = row(&inbox, 1).await.remove(0);
    let consistent = r#""ConsistentRead":true"#;

    wire.cut("Query", consistent, Break::Before);
    assert!(inbox.due(&place, None, 50).await.is_err(), "due");
    wire.cut("GetItem", consistent, Break::Before);
    assert!(inbox.load(&place).await.is_err(), "load");
}
