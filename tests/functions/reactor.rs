//! The reactor, called as Lambda calls it, on real DynamoDB and SQS APIs and with a target that answers as it is told.

mod bus;
mod claim;
mod deadline;
mod faults;
mod order;
mod page;
mod park;
pub mod payload;
mod private;
mod replay;
mod retry;
mod sqs;
mod sweep;
mod tickets;
mod unannounced;

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::Message;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reactor::reaction::Choice;
use reactor::{Invocation, Reactor, Settings};
use shared::event::Place;
use shared::inbox::{Inbox, Watermarks};
use shared::queue::Queue as Doorbells;
use support::in_process::{Envelope, Item, Queue, Table, Wire, batch, reports};
use support::{Reply, Target};
use tokio::task::spawn_blocking;

const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 35);
const MINUTE: Duration = Duration::from_mins(1);
/// The time of an invocation in a test that is not about time: enough for any machine.
const PLENTY: Duration = Duration::from_hours(1);

/// A reactor with everything that it works on.
struct World {
    table: Table,
    inbox: Inbox,
    doorbells: Doorbells,
    queue: Queue,
    dead_letters: Queue,
    target: Target,
    /// Over which the reactor, and only the reactor, reaches AWS.
    wire: Wire,
    reactor: Reactor,
}

impl World {
    async fn new() -> Self {
        Self::with(|_, _| ()).await
    }

    /// The same with other settings.
    async fn with(change: impl FnOnce(&mut Settings, &Table)) -> Self {
        reports::collect();
        let table = Table::new().await;
        let (config, wire) = Wire::to(&table.config);
        let target = spawn_blocking(Target::start).await.unwrap();
        let mut settings = settings(&table, &target.url);
        change(&mut settings, &table);
        Self {
            inbox: table.inbox(),
            doorbells: Doorbells::new(&table.config, table.queue_url.clone()),
            queue: Queue::new(&table.config, &table.queue_url),
            dead_letters: Queue::new(&table.config, &table.dead_letter_queue_url),
            reactor: Reactor::new(&config, settings),
            wire,
            target,
            table,
        }
    }

    /// With a new ticket's events, as [`World::ticket`] keeps them.
    async fn with_ticket(count: usize) -> (Self, Vec<Place>) {
        let world = Self::new().await;
        let places = world.ticket(count).await;
        (world, places)
    }

    /// One that publishes to its own bus.
    async fn on_a_bus() -> Self {
        Self::with(|settings, table| settings.reaction = bus(table)).await
    }

    /// Why an event is parked.
    async fn why(&self, place: &Place) -> String {
        let item = self.item(place).await;
        item["parked_because"].as_s().expect("a text").clone()
    }

    /// For how long doorbells were hidden by the last call, in seconds. An earlier call has claimed them.
    fn delays(&self) -> Vec<i64> {
        let mut last = self.wire.requests("ChangeMessageVisibilityBatch");
        let last = last.pop().expect("a visibility was changed");
        let entries = last["Entries"].as_array().expect("a batch has entries");
        let delays = entries
            .iter()
            .map(|entry| entry["VisibilityTimeout"].as_i64());
        delays.flatten().collect()
    }

    /// Keeps events in this order, and gives their places.
    async fn keep(&self, envelopes: &[Envelope]) -> Vec<Place> {
        let mut places = Vec::new();
        for envelope in envelopes {
            let event = envelope.event();
            let kept = self.inbox.admit(&event, None, Timestamp::now()).await;
            kept.expect("the event is kept");
            places.push(event.place);
        }
        places
    }

    /// Keeps a new ticket's events, the latest first, and gives their places in order.
    async fn ticket(&self, count: usize) -> Vec<Place> {
        let mut row = Envelope::row(count);
        row.reverse();
        let mut places = self.keep(&row).await;
        places.reverse();
        places
    }

    /// Asks for another reaction to a settled event, as an operator does.
    async fn replay(&self, place: &Place) -> Timestamp {
        let (records, _) = self.inbox.stream(&place.stream, None).await.unwrap();
        let mut records = records.iter();
        let record = records.find(|record| record.event == place.event());
        let now = Timestamp::now();
        let replayed = self.inbox.replay(record.expect("it is there"), now).await;
        assert_eq!(replayed.unwrap().as_ref(), Some(place));
        now
    }

    /// Rings for places, and receives what was rung.
    async fn ring(&self, places: &[Place]) -> Vec<Message> {
        for place in places {
            let rung = self.doorbells.ring(place).await;
            rung.expect("the doorbell rings");
        }
        self.queue.receive(places.len()).await
    }

    /// Hears doorbells with plenty of time, and gives the ids of the messages that are to come again.
    async fn hear(&self, messages: &[Message]) -> Vec<String> {
        self.hear_within(messages, PLENTY).await
    }

