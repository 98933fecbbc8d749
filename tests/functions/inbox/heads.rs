//! Heads: placements and tries.

use std::time::Duration;

use shared::event::Place;
use shared::head::{Heads, Placement, Turn};
use shared::inbox::Inbox;
use support::in_process::{Break, Envelope, Table, Wire};

use super::{RETENTION, now, number};

/// A placement, and how often its event has been tried.
type Told = (Placement, u32);

const fn next(tries: u32) -> Told {
    (Placement::Next, tries)
}

const fn late(tries: u32) -> Told {
    (Placement::Late, tries)
}

fn places<const N: usize>() -> [Place; N] {
    let row = Envelope::row(N);
    let row: Vec<_> = row.iter().map(|envelope| envelope.event().place).collect();
    row.try_into().expect("as many as asked for")
}

async fn announce(heads: &Heads, place: &Place) -> Turn {
    heads.advance(place, now()).await.expect("the head moves")
}

async fn advance(heads: &Heads, place: &Place) -> Told {
    let turn = announce(heads, place).await;
    (turn.placement, turn.tries)
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
    let told = advance(&heads, &place).await;
    assert_eq!(told, next(2), "the try that was announced counts, and once");
}

#[tokio::test]
async fn clearing_makes_an_event_start_afresh_and_nothing_else() {
    let heads = Heads::new(Table::new().await.inbox(), RETENTION);
    let [first, second] = places();
    let tries = async || heads.read(&second.stream).await.unwrap().tries;
    let mut turn = announce(&heads, &second).await;
    heads.forget(&first).await.unwrap();
    assert_eq!(tries().await, 1, "another event is forgotten");
    heads.forget(&second).await.unwrap();
    assert_eq!(tries().await, 0);

    for tries in 1..=3 {
        turn = announce(&heads, &second).await;
        assert_eq!(turn.tries, tries);
    }
    heads.clear(&second, turn).await.unwrap();
    assert_eq!(tries().await, 0);
    assert_eq!(advance(&heads, &second).await, next(1), "cleared");
    let seen = advance(&heads, &first).await;
    assert_eq!(seen, late(1), "the head is still where it was");
}

#[tokio::test]
async fn what_lands_after_another_announcement_changes_nothing() {
    let heads = Heads::new(Table::new().await.inbox(), RETENTION);
    let [place] = places();
    let first = announce(&heads, &place).await;
    let second = announce(&heads, &place).await;
    heads.clear(&place, first).await.unwrap();
    heads.failed(&place, first, "late", now()).await.unwrap();
    let head = heads.read(&place.stream).await.unwrap();
    assert_eq!((head.tries, head.failed_at), (2, None));
    heads.clear(&place, second).await.unwrap();
    assert_eq!(heads.read(&place.stream).await.unwrap().tries, 0);
}

#[tokio::test]
async fn a_repetition_by_the_sdk_is_the_same_try() {
    let table = Table::new().await;
    let (config, wire) = Wire::to(&table.config);
    let heads = Heads::new(Inbox::new(&config, table.name.clone()), RETENTION);
    let [first, second] = places();
    for (place, told, written_with) in [
        (&second, next(1), ":one"),
        (&second, next(2), ":before"),
        (&first, late(1), ":before"),
    ] {
        wire.cut_once("UpdateItem", written_with, Break::After);
        assert_eq!(advance(&heads, place).await, told);
    }
}

#[tokio::test]
async fn clearing_a_stream_without_a_head_makes_none() {
    let table = Table::new().await;
    let heads = Heads::new(table.inbox(), RETENTION);
    let [place] = places();
    heads.forget(&place).await.unwrap();
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
        let expiry = number(&head, "expires_at");
        assert_eq!(expiry, Some(expected), "after {days} days");
    }
}

#[tokio::test]
async fn streams_have_heads_of_their_own() {
    let heads = Heads::new(Table::new().await.inbox(), RETENTION);
    let ([_, later], [earlier]) = (places(), places::<1>());
    assert_eq!(advance(&heads, &later).await, next(1));
    assert_eq!(advance(&heads, &earlier).await, next(1));
}
