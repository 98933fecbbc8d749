//! Every way of changing a ticket: what it announces, and whether it moves `updated_at`. Read in AlgaPSA's source code of
//! August 2026; a later revision may differ.

use super::field::Field;
use super::way::Act::{
    self, Agent, Assign, Board, Cancel, Category, Client, Close, Contact, Create, Delete,
    DeleteComment, Describe, DueDate, EditComment, LeaveTeam, Mailed, Note, Nothing, Other,
    Priority, Publish, Reopen, Reply, Schedule, Status, Tags, Title, Unassign, Watchers,
};
use super::way::Way::{
    self, Activities, Api, AutoClose, Bulk, Import, InboundWebhook, Mail, Notifier, Portal, Rmm,
    Scheduler, Sla, TimeEntry, Ui, Workflow,
};

/// One thing that can be done to a ticket in one way.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub way: Way,
    pub act: Act,
    pub moves: Moves,
    /// The types of the events that go out inside the open transaction: a rollback does not take them back, and what they
    /// say of the ticket may be read before the commit.
    pub within: &'static [&'static str],
    /// The types of the events that go out after the commit. One save sends no more than one of them.
    pub after: &'static [&'static str],
}

/// What becomes of `updated_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// It stays what it was, for months if need be.
    No,
    /// To the moment of the write.
    Yes,
    /// To the start of the transaction, which may be some seconds before anybody can see it.
    ToStart,
    /// To what the browser's clock says.
    ToBrowser,
}

/// How much of a closing is written. The status alone says whether a ticket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Also `closed_at` and `is_closed`.
    Whole,
    /// Also `closed_at`.
    Time,
    /// Nothing else, so that a closed ticket has no `closed_at`, and one that is open again still has its last.
    Status,
}

pub(super) const CREATED: &str = "ticket.created";
pub(super) const UPDATED: &str = "ticket.updated";
pub(super) const STATUS: &str = "ticket.status_changed";
pub(super) const ASSIGNED: &str = "ticket.assigned";
pub(super) const CLOSED: &str = "ticket.closed";
pub(super) const COMMENT: &str = "ticket.comment.added";

const NONE: &[&str] = &[];

const fn row(
    way: Way,
    act: Act,
    moves: Moves,
    within: &'static [&'static str],
    after: &'static [&'static str],
) -> Row {
    Row {
        way,
        act,
        moves,
        within,
        after,
    }
}

