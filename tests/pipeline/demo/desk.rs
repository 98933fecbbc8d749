//! The ticket in AlgaPSA: what is done to it, what AlgaPSA tells of that, and the ticket API, which tells all of it.

use std::env;

use algapsa::day::Day;
use algapsa::desk::{Change, Desk, Happened, Way, Words};
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use algapsa::{Chance, Event, Ticket};
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Stack, cloud};
use uuid::Uuid;

const TITLE: &str = "Outlook keeps asking for the password";
const COMMENT: &str = "It came back, schon wieder!";
/// What no log may say.
pub const PRIVATE: [&str; 3] = ["Outlook", "schon wieder", KEY];
/// How many other tickets there are.
const OTHERS: usize = 9;
const SEED: u64 = 1;

/// A service desk with the story's ticket.
pub struct ServiceDesk {
    api: TicketApi,
    id: Uuid,
    opened_at: Timestamp,
    reconciler: String,
}

impl ServiceDesk {
    /// Opens the ticket, and serves the ticket API where the stack looks for it. Gives what AlgaPSA tells of it.
    pub fn open(stack: &Stack, opened_at: Timestamp) -> Result<(Self, Vec<Event>)> {
        let mut desk = Desk::with_tickets(SEED, OTHERS, opened_at);
        let mut draft = desk.draft(&mut Chance::new(SEED));
        TITLE.clone_into(&mut draft.title);
        let created = desk.create(Way::Portal, draft, opened_at);
        let port = env::var("TICKET_API_PORT").ok();
        let port = port.and_then(|port| port.parse().ok());
        let port = port.context("TICKET_API_PORT is not set: run `make demo`, which sets it")?;
        let installation = Installation::new([Day::idle(desk, opened_at)]);
        let api = TicketApi::serving_at(port, installation, Timestamp::now)?;
        stack.put_ticket_api_key(KEY);
        let desk = Self {
            api,
            id: created.ticket_id,
            opened_at,
            reconciler: stack.reconciler_function.clone(),
        };
        Ok((desk, told(&[created])))
    }

    /// The ticket, as whoever knows its id may speak of it.
    pub fn ticket(&self) -> Ticket {
        let (id, opened_at) = (self.id.to_string(), self.opened_at);
        let number = self
            .api
            .desk(|desk| desk.ticket(self.id).map(|ticket| ticket.number.clone()));
        let mut ticket = Ticket::opened_at(opened_at, TITLE);
        (ticket.id, ticket.number) = (id, number.unwrap_or_default());
        ticket
    }

    pub fn comment(&self, second: i64) -> Vec<Event> {
        let words = Words {
            text: COMMENT.to_owned(),
            author: None,
            is_internal: false,
            scheduled_for: None,
        };
        self.changes(Way::Portal, Change::Comment(words), self.at(second))
    }

    pub fn make_urgent(&self, second: i64) -> Vec<Event> {
        let urgent = self
            .api
            .desk(|desk| *desk.catalogue().priorities.last().expect("there are some"));
        self.changes(Way::Ui, Change::Priority(urgent), self.at(second))
    }

    pub fn close(&self, second: i64) -> Vec<Event> {
        let closed = self.api.desk(|desk| desk.catalogue().closed[0]);
        self.changes(Way::Ui, Change::Status(closed), self.at(second))
    }

    /// A customer's answer to a closed ticket opens it again. AlgaPSA tells nobody.
    pub fn open_by_mail(&self, at: Timestamp) -> Vec<Event> {
        let open = self.api.desk(|desk| desk.catalogue().open[0]);
        self.changes(Way::Mail, Change::Status(open), at)
    }

    /// Runs the reconciler once, and says how many events it has announced.
    pub fn reconcile(&self) -> Result<u64> {
        let (run, failed) = cloud::invoke(&self.reconciler, &json!({}))?;
        let is_whole = !failed && run.get("not_whole").is_none();
        ensure!(is_whole, "the reconciler has failed: {run}");
        let announced = run.get("announced").and_then(Value::as_u64);
        announced.context("the reconciler does not say how much it has announced")
    }

    fn at(&self, second: i64) -> Timestamp {
        self.opened_at + SignedDuration::from_secs(second)
    }

    /// Changes the ticket in that way, and gives what AlgaPSA tells of it.
    fn changes(&self, way: Way, change: Change, at: Timestamp) -> Vec<Event> {
        told(
            &self
                .api
                .change(|desk| desk.save(way, self.id, &[change], at)),
        )
    }
}

fn told(happened: &[Happened]) -> Vec<Event> {
    let announced = happened.iter().flat_map(|one| &one.announced);
    announced.map(algapsa::desk::Announced::event).collect()
}
