//! Webhooks and the reconciler: the real one, on a local AWS. What AlgaPSA delivers is kept in its inbox, and what it announces is
//! read there when its doorbell rings, as the reactor does.

use std::collections::BTreeMap;
use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use algapsa::day::Day;
use algapsa::desk::Field;
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use reconciler::{Mode, Reconciler, Settings};
use serde_json::{Value, json};
use shared::alga_api::Location;
use shared::event::Event;
use shared::filter::Filter;
use shared::inbox::Inbox;
use shared::queue::Doorbell;
use support::cloud;
use support::in_process::{Queue, Table, reports};
use tokio::runtime::Builder;
use uuid::Uuid;

use super::HOUR;
use super::hourly::{Announcement, look};
use super::webhooks::{Delivery, Sent};
use crate::notebook::IN_AN_EVENT;
use crate::truth::Truth;

/// What the template gives the reconciler by default.
const GRACE: SignedDuration = SignedDuration::from_hours(3);
/// For how long a run may go on.
const RUN: SignedDuration = SignedDuration::from_mins(15);
/// How long AlgaPSA takes for an answer, by its own clock: always the same, so that each run sees the same, and less than it really
/// takes, since the reconciler's clock goes on by real time during a run, and AlgaPSA's must not get ahead of it.
const ANSWER: SignedDuration = SignedDuration::from_millis(5);

/// Whether there is a local AWS to reconcile on.
pub fn is_possible() -> bool {
    env::var_os("AWS_ENDPOINT_URL").is_some()
}

/// What the reconciler announces of a day, and how many calls of the API it takes.
pub fn reconcile(truth: &Truth, sent: &Sent) -> Result<(Vec<Announcement>, u64)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let clock = Arc::new(Mutex::new(truth.from));
    // It waits for its server, which nothing on a runtime may do.
    let api = serve(truth.day.clone(), Arc::clone(&clock))?;
    let world = runtime.block_on(World::of(api, clock))?;
    let mut calls_before = 0;
    let announced = look(truth, sent, |now, delivered| {
        let announced = runtime.block_on(Box::pin(world.hour(now, delivered)));
        if now <= truth.from {
            calls_before = world.calls();
        }
        announced
    })?;
    Ok((announced, world.calls() - calls_before))
}

/// A reconciler, and what it works on.
struct World {
    api: TicketApi,
    /// What time it is at AlgaPSA.
    clock: Arc<Mutex<Timestamp>>,
    inbox: Inbox,
    queue: Queue,
    reconciler: Reconciler,
}

impl World {
    async fn of(api: TicketApi, clock: Arc<Mutex<Timestamp>>) -> Result<Self> {
        reports::collect();
        let table = Table::new().await;
        let key = json!({ "SecretId": table.ticket_api_secret_id, "SecretString": KEY });
        let put = move || cloud::call("secretsmanager", "PutSecretValue", &key);
        tokio::task::spawn_blocking(put).await??;
        let settings = Settings {
            inbox_table: table.name.clone(),
            bodies_bucket: table.bucket.clone(),
            queue_url: table.queue_url.clone(),
            filter: Filter::default(),
            tickets: Location::new(&api.url, table.ticket_api_secret_id.clone())?,
            every: HOUR,
            grace: GRACE,
            comments: false,
        };
        Ok(Self {
            api,
            clock,
            inbox: table.inbox(),
            queue: Queue::new(&table.config, &table.queue_url),
            reconciler: Reconciler::new(&table.config, settings),
        })
    }

    /// Keeps what was delivered, reconciles, and says what was announced.
    async fn hour(&self, now: Timestamp, delivered: &[Delivery]) -> Result<Vec<Announcement>> {
        for delivery in delivered {
            let event = Event::parse(delivery.event.body(), delivery.at)?;
            self.inbox.admit(&event, None, delivery.at).await?;
        }
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let run = self.reconciler.run(now, now + RUN, Mode::Do).await;
        drop(reports::take());
        let Some(ran) = run.ran else {
            bail!("the run of {now} was not whole: {:?}", run.not_whole);
        };
        let (rung, announced) = self.announced(now).await?;
        ensure!(
            rung == ran.announced,
            "{rung} doorbells rang for {} events",
            ran.announced
        );
        Ok(announced)
    }

