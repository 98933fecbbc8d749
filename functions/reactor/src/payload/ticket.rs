//! What events say of tickets.

use jiff::Timestamp;

use super::field::object;

object! {
    /// A ticket as an event tells it.
    pub struct Ticket {
        /// Its id.
        pub ticket_id: String,
        /// The number that people use, such as `TIC10482`.
        pub ticket_number: Option<String>,
        /// Its title.
        pub title: Option<String>,
        /// The id of its status.
        pub status_id: Option<String>,
        /// The name of its status.
        pub status_name: Option<String>,
        /// The id of its priority.
        pub priority_id: Option<String>,
        /// The name of its priority.
        pub priority_name: Option<String>,
        /// The id of the client that it is for.
        pub client_id: Option<String>,
        /// The name of that client.
        pub client_name: Option<String>,
        /// The id of the person at the client.
        pub contact_name_id: Option<String>,
        /// The name of that person.
        pub contact_name: Option<String>,
        /// The e-mail address of that person.
        pub contact_email: Option<String>,
        /// The id of the user who is to do it.
        pub assigned_to: Option<String>,
        /// The name of that user.
        pub assigned_to_name: Option<String>,
        /// The id of the team that is to do it.
        pub assigned_team_id: Option<String>,
        /// The id of its board.
        pub board_id: Option<String>,
        /// The name of its board.
        pub board_name: Option<String>,
        /// The id of its category.
        pub category_id: Option<String>,
        /// The id of its subcategory.
        pub subcategory_id: Option<String>,
        /// Whether it is closed.
        pub is_closed: Option<bool>,
        /// When it was opened.
        pub entered_at: Option<Timestamp>,
        /// No version: what people do in `AlgaPSA`'s pages does not move it.
        pub updated_at: Option<Timestamp>,
        /// When it was closed.
        pub closed_at: Option<Timestamp>,
        /// When it is to be done.
        pub due_date: Option<Timestamp>,
        /// Its tags.
        pub tags: Option<Vec<String>>,
        /// Its page in `AlgaPSA`.
        pub url: Option<String>,
        /// Whether its contact is to get no mail about this.
        pub suppress_contact_notifications: Option<bool>,
        /// Whether the staff is to get no mail about this.
        pub suppress_internal_notifications: Option<bool>,
        /// Its whole thread, oldest first, unless the webhook leaves it out.
        pub comments: Option<Vec<Entry>>,
    }
}

object! {
    /// The comment that `ticket.comment.added` tells of.
    pub struct Comment {
        /// The text, which may be the JSON of `AlgaPSA`'s editor.
        pub text: String,
        /// The name of its author.
        pub author: Option<String>,
        /// When it was written, or published if it had been scheduled.
        pub timestamp: Option<Timestamp>,
        /// Whether it is a note for the staff, which no customer may see.
        pub is_internal: bool,
    }
}

object! {
    /// A comment in a ticket's thread. **It may be scheduled, unpublished or cancelled, and nothing here tells**: show no customer
    /// what no `ticket.comment.added` has told of.
    pub struct Entry {
        /// Its id.
        pub comment_id: String,
        /// The text, which may be the JSON of `AlgaPSA`'s editor.
        pub text: String,
        /// The name of its author.
        pub author: Option<String>,
        /// Whether it is a note for the staff, which no customer may see.
        pub is_internal: bool,
        /// Whether it tells how the ticket was resolved.
        pub is_resolution: Option<bool>,
        /// When it was written.
        pub created_at: Option<Timestamp>,
        /// When it was edited last.
        pub updated_at: Option<Timestamp>,
    }
}
