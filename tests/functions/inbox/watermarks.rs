//! Watermarks: order and attempts.

use std::time::Duration;

use jiff::SignedDuration;
use shared::event::Place;

use shared::inbox::{Announced, Announcement, Order, Watermarks};
use support::in_process::{Break, Envelope, Table};

use super::{RETENTION, admit, now, number, park, settle, wired};

/// The order of an event, and how often it has been attempted.
type Told = (Order, u32);

const fn in_order(attempts: u32) -> Told {
    (Order::InOrder, attempts)
}

const fn late(attempts: u32) -> Told {
    (Order::Late, attempts)
}

async fn watermarks() -> (Table, Watermarks) {
    let table = Table::new().await;
    let watermarks = Watermarks::new(table.inbox(), RETENTION);
    (table, watermarks)
}

fn places<const N: usize>() -> [Place; N] {
    let row = Envelope::row(N);
    let row: Vec<_> = row.iter().map(|envelope| envelope.event().place).collect();
    row.try_into().expect("as many as asked for")
}

/// Announces an attempt that is over at once.
async fn announce(watermarks: &Watermarks, place: &Place) -> Announced {
    let at = now();
    let announced = watermarks.announce(place, Watermarks::name(), at, at);
    made(announced.await.expect("the attempt is announced"))
}

fn made(announcement: Announcement) -> Announced {
    match announcement {
        Announcement::Made(announced) => announced,
        Announcement::Busy { until } => panic!("busy until {until}"),
    }
}

async fn told(watermarks: &Watermarks, place: &Place) -> Told {
    let announced = announce(watermarks, place).await;
    (announced.order, announced.number)
}

#[tokio::test]
async fn the_watermark_tells_what_comes_in_order_and_counts_the_attempts_of_each_event() {
    let (_, watermarks) = watermarks().await;
    let [first, second, third] = places();
    for (place, expected, what) in [
        (&second, in_order(1), "the first of its stream"),
        (&second, in_order(2), "the same again"),
        (&second, in_order(3), "and again"),
        (&third, in_order(1), "a later one"),
        (&first, late(1), "an earlier one"),
        (&first, late(2), "the same again"),
        (&second, late(1), "another one that the watermark is past"),
        (
            &third,
            in_order(1),
            "the watermark is there, and others were attempted since",
        ),
        (&third, in_order(2), "the same again"),
    ] {
        assert_eq!(told(&watermarks, place).await, expected, "{what}");
    }
}

#[tokio::test]
async fn an_event_whose_function_died_after_the_announcement_is_in_order_again() {
    let (_, inbox, wire) = wired().await;
    let watermarks = Watermarks::new(inbox, RETENTION);
    let [place] = places();
    wire.cut("UpdateItem", "", Break::After);
    let at = now();
    let announced = watermarks.announce(&place, Watermarks::name(), at, at);
    announced.await.unwrap_err();
    wire.repair();
    let seen = told(&watermarks, &place).await;
    assert_eq!(seen, in_order(2), "what was announced counts, and once");
}

#[tokio::test]
async fn clearing_resets_the_attempts_of_one_event_and_nothing_else() {
    let (_, watermarks) = watermarks().await;
    let [first, second] = places();
    let attempts = async || watermarks.read(&second.stream).await.unwrap().attempts;
    let mut announced = announce(&watermarks, &second).await;
    watermarks.forget(&first).await.unwrap();
    assert_eq!(attempts().await, 1, "that was another event");
    watermarks.forget(&second).await.unwrap();
    assert_eq!(attempts().await, 0);

    for number in 1..=3 {
        announced = announce(&watermarks, &second).await;
        assert_eq!(announced.number, number);
    }
    watermarks.clear(&second, announced).await.unwrap();
    assert_eq!(attempts().await, 0);
    assert_eq!(told(&watermarks, &second).await, in_order(1), "cleared");
    let seen = told(&watermarks, &first).await;
    assert_eq!(seen, late(1), "the watermark is still where it was");
}

#[tokio::test]
async fn a_write_that_lands_after_the_next_announcement_changes_nothing() {
    let (_, watermarks) = watermarks().await;
    let [place] = places();
    let first = announce(&watermarks, &place).await;
    let second = announce(&watermarks, &place).await;
    watermarks.clear(&place, first).await.unwrap();
    let failed = watermarks.failed(&place, first, "late", now());
    failed.await.unwrap();
    let watermark = watermarks.read(&place.stream).await.unwrap();
    assert_eq!((watermark.attempts, watermark.failed_at), (2, None));
    watermarks.clear(&place, second).await.unwrap();
    assert_eq!(watermarks.read(&place.stream).await.unwrap().attempts, 0);
}

#[tokio::test]
async fn a_call_that_the_sdk_repeats_is_one_attempt() {
    let (_, inbox, wire) = wired().await;
    let watermarks = Watermarks::new(inbox, RETENTION);
    let [first, second] = places();
    for (place, expected, written_with) in [
        (&second, in_order(1), ":one"),
        (&second, in_order(2), ":before"),
        (&first, late(1), ":before"),
    ] {
        wire.cut_once("UpdateItem", written_with, Break::After);
        assert_eq!(told(&watermarks, place).await, expected);
    }
}