    /// The events whose doorbells have rung, and how many they were. Those about one ticket tell of one look at it.
    async fn announced(&self, now: Timestamp) -> Result<(usize, Vec<Announcement>)> {
        let (mut rung, mut found) = (0, BTreeMap::<Uuid, Vec<(Field, Value)>>::new());
        loop {
            let messages = self.queue.poll().await;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let bell = message.body().and_then(Doorbell::parse);
                let place = bell.context("a doorbell cannot be read")?.place;
                let kept = self.inbox.load(&place).await?.kept();
                let body = kept.context("a doorbell rang for nothing")?.body;
                let event: Value = serde_json::from_slice(&body)?;
                let (ticket_id, values) = values(&event)?;
                found.entry(ticket_id).or_default().extend(values);
                self.queue.delete(&message).await;
                rung += 1;
            }
        }
        // That `closed_at` has changed, and nothing else, is not counted as a change.
        let found = found.into_iter().filter(|(_, values)| !values.is_empty());
        let announced = found.map(|(ticket_id, values)| Announcement {
            ticket_id,
            values,
            at: now,
        });
        Ok((rung, announced.collect()))
    }

    fn calls(&self) -> u64 {
        self.api.all_reads().len() as u64
    }
}

fn serve(day: Day, clock: Arc<Mutex<Timestamp>>) -> Result<TicketApi> {
    TicketApi::serving_at(0, Installation::new([day]), move || {
        let mut now = clock.lock().unwrap_or_else(PoisonError::into_inner);
        *now += ANSWER;
        *now
    })
}

/// The ticket that an announced event is about, and what it names: everything if the ticket is new.
fn values(event: &Value) -> Result<(Uuid, Vec<(Field, Value)>)> {
    let data = &event["data"];
    ensure!(
        event["unannounced"] == true,
        "an event does not say that it was not announced"
    );
    let ticket_id = data["ticket_id"].as_str().and_then(|id| id.parse().ok());
    let ticket_id = ticket_id.context("an event names no ticket")?;
    let told = |field: Field| (field, data[field.column()].clone());
    let values = match event["event_type"].as_str().unwrap_or_default() {
        "ticket.created" => {
            let fields = IN_AN_EVENT.into_iter().map(told);
            fields.chain([(Field::Existence, json!(true))]).collect()
        }
        "ticket.deleted" => vec![(Field::Existence, json!(false))],
        "ticket.status_changed" | "ticket.closed" => vec![told(Field::Status)],
        _ => {
            let changed = IN_AN_EVENT.into_iter().filter_map(|field| {
                let new = data["changes"].get(field.column())?.get("new")?;
                Some((field, new.clone()))
            });
            changed.collect()
        }
    };
    Ok((ticket_id, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event_type: &str, more: &Value) -> Vec<(Field, Value)> {
        let mut data = json!({
            "ticket_id": "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31",
            "status_id": "9e0d",
            "title": "Printer",
        });
        let data_of = data.as_object_mut().unwrap();
        data_of.extend(more.as_object().unwrap().clone());
        let event = json!({ "event_type": event_type, "unannounced": true, "data": data });
        values(&event).unwrap().1
    }

    #[test]
    fn an_announced_event_tells_of_what_it_names_and_a_new_ticket_of_everything() {
        let changes = json!({ "changes": {
            "title": { "previous": "Print", "new": "Printer" },
            "due_date": { "previous": "2026-11-02T07:00:00.000Z", "new": null },
        } });
        let none = json!({});
        let status = vec![(Field::Status, json!("9e0d"))];
        assert_eq!(told("ticket.status_changed", &none), status);
        assert_eq!(told("ticket.closed", &none), status);
        let gone = vec![(Field::Existence, json!(false))];
        assert_eq!(told("ticket.deleted", &none), gone);
        let named = vec![
            (Field::Title, json!("Printer")),
            (Field::DueDate, Value::Null),
        ];
        assert_eq!(told("ticket.updated", &changes), named);
        assert_eq!(told("ticket.created", &none).len(), 12);
    }

    #[test]
    fn an_event_of_the_senders_is_none_of_the_reconcilers() {
        let event = json!({ "event_type": "ticket.updated", "data": {} });
        assert!(values(&event).is_err());
    }
}