/// All of them. What is not in here does not exist.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    //  by             does           updated_at        announces before and after the commit
    row(Ui,            Create,        Moves::Yes,       NONE,             &[CREATED]),
    row(Ui,            Status,        Moves::No,        &[STATUS],        &[UPDATED]),
    row(Ui,            Close,         Moves::No,        &[STATUS],        &[CLOSED]),
    row(Ui,            Reopen,        Moves::No,        &[STATUS],        &[UPDATED]),
    row(Ui,            Assign,        Moves::No,        NONE,             &[ASSIGNED]),
    row(Ui,            Unassign,      Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Act::Team,     Moves::Yes,       NONE,             &[ASSIGNED]),
    row(Ui,            LeaveTeam,     Moves::Yes,       NONE,             NONE),
    row(Ui,            Priority,      Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Board,         Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Category,      Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Client,        Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Contact,       Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Title,         Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            DueDate,       Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Describe,      Moves::ToBrowser, NONE,             &[UPDATED]),
    row(Ui,            Other,         Moves::No,        NONE,             &[UPDATED]),
    row(Ui,            Tags,          Moves::No,        NONE,             NONE),
    row(Ui,            Reply,         Moves::No,        NONE,             &[COMMENT]),
    row(Ui,            Note,          Moves::No,        NONE,             &[COMMENT]),
    row(Ui,            Schedule,      Moves::No,        NONE,             NONE),
    row(Ui,            Cancel,        Moves::No,        NONE,             NONE),
    row(Ui,            EditComment,   Moves::No,        NONE,             NONE),
    row(Ui,            DeleteComment, Moves::No,        NONE,             NONE),
    row(Ui,            Act::Bundle,   Moves::Yes,       NONE,             NONE),
    row(Ui,            Delete,        Moves::No,        NONE,             NONE),

    row(Bulk,          Status,        Moves::No,        &[STATUS],        &[UPDATED]),
    row(Bulk,          Close,         Moves::No,        &[STATUS],        &[CLOSED]),
    row(Bulk,          Assign,        Moves::No,        NONE,             &[ASSIGNED]),
    row(Bulk,          Priority,      Moves::No,        NONE,             &[UPDATED]),
    row(Bulk,          Board,         Moves::No,        NONE,             &[UPDATED]),
    row(Bulk,          DueDate,       Moves::No,        NONE,             &[UPDATED]),

    row(AutoClose,     Close,         Moves::No,        &[STATUS],        &[CLOSED]),
    row(AutoClose,     Reply,         Moves::No,        NONE,             NONE),

    row(Portal,        Create,        Moves::Yes,       NONE,             &[CREATED]),
    row(Portal,        Status,        Moves::Yes,       &[UPDATED],       NONE),
    row(Portal,        Close,         Moves::Yes,       &[CLOSED],        NONE),
    row(Portal,        Reopen,        Moves::Yes,       NONE,             NONE),
    row(Portal,        Reply,         Moves::No,        &[COMMENT],       NONE),

    row(Api,           Create,        Moves::Yes,       NONE,             &[CREATED]),
    row(Api,           Status,        Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Close,         Moves::ToStart,   &[CLOSED, UPDATED], NONE),
    row(Api,           Reopen,        Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Assign,        Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Unassign,      Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Priority,      Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Board,         Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Category,      Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Client,        Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Contact,       Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Title,         Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           DueDate,       Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Nothing,       Moves::ToStart,   &[UPDATED],       NONE),
    row(Api,           Act::Team,     Moves::Yes,       NONE,             &[ASSIGNED]),
    row(Api,           LeaveTeam,     Moves::Yes,       NONE,             NONE),
    row(Api,           Agent,         Moves::Yes,       NONE,             &[ASSIGNED]),
    row(Api,           Reply,         Moves::ToStart,   &[COMMENT],       NONE),
    row(Api,           Note,          Moves::ToStart,   &[COMMENT],       NONE),
    row(Api,           EditComment,   Moves::No,        NONE,             NONE),
    row(Api,           DeleteComment, Moves::No,        NONE,             NONE),
    row(Api,           Act::Bundle,   Moves::Yes,       NONE,             NONE),
    row(Api,           Delete,        Moves::No,        NONE,             NONE),

    row(Mail,          Create,        Moves::Yes,       NONE,             &[CREATED]),
    row(Mail,          Reply,         Moves::No,        NONE,             &[COMMENT]),
    row(Mail,          Reopen,        Moves::Yes,       NONE,             NONE),
    row(Mail,          Watchers,      Moves::Yes,       NONE,             NONE),
    row(Notifier,      Mailed,        Moves::Yes,       NONE,             NONE),

    row(Workflow,      Create,        Moves::Yes,       NONE,             NONE),
    row(Workflow,      Status,        Moves::Yes,       NONE,             NONE),
    row(Workflow,      Close,         Moves::Yes,       NONE,             NONE),
    row(Workflow,      Reopen,        Moves::Yes,       NONE,             NONE),
    row(Workflow,      Assign,        Moves::Yes,       NONE,             NONE),
    row(Workflow,      Priority,      Moves::Yes,       NONE,             NONE),
    row(Workflow,      Category,      Moves::Yes,       NONE,             NONE),
    row(Workflow,      Title,         Moves::Yes,       NONE,             NONE),
    row(Workflow,      Reply,         Moves::No,        NONE,             NONE),
    row(Workflow,      Note,          Moves::No,        NONE,             NONE),

    row(InboundWebhook, Create,       Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Status,       Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Close,        Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Reopen,       Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Assign,       Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Priority,     Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Title,        Moves::Yes,       NONE,             NONE),
    row(InboundWebhook, Reply,        Moves::No,        NONE,             NONE),

    row(Way::Bundle,   Status,        Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Close,         Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Reopen,        Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Assign,        Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Unassign,      Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Priority,      Moves::Yes,       NONE,             NONE),
    row(Way::Bundle,   Reply,         Moves::No,        NONE,             NONE),

    row(Rmm,           Create,        Moves::Yes,       NONE,             &[CREATED]),
    row(Rmm,           Close,         Moves::Yes,       NONE,             NONE),

    row(Activities,    Status,        Moves::Yes,       NONE,             NONE),
    row(Activities,    Close,         Moves::Yes,       NONE,             NONE),
    row(Activities,    Reopen,        Moves::Yes,       NONE,             NONE),
    row(Activities,    Assign,        Moves::Yes,       NONE,             NONE),
    row(Activities,    Priority,      Moves::Yes,       NONE,             NONE),

    row(TimeEntry,     Assign,        Moves::Yes,       NONE,             NONE),
    row(Import,        Create,        Moves::Yes,       NONE,             NONE),
    row(Sla,           DueDate,       Moves::No,        NONE,             NONE),
    row(Scheduler,     Publish,       Moves::No,        NONE,             &[COMMENT]),
];

impl Row {
    /// The row for that act by that way, if there is one.
    pub fn of(way: Way, act: Act) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.way == way && row.act == act)
    }

    /// What it writes next to the status when it closes a ticket or opens it again.
    pub fn closing(&self) -> Closing {
        match (self.way, self.act) {
            (Rmm | Way::Bundle | Activities | InboundWebhook, _) | (Workflow, Reopen) => {
                Closing::Status
            }
            (Workflow, _) => Closing::Time,
            _ => Closing::Whole,
        }
    }
}

impl Way {
    /// The fields that `changes` names in the `ticket.updated` of a save in this way; others change without a word.
    pub fn names(self) -> &'static [Field] {
        use Field::{Assignee, Board, Category, DueDate, Priority, Status, Title};
        match self {
            Api => &[Title, Status, Priority, Assignee, Board, Category, DueDate],
            Portal => &[Status],
            _ => &[Title, Status, Priority, Assignee, Board, Category],
        }
    }

    /// Whether it is the customer who acts.
    pub fn is_the_customers(self) -> bool {
        matches!(self, Self::Portal | Self::Mail)
    }
}
