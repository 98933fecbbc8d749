//! Tickets and what happens to them: opened, commented, edited, assigned, closed in the UI or through the API, reopened.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Chance;
use crate::ticket::{Event, Ticket, written};

/// Any number of lives. The same seed makes the same ones.
#[derive(Clone, Debug)]
pub struct Lives {
    chance: Chance,
}

/// One ticket, and how it is by now.
#[derive(Clone, Debug)]
pub struct Life {
    pub ticket: Ticket,
    status: Status,
    closed_at: Option<Timestamp>,
    /// Only what comes through the API moves it.
    updated_at: Timestamp,
    priority: Named,
    assigned_to: Option<Named>,
    thread: Vec<Value>,
}

/// An id and the name that people know it by.
type Named = (&'static str, &'static str);
type Status = Named;

const NEW: Status = ("6a1d2c3b-4e5f-4061-9283-a4b5c6d7e8f9", "New");
const CLOSED: Status = ("e1f2a3b4-c5d6-4e7f-8091-a2b3c4d5e6f7", "Closed");
const BEGUN: Status = ("b4c5d6e7-f809-4a1b-8c2d-3e4f5a6b7c8d", "In Progress");
const ASKED: Status = (
    "9e0d4b7a-1c35-4f68-b2a9-6d7e8f901a2b",
    "Waiting for Customer",
);
const HELD: Status = ("3c4d5e6f-7081-4293-a4b5-c6d7e8f90a1b", "On Hold");
const OPEN: [Status; 3] = [BEGUN, ASKED, HELD];
const PRIORITIES: [Named; 3] = [
    ("41b7f0d5-2c8e-4a96-bd53-e0f1a2b3c4d5", "Low"),
    ("52c8a1e6-3d9f-4b07-8e64-f1a2b3c4d5e6", "High"),
    ("63d9b2f7-4ea0-4c18-9f75-02b3c4d5e6f7", "Urgent"),
];
const PEOPLE: [Named; 3] = [
    ("7f6e5d4c-3b2a-4190-8a7f-6e5d4c3b2a19", "Priya Natarajan"),
    ("6e5d4c3b-2a19-4087-9f6e-5d4c3b2a1908", "Jörg Weiß"),
    ("5d4c3b2a-1908-4f7e-8e5d-4c3b2a190817", "李 娜"),
];
const TEXTS: [&str; 4] = [
    "It came back — schon wieder!",
    "I have restarted it twice, and the second time it stayed on for about an hour.",
    "See the screenshot 🙂",
    "Driver 31.0.101 is in; please try again & tell us.",
];

impl Lives {
    pub fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
        }
    }

    /// That many tickets with that many events in total, all within a time, in the order in which they happen.
    /// Each ticket gets the same number of events, or one more.
    pub fn town(
        &mut self,
        tickets: usize,
        events: usize,
        from: Timestamp,
        within: SignedDuration,
    ) -> Vec<Event> {
        let mut all = Vec::with_capacity(events);
        for n in 0..tickets {
            let share = events / tickets + usize::from(n < events % tickets);
            all.extend(self.life(share, from, within));
        }
        all.sort_by_key(|event| event.occurred_at);
        all
    }

    /// One ticket's life of that many events within a time, in the order in which they happen.
    pub fn life(&mut self, events: usize, from: Timestamp, within: SignedDuration) -> Vec<Event> {
        let mut moments: Vec<Timestamp> = (0..events).map(|_| self.moment(from, within)).collect();
        moments.sort_unstable();
        let Some(&opened_at) = moments.first() else {
            return Vec::new();
        };
        let mut life = Life::new(&mut self.chance, opened_at);
        let mut all = vec![life.told(&mut self.chance, "ticket.created", opened_at)];
        for moment in &moments[1..] {
            let last = all.last().map_or(opened_at, |event| event.occurred_at);
            let at = last.max(*moment);
            all.extend(life.goes_on(&mut self.chance, at));
        }
        all.truncate(events);
        all
    }

    fn moment(&mut self, from: Timestamp, within: SignedDuration) -> Timestamp {
        let end = u64::try_from(within.as_millis()).unwrap_or_default();
        from + SignedDuration::from_millis(self.chance.below(end.max(1)).cast_signed())
    }
}

impl Life {
    pub fn new(chance: &mut Chance, at: Timestamp) -> Self {
        let id = chance.uuid();
        let mut ticket = Ticket::opened_at(at, "Printer on the second floor");
        ticket.number = format!("TIC{:05}", 10_000 + id.as_u128() % 90_000);
        ticket.id = id.to_string();
        Self {
            ticket,
            status: NEW,
            closed_at: None,
            updated_at: at,
            priority: PRIORITIES[0],
            assigned_to: None,
            thread: Vec::new(),
        }
    }