    /// Hears doorbells so long after they were received that their leases must be asked for.
    async fn hear_late(&self, messages: &[Message]) -> Vec<String> {
        let now = Timestamp::now() + Duration::from_secs(30);
        self.hear_at(messages, now, PLENTY).await
    }

    /// Rings for places and hears it. `count` of the messages must come again.
    async fn ring_in_vain(&self, places: &[Place], count: usize) -> Vec<Message> {
        let messages = self.ring(places).await;
        assert_eq!(self.hear(&messages).await.len(), count);
        messages
    }

    async fn hear_within(&self, messages: &[Message], left: Duration) -> Vec<String> {
        self.hear_at(messages, Timestamp::now(), left).await
    }

    async fn hear_at(&self, messages: &[Message], now: Timestamp, left: Duration) -> Vec<String> {
        let invocation = Invocation::Doorbells(batch(messages));
        let heard = self.reactor.run(invocation, now, now + left).await;
        let heard = heard.expect("doorbells never fail as a whole");
        let failures = heard.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    /// Rings for places and hears it, with nothing left to be done.
    async fn serve(&self, places: &[Place]) {
        let messages = self.ring(places).await;
        assert_eq!(self.hear(&messages).await, [""; 0], "everything is done");
        join_all(messages.iter().map(|message| self.queue.delete(message))).await;
    }

    async fn item(&self, place: &Place) -> Item {
        let item = self.table.item(&place.stream, place.event()).await;
        item.expect("the event is in the table")
    }

    async fn state(&self, place: &Place) -> &'static str {
        let item = self.item(place).await;
        match (item.contains_key("due"), item.contains_key("parked_at")) {
            (true, false) => "waiting",
            (false, true) => "parked",
            (false, false) => "settled",
            (true, true) => "both waiting and parked",
        }
    }

    async fn states(&self, places: &[Place]) -> Vec<&'static str> {
        join_all(places.iter().map(|place| self.state(place))).await
    }

    async fn tries(&self, place: &Place) -> u32 {
        let watermarks = Watermarks::new(self.inbox.clone(), RETENTION);
        let watermark = watermarks.read(&place.stream).await;
        watermark.expect("the watermark can be read").attempts
    }

    /// As if an event had been tried that often.
    async fn has_been_tried(&self, place: &Place, tries: u32) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let watermark = Item::from([
            ("stream".into(), text(place.stream.as_str())),
            ("event".into(), text("watermark")),
            ("reached".into(), text(place.position.as_str())),
            ("attempted".into(), text(place.position.as_str())),
            ("attempts".into(), AttributeValue::N(tries.to_string())),
            ("by".into(), AttributeValue::B(Blob::new([0; 16]))),
        ]);
        self.table.put(watermark).await;
    }

    /// The events that the target has heard of in the stream of a place, each call with its order and try.
    fn heard(&self, place: &Place) -> Vec<String> {
        let calls = self.target.calls(subject(place));
        let told = calls.iter().map(|call| {
            let [id, order, tries] = ["x-alga-event-id", "x-alga-order", "x-alga-delivery-attempt"]
                .map(|name| call.header(name));
            format!("{id} {order} {tries}")
        });
        told.collect()
    }

    fn answer(&self, place: &Place, reply: Reply) {
        self.target.answer(subject(place), reply);
    }
}

fn settings(table: &Table, target: &str) -> Settings {
    Settings {
        inbox_table: table.name.clone(),
        bodies_bucket: table.bucket.clone(),
        queue_url: table.queue_url.clone(),
        dead_letter_queue_url: table.dead_letter_queue_url.clone(),
        retention: RETENTION,
        reaction: Choice::http(target, table.reaction_secret_id.clone()).expect("a URL"),
        tickets: None,
    }
}

fn bus(table: &Table) -> Choice {
    let bus = table.event_bus.clone();
    Choice::EventBridge { bus }
}

/// The ticket's id.
fn subject(place: &Place) -> &str {
    place.stream.subject_id().expect("it is about something")
}

fn id(place: &Place) -> &str {
    place.position.event_id()
}

/// What the target hears when events are served for the first time, in order.
fn in_order(places: &[Place]) -> Vec<String> {
    let heard = places
        .iter()
        .map(|place| format!("{} in-order 1", id(place)));
    heard.collect()
}

fn message_ids(messages: &[Message]) -> BTreeSet<String> {
    let ids = messages.iter().map(|message| message.message_id.clone());
    ids.flatten().collect()
}

/// Of received messages those that ring for one of the places, in the order of the places.
fn bells_for<'a>(messages: &'a [Message], places: &[Place]) -> Vec<&'a Message> {
    let bell_for = |place: &Place| {
        let names = |body: &str| body.contains(place.position.as_str());
        let bell = messages
            .iter()
            .find(|message| message.body().is_some_and(names));
        bell.expect("it was rung for")
    };
    places.iter().map(bell_for).collect()
}
