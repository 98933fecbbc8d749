//! What events tell of a difference. They say less than one would think: which type tells of what depends on how it was
//! changed, and what `data` says may be a minute old, or older than the transaction that the event was sent from.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::Value;
use shared::alga_api::Columns;

use crate::difference::{Difference, What};
use crate::field::{CLOSED, CREATED, Field, STATUS_CHANGED, UPDATED};
use crate::margins::{BEFORE, CACHED_FOR, SAVE};

/// A kept event of the ticket.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the sender's names")]
pub struct Event {
    /// `{event_id}/{event_type}`.
    pub key: String,
    pub event_type: String,
    pub occurred_at: Timestamp,
    /// What it says; nothing for a type that tells of no field.
    pub data: Columns,
    /// Whether the reconciler has announced it.
    pub is_own: bool,
}

/// What an event tells of a field.
#[derive(Clone, Debug, PartialEq)]
enum Telling {
    /// That it has this value.
    Value(Value),
    /// That it has changed, but not reliably to what.
    Something,
}

/// The events that explain a difference by a time, or nothing if they do not. `events` are those of its ticket in order of time,
/// without our own.
pub fn explanation<'a>(
    difference: &Difference,
    events: &'a [Event],
    by: Timestamp,
) -> Option<Vec<&'a Event>> {
    let (told, tellers) = told(difference, events, difference.from - BEFORE..=by);
    explains(told.as_ref(), difference).then_some(tellers)
}

/// The event that told last of a field in that time, and its value, if the field was and is another. `events` as above.
pub fn contradiction<'a>(
    unchanged: &Difference,
    events: &'a [Event],
    within: RangeInclusive<Timestamp>,
) -> Option<(&'a Event, Value)> {
    let (told, tellers) = told(unchanged, events, within);
    match told? {
        Telling::Value(value) if value != unchanged.after => Some((*tellers.last()?, value)),
        _ => None,
    }
}

/// Whether an event of our own is about that field, and not only shows it.
pub fn is_about(what: What, own: &Event) -> bool {
    let What::Changed(field) = what else {
        return false;
    };
    let is_status = field == Field::Status && field.is_what_it_says(&own.event_type);
    is_status || own.event_type == CREATED || change_of(field, own).is_some()
}

/// What was told last of it in that time, and the events that told of it.
fn told<'a>(
    difference: &Difference,
    events: &'a [Event],
    within: RangeInclusive<Timestamp>,
) -> (Option<Telling>, Vec<&'a Event>) {
    let mut told = None;
    let mut tellers: Vec<&Event> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        if !within.contains(&event.occurred_at) {
            continue;
        }
        // What was told by the time of the scan has explained it, or else a later event may.
        let is_over = event.occurred_at > difference.until && explains(told.as_ref(), difference);
        let last_told = tellers.last().map(|event| event.occurred_at);
        let is_of_the_same_save = last_told.is_some_and(|at| event.occurred_at <= at + SAVE);
        if is_over && !is_of_the_same_save {
            break;
        }
        let Some(telling) = telling(difference, event, &events[..place]) else {
            continue;
        };
        if is_over && !explains(Some(&telling), difference) {
            break;
        }
        told = Some(telling);
        tellers.push(event);
    }
    (told, tellers)
}

/// What was told last counts: if it is another value, the field has changed once more, and nobody has told of that.
fn explains(told: Option<&Telling>, difference: &Difference) -> bool {
    match told {
        Some(Telling::Value(value)) => *value == difference.after,
        Some(Telling::Something) => true,
        None => false,
    }
}

fn telling(difference: &Difference, event: &Event, earlier: &[Event]) -> Option<Telling> {
    match difference.what {
        What::Created => (event.event_type == CREATED).then_some(Telling::Something),
        What::Changed(field) => told_of(field, difference, event, earlier),
        // Which event tells of which comment is decided for all of a ticket together.
        What::Deleted | What::Commented(_) => None,
    }
}

fn told_of(
    field: Field,
    difference: &Difference,
    event: &Event,
    earlier: &[Event],
) -> Option<Telling> {
    let event_type = event.event_type.as_str();
    if !field.told_by().contains(&event_type) {
        return None;
    }
    if let Some(change) = change_of(field, event) {
        let new = change.get("new").cloned().unwrap_or_default();
        let new = field.of(&Columns::from_iter([(field.column().to_owned(), new)]));
        return Some(new.map_or(Telling::Something, Telling::Value));
    }
    if field == Field::ClosedAt && change_of(Field::Status, event).is_some() {
        return Some(Telling::Something);
    }
    let changes = event
        .data
        .get("changes")
        .filter(|changes| changes.is_object());
    let says = field.of(&event.data);
    let says_so = says.as_ref() == Some(&difference.after);
    if event_type == UPDATED && field.is_named() {
        let says_so = says_so && changes.is_none();
        return says_so.then(|| Telling::Value(difference.after.clone()));
    }
    let is_about_it = field.is_what_it_says(event_type);
    // It says that something has changed, and not what.
    let is_mute = event_type == UPDATED && changes.is_none() && field != Field::Tags;
    let left = event.data.get("previous_status_id");
    let left = left.filter(|_| field == Field::Status && event_type == STATUS_CHANGED);
    match says {
        // It tells that this is what it is no longer.
        Some(value) if says_so && left == Some(&value) => None,
        Some(value) if says_so => Some(Telling::Value(value)),
        Some(value) => {
            let is_closed = event.data.get("is_closed").and_then(Value::as_bool);
            let is_closed = is_closed.filter(|_| event_type == CLOSED);
            let contradicts = is_closed == Some(false);
            let is_early = value == difference.before || left == Some(&value) || contradicts;
            // What says that it is closed was read after it was.
            let is_late = is_closed == Some(true) && is_about_it;
            let may_be_older = !is_late && (is_early || may_be_cached(event, earlier));
            match event_type {
                CREATED => Some(Telling::Value(value)),
                _ if is_about_it && !may_be_older => Some(Telling::Value(value)),
                _ if is_about_it || is_mute && may_be_older => Some(Telling::Something),
                _ => None,
            }
        }
        // The subscription leaves it out.
        None => (is_about_it || is_mute || event_type == CREATED).then_some(Telling::Something),
    }
}

/// What an event says of a field in `changes`.
fn change_of(field: Field, event: &Event) -> Option<&Value> {
    event.data.get("changes")?.get(field.column())
}

/// Whether the sender has built another event of this ticket just before.
fn may_be_cached(event: &Event, earlier: &[Event]) -> bool {
    let since = event.occurred_at - CACHED_FOR;
    earlier.last().is_some_and(|last| last.occurred_at >= since)
}
