//! What exactly is changed in a ticket.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::table::Closing;
use super::ticket::{Comment, Publication, Tag, Ticket};
use super::way::Act;

/// One change of one ticket. Several may be saved together.
#[derive(Clone, Debug)]
pub enum Change {
    /// Closes the ticket, or opens it again, if the status says so.
    Status(Uuid),
    Assignee(Option<Uuid>),
    Team(Option<Uuid>),
    /// The first agent of a ticket without an assignee.
    Agent(Uuid),
    Priority(Uuid),
    Board(Uuid),
    Category(Option<Uuid>),
    Client(Uuid),
    Contact(Option<Uuid>),
    Title(String),
    DueDate(Option<Timestamp>),
    Description(String),
    /// A column that is not compared.
    Other,
    /// Nothing is changed, but saved.
    Nothing,
    Tags(Vec<String>),
    Comment(Words),
    /// A scheduled comment is published.
    Publish(Uuid),
    /// A scheduled comment is called off.
    Cancel(Uuid),
    EditComment(Uuid, String),
    DeleteComment(Uuid),
    /// It follows that master from now on, or nobody.
    Bundle(Option<Uuid>),
    Mailed,
    Watchers,
    Delete,
}

/// What somebody writes.
#[derive(Clone, Debug)]
pub struct Words {
    pub text: String,
    /// Somebody of the desk; the customer if there is nobody.
    pub author: Option<Uuid>,
    pub is_internal: bool,
    /// When it is to be published, if not at once.
    pub scheduled_for: Option<Timestamp>,
}

/// How a change is made: with which id for what is new, and when.
pub(super) struct Making<'a> {
    pub catalogue: &'a Catalogue,
    pub closing: Closing,
    pub new_id: Uuid,
    pub at: Timestamp,
}

impl Change {
    /// What this does to that ticket.
    pub fn act(&self, ticket: &Ticket, catalogue: &Catalogue) -> Act {
        match self {
            Self::Status(status) => {
                let was_closed = catalogue.is_closed(ticket.status);
                match (was_closed, catalogue.is_closed(*status)) {
                    (false, true) => Act::Close,
                    (true, false) => Act::Reopen,
                    _ => Act::Status,
                }
            }
            Self::Assignee(Some(_)) => Act::Assign,
            Self::Assignee(None) => Act::Unassign,
            Self::Team(Some(_)) => Act::Team,
            Self::Team(None) => Act::LeaveTeam,
            Self::Agent(_) => Act::Agent,
            Self::Priority(_) => Act::Priority,
            Self::Board(_) => Act::Board,
            Self::Category(_) => Act::Category,
            Self::Client(_) => Act::Client,
            Self::Contact(_) => Act::Contact,
            Self::Title(_) => Act::Title,
            Self::DueDate(_) => Act::DueDate,
            Self::Description(_) => Act::Describe,
            Self::Other => Act::Other,
            Self::Nothing => Act::Nothing,
            Self::Tags(_) => Act::Tags,
            Self::Comment(words) if words.scheduled_for.is_some() => Act::Schedule,
            Self::Comment(words) if words.is_internal => Act::Note,
            Self::Comment(_) => Act::Reply,
            Self::Publish(_) => Act::Publish,
            Self::Cancel(_) => Act::Cancel,
            Self::EditComment(..) => Act::EditComment,
            Self::DeleteComment(_) => Act::DeleteComment,
            Self::Bundle(_) => Act::Bundle,
            Self::Mailed => Act::Mailed,
            Self::Watchers => Act::Watchers,
            Self::Delete => Act::Delete,
        }
    }

    /// Whether the ticket is not yet as this would make it. What is not a field always alters something.
    pub fn alters(&self, ticket: &Ticket) -> bool {
        match self {
            Self::Status(status) => ticket.status != *status,
            Self::Assignee(assignee) => ticket.assignee != *assignee,
            Self::Priority(priority) => ticket.priority != *priority,
            Self::Board(board) => ticket.board != *board,
            Self::DueDate(due_date) => ticket.due_date != *due_date,
            _ => true,
        }
    }

