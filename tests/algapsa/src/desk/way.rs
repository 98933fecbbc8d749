//! By which ways tickets are changed, and what can be done to one.

/// Who or what changes a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A technician, on the ticket's page.
    Ui,
    /// A technician, on many tickets of a list.
    Bulk,
    /// The job that closes what nobody answers.
    AutoClose,
    /// A customer, in the portal.
    Portal,
    /// A program, through the REST API.
    Api,
    /// A customer's mail.
    Mail,
    /// AlgaPSA, when it sends a mail about the ticket.
    Notifier,
    /// A workflow of the tenant's.
    Workflow,
    /// An action of an inbound webhook.
    InboundWebhook,
    /// The bundle that the ticket is in: what is done to one is done to others.
    Bundle,
    /// An RMM integration, or Huntress.
    Rmm,
    /// The board *User activities*.
    Activities,
    /// A time entry for the ticket.
    TimeEntry,
    /// A CSV import.
    Import,
    /// The service level that applies.
    Sla,
    /// The job that publishes scheduled comments.
    Scheduler,
}

/// What is done to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Create,
    /// From one open status to another, or from one closed status to another.
    Status,
    Close,
    Reopen,
    Assign,
    Unassign,
    /// It is given to a team, whose lead becomes its assignee if it has none.
    Team,
    LeaveTeam,
    /// The first agent is added, and so becomes the assignee.
    Agent,
    Priority,
    Board,
    Category,
    Client,
    Contact,
    Title,
    DueDate,
    /// The description, which is not compared.
    Describe,
    /// Location, watch list or another column that is not compared.
    Other,
    /// A save that changes nothing.
    Nothing,
    Tags,
    /// A comment that the customer sees.
    Reply,
    /// An internal comment.
    Note,
    /// A comment to be published later.
    Schedule,
    /// Its time has come.
    Publish,
    /// It is not published after all.
    Cancel,
    EditComment,
    DeleteComment,
    /// It becomes the child of a master, or leaves it.
    Bundle,
    /// A mail about it has been sent, and its id is stored.
    Mailed,
    /// A mail has added watchers.
    Watchers,
    Delete,
}
