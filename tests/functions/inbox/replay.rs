//! What an operator can see and do: look at streams, and replay settled events.

use shared::event::{Event, StreamId};
use shared::inbox::{Find, Inbox, Kept, Order, Record, State};
use support::in_process::{Break, Envelope, Table, Wire};

use super::{
    RETENTION, admit, fresh, item, large, load, now, number, park, settle, settle_at, text,
};

async fn records(inbox: &Inbox, stream: &StreamId) -> Vec<Record> {
    let (mut records, rest) = inbox.stream(stream, None).await.unwrap();
    assert!(rest.is_none());
    records.sort_by_key(Record::place);
    records
}

async fn record(inbox: &Inbox, stream: &StreamId) -> Record {
    records(inbox, stream).await.remove(0)
}

/// Keeps an event and settles it; gives it as it was loaded for its first reaction, and as a record.
async fn settled_once(inbox: &Inbox, event: &Event) -> (Kept, Record) {
    admit(inbox, event).await;
    let first = load(inbox, &event.place).await;
    settle(inbox, &event.place).await;
    (first, record(inbox, &event.place.stream).await)
}

#[tokio::test]
async fn a_stream_shows_what_has_become_of_each_event_in_its_order() {
    let (_, inbox) = fresh().await;
    let events: Vec<_> = Envelope::row(3).iter().map(Envelope::event).collect();
    for event in events.iter().rev() {
        admit(&inbox, event).await;
    }
    settle(&inbox, &events[0].place).await;
    park(&inbox, &events[1].place).await;

    let records = records(&inbox, &events[0].place.stream).await;
    let places: Vec<_> = records.iter().filter_map(Record::place).collect();
    let expected: Vec<_> = events.iter().map(|event| event.place.clone()).collect();
    assert_eq!(places, expected);
    let states = records.iter();
    let states: Vec<_> = states.map(|record| record.state.to_string()).collect();
    assert_eq!(states, ["settled", "parked", "waiting"]);
    let State::Parked { because, .. } = &records[1].state else {
        panic!("{:?}", records[1])
    };
    assert_eq!(because, "the target answered 400");
    assert_eq!(records[0].event.event_id(), events[0].event_id());
    assert_eq!(records[0].event.event_type(), events[0].event_type());
}

#[tokio::test]
async fn a_settled_event_tells_when_and_in_which_order() {
    let (_, inbox) = fresh().await;
    let event = Envelope::new("ticket.created").event();
    admit(&inbox, &event).await;
    let at = now();
    let settled = inbox.settle(&event.place, None, Order::Late, at, RETENTION);
    settled.await.unwrap();
    let State::Settled {
        at: seen,
        order,
        moment,
        replayed_at: None,
    } = record(&inbox, &event.place.stream).await.state
    else {
        panic!("it is settled")
    };
    assert_eq!(seen.as_millisecond(), at.as_millisecond());
    assert_eq!(order, Order::Late);
    assert_eq!(moment, event.place.position.moment());
}

#[tokio::test]
async fn a_replayed_event_waits_in_its_old_place_is_marked_and_does_not_expire() {
    let (table, inbox) = fresh().await;
    for noise in [0, 1_000_000] {
        let event = large(noise, 1);
        let (first, settled) = settled_once(&inbox, &event).await;
        assert_eq!(first.replayed_at, None);

        let at = now();
        let place = inbox.replay(&settled, at).await.unwrap();
        assert_eq!(place.as_ref(), Some(&event.place));
        let again = load(&inbox, &event.place).await;
        let seen = again.replayed_at.expect("it is a replay");
        assert_eq!(seen.as_millisecond(), at.as_millisecond());
        assert_eq!(again.body, event.body);
        for item in table.stream(&event.place.stream).await {
            assert_eq!(number(&item, "expires_at"), None, "{item:?}");
        }
        settle(&inbox, &event.place).await;
        let item = item(&table, &event.place).await;
        assert_eq!(text(&item, "due"), None);
        let told = record(&inbox, &event.place.stream).await.state;
        let State::Settled { replayed_at, .. } = told else {
            panic!("{told:?}")
        };
        let replayed_at = replayed_at.map(jiff::Timestamp::as_millisecond);
        assert_eq!(replayed_at, Some(at.as_millisecond()));
    }
}