#[tokio::test]
async fn an_announcement_that_is_taken_back_is_no_attempt_and_is_taken_back_once() {
    let (table, inbox, wire) = wired().await;
    let watermarks = Watermarks::new(inbox, RETENTION);
    let [place] = places();
    let name = Watermarks::name();
    watermarks.take_back(&place, name, now()).await.unwrap();
    assert_eq!(table.items().await, [], "it was never announced");

    announce(&watermarks, &place).await;
    let at = now();
    watermarks.announce(&place, name, at, at).await.unwrap();
    wire.cut_once("UpdateItem", ":renamed", Break::After);
    watermarks.take_back(&place, name, now()).await.unwrap();
    let watermark = watermarks.read(&place.stream).await.unwrap();
    assert_eq!(watermark.attempts, 1, "the SDK has repeated it");
    assert!(
        watermark.failed_at.is_some(),
        "it did not kill the function"
    );
    assert_eq!(told(&watermarks, &place).await, in_order(2));
    watermarks.take_back(&place, name, now()).await.unwrap();
    assert_eq!(told(&watermarks, &place).await, in_order(3), "too late");
}

#[tokio::test]
async fn clearing_a_stream_without_a_watermark_makes_none() {
    let (table, watermarks) = watermarks().await;
    let [place] = places();
    watermarks.forget(&place).await.unwrap();
    assert_eq!(watermarks.read(&place.stream).await.unwrap().attempts, 0);
    assert_eq!(table.items().await, []);
}

#[tokio::test]
async fn a_watermark_expires_after_its_last_announcement() {
    let (table, watermarks) = watermarks().await;
    let [first, second] = places();
    let start = now();
    for (place, days) in [(&second, 0), (&second, 1), (&first, 2)] {
        let at = start + Duration::from_hours(24 * days);
        let announced = watermarks.announce(place, Watermarks::name(), at, at);
        announced.await.unwrap();
        let watermark = table.item(&place.stream, "watermark").await.unwrap();
        let expected = (at + RETENTION).as_second();
        let expiry = number(&watermark, "expires_at");
        assert_eq!(expiry, Some(expected), "after {days} days");
    }
}

#[tokio::test]
async fn streams_have_watermarks_of_their_own() {
    let (_, watermarks) = watermarks().await;
    let ([_, later], [earlier]) = (places(), places::<1>());
    assert_eq!(told(&watermarks, &later).await, in_order(1));
    assert_eq!(told(&watermarks, &earlier).await, in_order(1));
}

/// Lambda may hand out a batch twice: the second reactor must not attempt what the first one is at, and not hide it.
#[tokio::test]
async fn an_attempt_that_is_under_way_keeps_others_from_the_stream_until_it_must_have_ended() {
    let (_table, inbox, _) = wired().await;
    let watermarks = Watermarks::new(inbox.clone(), RETENTION);
    let events: Vec<_> = Envelope::row(3).iter().map(Envelope::event).collect();
    for event in &events {
        admit(&inbox, event).await;
    }
    let [earlier, place, next] = [0, 1, 2].map(|n: usize| &events[n].place);
    let (start, second) = (now(), SignedDuration::from_secs(1));
    let until = start + 60 * second;
    let announce = async |place, at| {
        let announced = watermarks.announce(place, Watermarks::name(), at, until);
        announced.await.unwrap()
    };
    let is_busy = async |place, at| match announce(place, at).await {
        Announcement::Busy { until: told } => {
            assert_eq!(told.as_millisecond(), until.as_millisecond());
            true
        }
        Announcement::Made(_) => false,
    };
    assert!(!is_busy(place, start).await);
    assert!(is_busy(place, start + second).await);
    assert!(
        is_busy(earlier, start + second).await,
        "it would hide the other"
    );
    assert!(!is_busy(place, until).await, "it must have ended");

    let failing = made(announce(next, start).await);
    assert!(is_busy(next, start + second).await);
    let failed = watermarks.failed(next, failing, "a reason", start);
    failed.await.unwrap();
    assert!(!is_busy(next, start + second).await, "it has failed");

    assert!(is_busy(earlier, start + second).await);
    settle(&inbox, next).await;
    assert!(!is_busy(earlier, start + second).await, "it is settled");
    assert!(is_busy(place, start + second).await, "a late one too");
    park(&inbox, earlier).await;
    assert!(!is_busy(place, start + second).await, "it is parked");
}

#[tokio::test]
async fn a_lease_of_a_clock_that_was_wrong_keeps_nobody_out() {
    let (_table, inbox, _) = wired().await;
    let watermarks = Watermarks::new(inbox.clone(), RETENTION);
    let event = Envelope::new("ticket.created").event();
    admit(&inbox, &event).await;
    let tomorrow = now() + SignedDuration::from_hours(24);
    let announce = || watermarks.announce(&event.place, Watermarks::name(), now(), tomorrow);
    for number in 1..=2 {
        assert_eq!(made(announce().await.unwrap()).number, number);
    }
}

/// Then nobody can have settled it, and what the list showed still holds.
#[tokio::test]
async fn an_attempt_is_the_first_if_and_only_if_the_watermark_moved_up_to_its_event() {
    let (_, watermarks) = watermarks().await;
    let [first, second, third] = places();
    for (place, is_first) in [
        (&second, true),
        (&second, false),
        (&first, false),
        (&third, true),
        (&second, false),
    ] {
        let announced = announce(&watermarks, place).await;
        assert_eq!(announced.is_first, is_first, "{place:?}");
    }
}
