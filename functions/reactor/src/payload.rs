//! What an event says, as types: for reactions in the user's own Rust. Nothing is read before [`Payload::of`] is called.

#![warn(missing_docs)]

mod change;
mod field;
mod misfit;
mod project;
mod task;
mod ticket;
mod unread;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use shared::event::Event;

pub use self::change::{Change, Changes, Previous};
use self::field::{Fields, json};
pub use self::misfit::Misfit;
pub use self::project::{Phase, Project, TaskCounts};
pub use self::task::Task;
pub use self::ticket::{Comment, Entry, Ticket};
pub use self::unread::Unread;

/// What an event says, by its type. Of a ticket, project or task all fields but its ids are `Option`s: `None` for what is empty, and
/// for what the webhook leaves out. The fields may be a minute older than the event; what comes next to them is not.
#[derive(Clone, Debug)]
pub enum Payload {
    /// `ticket.created`.
    TicketCreated(Ticket),
    /// `ticket.updated`, and what has changed, which `AlgaPSA` does not always say.
    TicketUpdated(Ticket, Changes),
    /// `ticket.status_changed`, and the status before.
    TicketStatusChanged(Ticket, Previous),
    /// `ticket.assigned`. Only the reconciler says what has changed.
    TicketAssigned(Ticket, Changes),
    /// `ticket.closed`.
    TicketClosed(Ticket),
    /// `ticket.comment.added`, and the comment, unless the webhook leaves it out.
    TicketCommentAdded(Ticket, Option<Comment>),
    /// `ticket.deleted`, which only the reconciler sends: the ticket as it was last.
    TicketDeleted(Ticket),
    /// `project.created`.
    ProjectCreated(Project),
    /// `project.updated`, and what has changed, if that is said.
    ProjectUpdated(Project, Changes),
    /// `project.status_changed`, and the status before.
    ProjectStatusChanged(Project, Previous),
    /// `project.assigned`.
    ProjectAssigned(Project),
    /// `project.closed`. The same moment is told as `project.completed`, too.
    ProjectClosed(Project),
    /// `project.completed`, with the same `event_id` as `project.closed`.
    ProjectCompleted(Project),
    /// `project.task.created`.
    TaskCreated(Task),
    /// `project.task.updated`, and what has changed, if that is said.
    TaskUpdated(Task, Changes),
    /// `project.task.status_changed`, and the status before, mostly by its name alone.
    TaskStatusChanged(Task, Previous),
    /// `project.task.assigned`.
    TaskAssigned(Task),
    /// `project.task.completed`.
    TaskCompleted(Task),
    /// Any other type, such as one of a later `AlgaPSA`.
    Other(Other),
}

/// An event that has no type here.
#[derive(Clone, Debug)]
pub struct Other {
    /// The event's own `event_type`.
    pub event_type: String,
    data: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
}

/// Reads what is in `data`; `None` if what every event of that type has is missing.
type Read = fn(&mut Fields) -> Option<Payload>;

impl Payload {
    /// Reads what the event says. What has another shape than its field here is an error that names it, and still has the rest.
    pub fn of(event: &Event) -> Result<Self, Misfit> {
        let data = event.json().ok().and_then(|Envelope { data }| data);
        let mut misfits = Vec::new();
        let known = reader(event.event_type()).and_then(|read| {
            let Some(data) = &data else {
                misfits.push(String::new());
                return None;
            };
            Fields::within(data, &mut misfits, read)
        });
        let payload = known.unwrap_or_else(|| {
            let event_type = event.event_type().to_owned();
            Self::Other(Other { event_type, data })
        });
        if misfits.is_empty() {
            return Ok(payload);
        }
        Err(Misfit::new(misfits, payload))
    }
}

impl Other {
    /// Its `data` as it was sent; `None` if there is none.
    pub fn raw(&self) -> Option<&str> {
        self.data.as_deref().map(RawValue::get)
    }

    /// Its `data` as a type of your own; `None` if there is none, or it has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        json(self.data.as_deref()?)
    }
}

fn reader(event_type: &str) -> Option<Read> {
    event_type
        .strip_prefix("ticket.")
        .map_or_else(|| of_project(event_type), of_ticket)
}

fn of_ticket(what: &str) -> Option<Read> {
    Some(match what {
        "created" => |data| Some(Payload::TicketCreated(data.all()?)),
        "updated" => |data| {
            let changes = data.changes()?;
            Some(Payload::TicketUpdated(data.all()?, changes))
        },
        "status_changed" => |data| {
            let previous = Previous::of(data)?;
            Some(Payload::TicketStatusChanged(data.all()?, previous))
        },
        "assigned" => |data| {
            let changes = data.changes()?;
            Some(Payload::TicketAssigned(data.all()?, changes))
        },
        "closed" => |data| Some(Payload::TicketClosed(data.all()?)),
        "comment.added" => |data| {
            let comment = data.take("comment")?;
            Some(Payload::TicketCommentAdded(data.all()?, comment))
        },
        "deleted" => |data| Some(Payload::TicketDeleted(data.all()?)),
        _ => return None,
    })
}

fn of_project(event_type: &str) -> Option<Read> {
    Some(match event_type.strip_prefix("project.")? {
        "created" => |data| Some(Payload::ProjectCreated(data.all()?)),
        "updated" => |data| {
            let changes = data.changes()?;
            Some(Payload::ProjectUpdated(data.all()?, changes))
        },
        "status_changed" => |data| {
            let previous = Previous::of(data)?;
            Some(Payload::ProjectStatusChanged(data.all()?, previous))
        },
        "assigned" => |data| Some(Payload::ProjectAssigned(data.all()?)),
        "closed" => |data| Some(Payload::ProjectClosed(data.all()?)),
        "completed" => |data| Some(Payload::ProjectCompleted(data.all()?)),
        "task.created" => |data| Some(Payload::TaskCreated(data.all()?)),
        "task.updated" => |data| {
            let changes = data.changes()?;
            Some(Payload::TaskUpdated(data.all()?, changes))
        },
        "task.status_changed" => |data| {
            let previous = Previous::of(data)?;
            Some(Payload::TaskStatusChanged(data.all()?, previous))
        },
        "task.assigned" => |data| Some(Payload::TaskAssigned(data.all()?)),
        "task.completed" => |data| Some(Payload::TaskCompleted(data.all()?)),
        _ => return None,
    })
}
