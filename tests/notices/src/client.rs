//! A program that asks AlgaPSA's ticket API, with a key of its own.

use algapsa::ticket_api::{Installation, KEY};
use http::Request;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::truth::Truth;

/// Asks the installation in this process: its time is what each call says.
pub struct Client {
    installation: Installation,
    pub calls: u64,
}

/// An answer, as far as these programs tell them apart.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Read(Value),
    Gone,
    TooMany,
}

impl Client {
    pub fn of(truth: &Truth) -> Self {
        Self {
            installation: Installation::new([truth.day.clone()]),
            calls: 0,
        }
    }

    pub fn ticket(&mut self, ticket_id: Uuid, now: Timestamp) -> Answer {
        self.get(&format!("/api/v1/tickets/{ticket_id}"), now)
    }

    /// All rows of a list, page after page, or those until a call was refused.
    pub fn list(&mut self, query: &str, now: Timestamp) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let path = format!("/api/v1/tickets?{query}&limit=100&page={page}");
            let Answer::Read(list) = self.get(&path, now) else {
                break;
            };
            rows.extend(list["data"].as_array().into_iter().flatten().cloned());
            if list["pagination"]["hasNext"] == false {
                break;
            }
        }
        rows
    }

    /// # Panics
    /// If it is answered as no such program should be.
    fn get(&mut self, path: &str, now: Timestamp) -> Answer {
        let request = Request::get(path).header("x-api-key", KEY).body(());
        let response = self
            .installation
            .answer(&request.expect("it is a request"), now);
        self.calls += 1;
        match response.status().as_u16() {
            200 => {
                let body = serde_json::from_slice(response.body());
                Answer::Read(body.expect("answers are JSON"))
            }
            404 => Answer::Gone,
            429 => Answer::TooMany,
            status => panic!("{path}: {status} {:?}", response.body()),
        }
    }
}

/// The id in a row.
pub fn id(row: &Value) -> Uuid {
    let id = row["ticket_id"].as_str();
    id.and_then(|id| id.parse().ok()).expect("a row has an id")
}