#[tokio::test]
async fn only_what_is_settled_can_be_replayed() {
    let (table, inbox) = fresh().await;
    let event = Envelope::new("ticket.created").event();
    let (_, settled) = settled_once(&inbox, &event).await;
    assert!(inbox.replay(&settled, now()).await.unwrap().is_some());

    // It was replayed or parked since: the record is out of date.
    let waiting = item(&table, &event.place).await;
    assert_eq!(inbox.replay(&settled, now()).await.unwrap(), None);
    assert_eq!(item(&table, &event.place).await, waiting);
    park(&inbox, &event.place).await;
    let parked = item(&table, &event.place).await;
    assert_eq!(inbox.replay(&settled, now()).await.unwrap(), None);
    assert_eq!(item(&table, &event.place).await, parked);

    for now_seen in records(&inbox, &event.place.stream).await {
        assert_eq!(inbox.replay(&now_seen, now()).await.unwrap(), None);
    }
}

/// The SDK repeats a call whose answer was lost, and finds its own work done: somebody must ring for it.
#[tokio::test]
async fn a_replay_whose_answer_was_lost_is_a_replay() {
    let table = Table::new().await;
    let (config, wire) = Wire::to(&table.config);
    let inbox = table.inbox_over(&config);
    let event = Envelope::new("ticket.created").event();
    let (_, settled) = settled_once(&inbox, &event).await;
    wire.cut_once("UpdateItem", "#replayed_at = :now", Break::After);
    let replayed = inbox.replay(&settled, now()).await.unwrap();
    assert_eq!(replayed.as_ref(), Some(&event.place));
    assert_eq!(
        wire.calls("UpdateItem"),
        3,
        "settled, replayed, and repeated"
    );
}

#[tokio::test]
async fn looking_through_the_table_finds_what_was_asked_for() {
    let (_, inbox) = fresh().await;
    let events = ["ticket.created", "ticket.closed"]
        .map(|kind| Envelope::new(kind).with_noise(450_000, 1).event());
    for event in &events {
        admit(&inbox, event).await;
    }
    park(&inbox, &events[1].place).await;
    let bad = Event::parse("{}".into(), now()).unwrap_err();
    inbox.quarantine(b"{}", bad, None, now()).await.unwrap();

    let found = async |what| {
        let (mut streams, mut from) = (Vec::new(), None);
        loop {
            let (found, _, rest) = inbox.find(what, from).await.unwrap();
            streams.extend(found.into_iter().map(|record| record.stream));
            from = rest;
            if from.is_none() {
                break;
            }
        }
        streams.sort();
        streams
    };
    let mut all = [0, 1].map(|n: usize| events[n].place.stream.clone());
    all.sort();
    assert_eq!(
        found(Find::Events).await,
        all,
        "no watermarks, no quarantine"
    );
    assert_eq!(found(Find::Parked).await, [events[1].place.stream.clone()]);
    let ticket = events[0].subject_id().unwrap().to_owned();
    let seen = found(Find::About(&ticket)).await;
    assert_eq!(seen, [events[0].place.stream.clone()]);

    let (quarantined, _, _) = inbox.quarantined(None).await.unwrap();
    assert_eq!(quarantined.len(), 1);
    assert_eq!(quarantined[0].why, bad.to_string());
    let hash = &quarantined[0].hash;
    let body = inbox.quarantined_body(hash).await.unwrap();
    assert_eq!(body.as_deref(), Some(&b"{}"[..]));
    inbox.forget_quarantined(hash).await.unwrap();
    assert_eq!(inbox.quarantined(None).await.unwrap().0, []);
    assert_eq!(inbox.quarantined_body(hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_late_settlement_of_the_first_reaction_does_not_settle_the_replay() {
    let (table, inbox) = fresh().await;
    for noise in [0, 1_000_000] {
        let event = large(noise, 1);
        let (first, settled) = settled_once(&inbox, &event).await;
        inbox.replay(&settled, now()).await.unwrap().unwrap();
        let waiting = table.stream(&event.place.stream).await;

        settle_at(&inbox, &event.place, &first, now()).await;
        let left = table.stream(&event.place.stream).await;
        assert_eq!(left, waiting, "it still waits");
        settle(&inbox, &event.place).await;
        assert_eq!(text(&item(&table, &event.place).await, "due"), None);
    }
}