    /// Writes it into the ticket, all but `updated_at`.
    pub(super) fn make(&self, ticket: &mut Ticket, making: &Making) {
        match self {
            Self::Status(status) => set_status(ticket, *status, making),
            Self::Assignee(assignee) => ticket.assignee = *assignee,
            Self::Team(team) => {
                let lead = team
                    .and_then(|id| making.catalogue.team(id))
                    .map(|team| team.lead);
                ticket.team = *team;
                ticket.assignee = ticket.assignee.or(lead);
            }
            Self::Agent(agent) => ticket.assignee = ticket.assignee.or(Some(*agent)),
            Self::Priority(priority) => ticket.priority = *priority,
            Self::Board(board) => ticket.board = *board,
            Self::Category(category) => ticket.category = *category,
            Self::Client(client) => ticket.client = *client,
            Self::Contact(contact) => ticket.contact = *contact,
            Self::Title(title) => ticket.title.clone_from(title),
            Self::DueDate(due_date) => ticket.due_date = *due_date,
            Self::Description(text) => ticket.description.clone_from(text),
            Self::Tags(texts) => set_tags(ticket, texts, making.new_id),
            Self::Comment(words) => add_comment(ticket, words, making),
            Self::Publish(id) => at_comment(ticket, *id, |comment| {
                comment.publication = Publication::Published(Some(making.at));
            }),
            Self::Cancel(id) => at_comment(ticket, *id, |comment| {
                comment.publication = Publication::Cancelled;
            }),
            Self::EditComment(id, text) => at_comment(ticket, *id, |comment| {
                comment.text.clone_from(text);
                comment.updated_at = making.at;
            }),
            Self::DeleteComment(id) => at_comment(ticket, *id, |comment| {
                comment.deleted_at = Some(making.at);
            }),
            Self::Bundle(master) => ticket.master = *master,
            Self::Other | Self::Nothing | Self::Mailed | Self::Watchers | Self::Delete => {}
        }
    }
}

fn set_status(ticket: &mut Ticket, status: Uuid, making: &Making) {
    let was_closed = making.catalogue.is_closed(ticket.status);
    let is_closed = making.catalogue.is_closed(status);
    ticket.status = status;
    if was_closed == is_closed || making.closing == Closing::Status {
        return;
    }
    ticket.closed_at = is_closed.then_some(making.at);
    if making.closing == Closing::Whole {
        ticket.is_closed = is_closed;
    }
}

/// A tag that stays keeps its id.
fn set_tags(ticket: &mut Ticket, texts: &[String], new_id: Uuid) {
    let tags = texts.iter().zip(1_u128..).map(|(text, number)| {
        let known = ticket.tags.iter().find(|tag| tag.text == *text);
        known.cloned().unwrap_or_else(|| Tag {
            id: Uuid::from_u128(new_id.as_u128() ^ number),
            text: text.clone(),
        })
    });
    let mut tags: Vec<_> = tags.collect();
    tags.sort_by(|one, other| one.text.cmp(&other.text));
    tags.dedup_by(|one, other| one.text == other.text);
    ticket.tags = tags;
}

fn add_comment(ticket: &mut Ticket, words: &Words, making: &Making) {
    let name = words.author.or(ticket.contact);
    let publication = words
        .scheduled_for
        .map_or(Publication::Published(None), Publication::Scheduled);
    if !words.is_internal && words.scheduled_for.is_none() {
        let waiting_for = words
            .author
            .map_or("awaiting_internal", |_| "awaiting_client");
        ticket.response_state = Some(waiting_for);
    }
    Arc::make_mut(&mut ticket.comments).push(Comment {
        id: making.new_id,
        text: words.text.clone(),
        author: words.author,
        author_name: name.map_or("", |id| making.catalogue.name(id)).to_owned(),
        is_internal: words.is_internal,
        created_at: making.at,
        updated_at: making.at,
        deleted_at: None,
        publication,
    });
}

fn at_comment(ticket: &mut Ticket, id: Uuid, change: impl FnOnce(&mut Comment)) {
    let comments = Arc::make_mut(&mut ticket.comments);
    let comment = comments.iter_mut().find(|comment| comment.id == id);
    change(comment.expect("the ticket has that comment"));
}
