//! The reconciler, called as Lambda calls it, on real AWS APIs, next to an AlgaPSA whose days go on in simulated time.

mod close;
mod comments;
mod crash;
mod created;
mod days;
mod scans;
mod state;
mod truth;

use std::sync::{Arc, Mutex};

use algapsa::TENANT;
use algapsa::day::Day;
use algapsa::desk::{Desk, Happened};
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use jiff::{SignedDuration, Timestamp};
use reconciler::memory::{Memory, Store};
use reconciler::{Mode, Reconciler, Run, Settings};
use serde_json::{Value, json};
use shared::alga_api::Location;
use shared::event::{Event, StreamId};
use shared::filter::Filter;
use shared::inbox::Inbox;
use support::cloud;
use support::in_process::{Table, Wire, reports};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::reactor::payload::is_read_whole;

/// When a quiet day begins.
const NINE: Timestamp = Timestamp::constant(1_787_562_000, 0);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A reconciler with everything that it works on.
struct World {
    table: Table,
    inbox: Inbox,
    wire: Wire,
    api: TicketApi,
    /// What time it is at AlgaPSA.
    clock: Arc<Mutex<Timestamp>>,
    settings: Settings,
    reconciler: Reconciler,
}

impl World {
    /// With a desk of that many tickets, to which nothing happens by itself, and without a grace.
    async fn idle(tickets: usize) -> Self {
        Self::with(tickets, |_| ()).await
    }

    async fn with(tickets: usize, change: impl FnOnce(&mut Settings)) -> Self {
        let desk = Desk::with_tickets(1, tickets, NINE);
        let mut world = Self::of(Day::idle(desk, NINE), NINE).await;
        world.settings.grace = SignedDuration::ZERO;
        change(&mut world.settings);
        world.restarted()
    }

    /// The same with a reconciler that has just started.
    fn restarted(self) -> Self {
        let (config, wire) = Wire::to(&self.table.config);
        let reconciler = Reconciler::new(&config, self.settings.clone());
        Self {
            wire,
            reconciler,
            ..self
        }
    }

    async fn of(day: Day, now: Timestamp) -> Self {
        reports::collect();
        let table = Table::new().await;
        let clock = Arc::new(Mutex::new(now));
        let api = serve(day, &clock).await;
        put_key(&table).await;
        let (config, wire) = Wire::to(&table.config);
        let tickets = Location::new(&api.url, table.ticket_api_secret_id.clone());
        let settings = Settings {
            inbox_table: table.name.clone(),
            bodies_bucket: table.bucket.clone(),
            queue_url: table.queue_url.clone(),
            filter: Filter::default(),
            tickets: tickets.expect("a URL"),
            every: HOUR,
            grace: 3 * HOUR,
            comments: false,
        };
        Self {
            inbox: table.inbox(),
            reconciler: Reconciler::new(&config, settings.clone()),
            settings,
            table,
            wire,
            api,
            clock,
        }
    }

    /// A run that begins at that time, and whether it was whole.
    async fn run(&self, now: Timestamp) -> Run {
        *self.clock.lock().unwrap() = now;
        let deadline = now + SignedDuration::from_mins(15);
        self.reconciler.run(now, deadline, Mode::Do).await
    }
}

impl World {
    /// What has happened at AlgaPSA by that time, but for the first so many.
    fn has_happened(&self, but: usize, now: Timestamp) -> Vec<Happened> {
        *self.clock.lock().unwrap() = now;
        self.api.with(|installation| {
            installation.until(now);
            installation.history()[but..].to_vec()
        })
    }

    /// Changes tickets at that time, and gives what has happened.
    fn change(
        &self,
        at: Timestamp,
        change: impl FnOnce(&mut Desk) -> Vec<Happened>,
    ) -> Vec<Happened> {
        self.api.with(|installation| installation.until(at));
        self.api.change(change)
    }

