//! Whether our AlgaPSA answers as AlgaPSA does when it is asked for tickets.

mod access;
mod faults;
mod list;
mod paging;
mod rows;
mod scan;
mod webhooks;

use algapsa::day::Day;
use algapsa::desk::{Desk, Ticket};
use algapsa::ticket_api::{Installation, KEY};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

const SEED: u64 = 11;

fn start() -> Timestamp {
    "2026-08-24T15:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// An idle desk of the usual tenant, that can be asked.
struct Api {
    installation: Installation,
    tenant_id: Uuid,
    now: Timestamp,
}

impl Api {
    fn with(tickets: usize) -> Self {
        Self::of(Day::idle(
            Desk::with_tickets(SEED, tickets, start()),
            start(),
        ))
    }

    fn of(day: Day) -> Self {
        let tenant_id = day.desk().tenant_id;
        let mut installation = Installation::new([day]);
        installation.enforces_the_rate_limit = false;
        Self {
            installation,
            tenant_id,
            now: start(),
        }
    }

    fn desk(&self) -> &Desk {
        self.installation.desk(self.tenant_id).unwrap()
    }

    fn ask(&mut self, path: &str) -> Response<bytes::Bytes> {
        let request = Request::get(format!("http://127.0.0.1{path}")).header("x-api-key", KEY);
        self.installation
            .answer(&request.body(()).unwrap(), self.now)
    }

    /// What is answered with 200.
    fn get(&mut self, path: &str) -> Value {
        let response = self.ask(path);
        assert_eq!(response.status(), 200, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Status and code of a refusal.
    fn refusal(&mut self, path: &str) -> (u16, String) {
        let response = self.ask(path);
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let code = body["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (response.status().as_u16(), code)
    }

    fn list(&mut self, query: &str) -> Value {
        self.get(&format!("/api/v1/tickets?{query}"))
    }

    /// The ids of a page, in its order.
    fn ids(&mut self, query: &str) -> Vec<Uuid> {
        let list = self.list(&format!("{query}&fields=ticket_id"));
        ids(&list)
    }

    /// The ids of the tickets that are so.
    fn those(&self, is: impl Fn(&Desk, &Ticket) -> bool) -> Vec<Uuid> {
        let tickets = self
            .desk()
            .tickets()
            .filter(|ticket| is(self.desk(), ticket));
        tickets.map(|ticket| ticket.id).collect()
    }
}

fn ids(list: &Value) -> Vec<Uuid> {
    let rows = list["data"].as_array().unwrap().iter();
    rows.map(|row| row["ticket_id"].as_str().unwrap().parse().unwrap())
        .collect()
}

fn sorted(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids
}
