//! Heads: placements and tries.

use std::time::Duration;

use shared::event::Place;
use shared::head::{Heads, Placement, Turn};
use shared::inbox::Inbox;
use support::in_process::{Break, Envelope, Table, Wire};

use super::{RETENTION, now, number};

const fn next(tries: u32) -> Turn {
    Turn {
        placement: Placement::Next,
        tries,
    }
}

const fn late(tries: u32) -> Turn {
    Turn {
        placement: Placement::Late,
        tries,
    }
}

fn places<const N: usize>() -> [Place; N] {
    let row: Vec<_> = Envelope::row(N)
        .iter()
        .map(|envelope| envelope.event().place)
        .collect();
    row.try_into().expect("as many as asked for")
}

async fn advance(heads: &Heads, place: &Place) -> Turn {
    heads.advance(place, now()).await.expect("the head moves")
}

#[tokio::test]
async fn the_head_tells_what_comes_in_order_and_counts_the_tries_of_each_event() {
    let table = Table::new().await;
    let heads = Heads::new(table.inbox(), RETENTION);
    let [first, second, third] = places();
    for (place, turn, what) in [
        (&second, next(1), "the first of its stream"),
        (&second, next(2), "the same again"),
        (&second, next(3), "and again"),
        (&third, next(1), "a later one"),
        (&first, late(1), "an earlier one"),
        (&first, late(2), "the same again"),
        (&second, late(1), "another one that the head is past"),
        (
            &third,
            next(1),
            "the one that the head is at, with others tried meanwhile",
        ),
        (&third, next(2), "the same again"),
    ] {
        assert_eq!(advance(&heads, place).await, turn, "{what}");
    }
}

#[tokio::test]
async fn an_event_whose_function_died_after_the_head_moved_is_next_again() {
    let table = Table::new().await;
    let (config, wire) = Wire::to(&table.config);
    let heads = Heads::new(Inbox::new(&config, table.name.clone()), RETENTION);
    let [place] = places();
    wire.cut("UpdateItem", "", Break::After);
    heads.advance(&place, now()).await.unwrap_err();
    wire.mend();
    let turn = advance(&heads, &place).await;
    assert_eq!(turn.placement, Placement::Next);
    assert!(turn.tries > 1, "the try that was announced counts");
}

#[tokio::test]
async fn clearing_makes_an_event_start_afresh_and_nothing_else() {
    let heads = Heads::new(Table::new().await.inbox(), RETENTION);
    let [first, second] = places();
    for tries in 1..=3 {
        assert_eq!(advance(&heads, &second).await, next(tries));
    }
    assert_eq!(heads.read(&second.stream).await.unwrap().tries, 3);

    heads.clear(&first).await.unwrap();
    assert_eq!(
        heads.read(&second.stream).await.unwrap().tries,
        3,
        "another event is cleared"
    );
    heads.clear(&second).await.unwrap();
    assert_eq!(heads.read(&second.stream).await.unwrap().tries, 0);
    assert_eq!(advance(&heads, &second).await, next(1), "cleared");
    assert_eq!(
        advance(&heads, &first).await,
        late(1),
        "the head is still where it was"
    );
}

#[tokio::test]
async fn clearing_a_stream_without_a_head_makes_none() {
    let table = Table::new().await;
    let heads = Heads::new(table.inbox(), RETENTION);
    let [place] = places();
    heads.clear(&place).await.unwrap();
    assert_eq!(heads.read(&place.stream).await.unwrap().tries, 0);
    assert_eq!(table.items().await, []);
}

#[tokio::test]
async fn a_head_expires_after_its_last_advance() {
    let table = Table::new().await;
    let heads = Heads::new(table.inbox(), RETENTION);
    let [first, second] = places();
    let start = now();
    for (place, days) in [(&second, 0), (&second, 1), (&first, 2)] {
        let at = start + Duration::from_hours(24 * days);
        heads.advance(place, at).await.unwrap();
        let head = table.item(&place.stream, "head").await.unwrap();
        let expected = (at + RETENTION).as_second();
        assert_eq!(
            number(&head, "expires_at"),
            Some(expected),
            "after {days} days"
        );
    }
}

#[tokio::test]
async fn streams_have_heads_of_their_own() {
    let heads = Heads::new(Table::new().await.inbox(), RETENTION);
    let ([_, later], [earlier]) = (places(), places::<1>());
    assert_eq!(advance(&heads, &later).await, next(1));
    assert_eq!(advance(&heads, &earlier).await, next(1));
}
