//! What reactions go to, a bus or a queue, which does with each event as it is told.

use std::collections::HashMap;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::{Call, SEND_EVENT};
use super::consumer;
use super::network::{State, answer as http};
use super::witness::Key;

/// What happens to the next reactions to an event; after that they succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// That many fail, and may be tried again.
    Fails(u32),
    /// That many kill the function.
    Kills(u32),
    /// That many never end.
    Hangs(u32),
    /// That many succeed, and the next one is refused for good.
    RefusesAfter(u32),
}

/// How a reaction does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kills,
    Hangs,
}

/// The bus.
#[derive(Debug, Default)]
pub struct Bus {
    moods: HashMap<Key, Mood>,
}

impl Bus {
    /// Sets what happens to an event.
    pub fn set_mood(&mut self, key: Key, mood: Mood) {
        self.moods.insert(key, mood);
    }

    /// From now on everything succeeds.
    pub fn recover(&mut self) {
        self.moods.clear();
    }

    /// One reaction less, of those that do something else than succeed.
    fn use_up(&mut self, key: &Key) -> Option<Mood> {
        let mood = self.moods.get_mut(key)?;
        let happens = *mood;
        *mood = match happens {
            Mood::Fails(0) | Mood::Kills(0) | Mood::Hangs(0) => return None,
            Mood::Fails(n) => Mood::Fails(n - 1),
            Mood::Kills(n) => Mood::Kills(n - 1),
            Mood::Hangs(n) => Mood::Hangs(n - 1),
            Mood::RefusesAfter(n) => Mood::RefusesAfter(n.saturating_sub(1)),
        };
        Some(happens)
    }
}

/// Whether this reaction ends at all. It counts as a try.
pub(super) fn fate(state: &mut State, call: &Call) -> Option<Fate> {
    let key = key(&call.body);
    let fate = match state.bus.moods.get(&key)? {
        Mood::Kills(1..) => Fate::Kills,
        Mood::Hangs(1..) => Fate::Hangs,
        _ => return None,
    };
    state.bus.use_up(&key);
    tried(state, call, &key);
    Some(fate)
}

/// Takes an entry, or refuses it.
pub(super) fn answer(state: &mut State, call: &Call, function: usize) -> HttpResponse {
    let key = key(&call.body);
    tried(state, call, &key);
    let to_queue = call.operation == SEND_EVENT;
    let refused = match state.bus.use_up(&key) {
        Some(Mood::Fails(_)) => Some(["InternalFailure", "AccessDenied"]),
        Some(Mood::RefusesAfter(0)) => Some(["InvalidArgument", "InvalidMessageContents"]),
        _ => None,
    };
    match refused {
        Some([_, code]) if to_queue => http(400, &json!({ "__type": code, "message": "no" })),
        Some([code, _]) => {
            let entry = json!({ "ErrorCode": code, "ErrorMessage": "no" });
            http(200, &json!({ "FailedEntryCount": 1, "Entries": [entry] }))
        }
        None => {
            // What the queue drops has no effect.
            if !to_queue || consumer::arrives(state, call, &key) {
                state.witness.reacted(&key, function);
            }
            http(200, &taken(to_queue))
        }
    }
}

fn taken(by_queue: bool) -> Value {
    if by_queue {
        return json!({ "MessageId": "taken" });
    }
    json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "taken" }] })
}

/// The SDK's own attempts are one try.
fn tried(state: &mut State, call: &Call, key: &Key) {
    if call.is_first {
        let order = told(&call.body, "order");
        state.witness.tried(key, &order, Instant::now());
    }
}

/// The event that a call is about.
pub(super) fn key(body: &Value) -> Key {
    let [stream, id, event_type] =
        ["stream", "event_id", "event_type"].map(|name| told(body, name));
    (stream, format!("{id}/{event_type}"))
}

/// What it is told of the event: in a message's attributes, or in an entry's detail, some of it within the event.
fn told(body: &Value, name: &str) -> String {
    let (attribute, detail) = (&body["MessageAttributes"][name], detail(body));
    let told = [
        &attribute["StringValue"],
        &detail[name],
        &detail["event"][name],
    ];
    let told = told.into_iter().find_map(Value::as_str);
    told.unwrap_or_default().to_owned()
}

fn detail(body: &Value) -> Value {
    let detail = body["Entries"][0]["Detail"].as_str().unwrap_or_default();
    serde_json::from_str(detail).unwrap_or_default()
}