    /// The ids of open tickets.
    fn open(&self) -> Vec<Uuid> {
        self.api.desk(|desk| {
            let open = desk.tickets().filter(|ticket| desk.is_open(ticket));
            open.map(|ticket| ticket.id).collect()
        })
    }

    /// The ids of tickets that were closed within the last month.
    fn closed(&self) -> Vec<Uuid> {
        self.api.desk(|desk| {
            let since = NINE - SignedDuration::from_hours(20 * 24);
            let closed = desk.tickets().filter(|ticket| !desk.is_open(ticket));
            let late = closed.filter(|ticket| ticket.closed_at.is_some_and(|at| at > since));
            late.map(|ticket| ticket.id).collect()
        })
    }

    /// The statuses of open tickets, that of this one first.
    fn statuses(&self, ticket: Uuid) -> Vec<Uuid> {
        self.api.desk(|desk| {
            let is_now = desk.ticket(ticket).expect("it is there").status;
            let mut statuses = desk.catalogue().open.clone();
            statuses.sort_by_key(|status| *status != is_now);
            statuses
        })
    }

    /// The same as [`change`](Self::change), and what is announced is kept.
    async fn tells(&self, at: Timestamp, change: impl FnOnce(&mut Desk) -> Vec<Happened>) {
        let happened = self.change(at, change);
        self.keeps(&happened, at).await;
    }

    /// What was announced of that comes in at that time.
    async fn keeps(&self, happened: &[Happened], at: Timestamp) {
        for announced in happened.iter().flat_map(|one| &one.announced) {
            let body = announced.event().body();
            let event = Event::parse(body, at).expect("it can be read");
            self.inbox
                .admit(&event, None, at)
                .await
                .expect("it can be kept");
        }
    }

    /// What is kept of a ticket: the envelopes, by type.
    async fn kept(&self, ticket_id: Uuid) -> Vec<Value> {
        let stream = StreamId::of_ticket(TENANT, &ticket_id.to_string()).expect("it is one");
        let (records, _) = self
            .inbox
            .stream(&stream, None)
            .await
            .expect("it can be read");
        let mut kept = Vec::new();
        for record in records {
            let body = self.inbox.body(&stream, &record.event).await;
            let body = body.expect("it can be read").expect("it is there");
            is_typed(&body);
            kept.push(serde_json::from_slice::<Value>(&body).expect("it is JSON"));
        }
        kept.sort_by_key(|envelope| envelope["event_type"].to_string());
        kept
    }

    async fn types(&self, ticket_id: Uuid) -> Vec<String> {
        let kept = self.kept(ticket_id).await.into_iter();
        let types = kept.map(|envelope| envelope["event_type"].as_str().map(str::to_owned));
        types.flatten().collect()
    }

    /// What the last whole run remembered.
    async fn memory(&self) -> Memory {
        let store = Store::new(&self.table.config, &self.table.bucket, None);
        let remembered = store.recall().await.expect("it can be read");
        remembered.memory.expect("there was a run")
    }
}

/// Whatever is kept, `custom` reactions have a type for all of it.
fn is_typed(body: &[u8]) {
    let event = Event::parse(body.to_vec().into(), Timestamp::now());
    is_read_whole(&event.expect("it can be read"));
}

async fn serve(day: Day, clock: &Arc<Mutex<Timestamp>>) -> TicketApi {
    let clock = Arc::clone(clock);
    let serving = move || {
        let installation = Installation::new([day]);
        TicketApi::serving(installation, move || *clock.lock().unwrap())
    };
    spawn_blocking(serving).await.expect("it can be served")
}

async fn put_key(table: &Table) {
    let input = json!({ "SecretId": table.ticket_api_secret_id, "SecretString": KEY });
    let put = move || cloud::call("secretsmanager", "PutSecretValue", &input);
    let put = spawn_blocking(put).await.expect("nothing panics");
    put.expect("the key can be put");
}