    /// Something is done to it, which makes one event, or several a few milliseconds apart.
    pub fn goes_on(&mut self, chance: &mut Chance, at: Timestamp) -> Vec<Event> {
        if self.closed_at.is_some() {
            return match chance.below(2) {
                0 => vec![self.comment(chance, at)],
                _ => vec![self.change_status(chance, at, OPEN[0])],
            };
        }
        match chance.below(20) {
            0..=8 => vec![self.comment(chance, at)],
            9..=12 => vec![self.edit(chance, at)],
            13..=15 => {
                let status = chance.pick(&OPEN);
                vec![self.change_status(chance, at, status)]
            }
            16 | 17 => vec![self.assign(chance, at)],
            18 => self.close(chance, at),
            _ => self.close_through_the_api(chance, at),
        }
    }

    pub fn comment(&mut self, chance: &mut Chance, at: Timestamp) -> Event {
        let (text, author) = (chance.pick(&TEXTS), chance.pick(&PEOPLE).1);
        let is_internal = chance.one_in(4);
        self.thread.push(json!({
            "comment_id": self.comment_id(),
            "text": text,
            "author": author,
            "is_internal": is_internal,
            "is_resolution": false,
            "created_at": written(at),
            "updated_at": written(at),
        }));
        let added = self.told(chance, "ticket.comment.added", at);
        let comment = json!({ "text": text, "author": author, "timestamp": written(at), "is_internal": is_internal });
        added.with("comment", comment)
    }

    /// The next comment's id, which uses up no chance.
    fn comment_id(&self) -> String {
        let number = self.thread.len();
        format!("{}{number:08x}", &self.ticket.id[..28])
    }

    pub fn edit(&mut self, chance: &mut Chance, at: Timestamp) -> Event {
        let previous = self.priority;
        self.priority = chance.pick(&PRIORITIES);
        let changes = json!({ "priority_id": { "previous": previous.0, "new": self.priority.0 } });
        self.told(chance, "ticket.updated", at)
            .with("changes", changes)
    }

    fn assign(&mut self, chance: &mut Chance, at: Timestamp) -> Event {
        self.assigned_to = Some(chance.pick(&PEOPLE));
        self.told(chance, "ticket.assigned", at)
    }

    fn change_status(&mut self, chance: &mut Chance, at: Timestamp, status: Status) -> Event {
        let (id, name) = self.status;
        self.status = status;
        self.closed_at = (status == CLOSED).then_some(at);
        self.told(chance, "ticket.status_changed", at)
            .with("previous_status_id", json!(id))
            .with("previous_status_name", json!(name))
    }

    /// It is closed in the UI.
    pub fn close(&mut self, chance: &mut Chance, at: Timestamp) -> Vec<Event> {
        let changed = self.change_status(chance, at, CLOSED);
        vec![changed, self.told_soon_after(chance, at)]
    }

    fn close_through_the_api(&mut self, chance: &mut Chance, at: Timestamp) -> Vec<Event> {
        let previous = self.status;
        (self.status, self.closed_at, self.updated_at) = (CLOSED, Some(at), at);
        let changes = json!({ "status_id": { "previous": previous.0, "new": CLOSED.0 } });
        let updated = self.told(chance, "ticket.updated", at);
        vec![
            updated.with("changes", changes),
            self.told_soon_after(chance, at),
        ]
    }

    /// `ticket.closed`, a few milliseconds after what came with it, or at the very same one.
    fn told_soon_after(&mut self, chance: &mut Chance, at: Timestamp) -> Event {
        let after = SignedDuration::from_millis(chance.below(8).cast_signed());
        self.told(chance, "ticket.closed", at + after)
    }

    /// An event about the ticket as it is now.
    fn told(&self, chance: &mut Chance, event_type: &str, at: Timestamp) -> Event {
        let (status_id, status_name) = self.status;
        let mut event = self.ticket.told(event_type, at);
        event.event_id = chance.uuid().to_string();
        event
            .with("status_id", json!(status_id))
            .with("status_name", json!(status_name))
            .with("priority_id", json!(self.priority.0))
            .with("priority_name", json!(self.priority.1))
            .with("assigned_to", json!(self.assigned_to.map(|(id, _)| id)))
            .with(
                "assigned_to_name",
                json!(self.assigned_to.map(|(_, name)| name)),
            )
            .with("updated_at", json!(written(self.updated_at)))
            .with("is_closed", json!(self.closed_at.is_some()))
            .with("closed_at", json!(self.closed_at.map(written)))
            .with("comments", json!(self.thread))
    }
}
