//! New tickets, and a desk that has been at work for some months.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::catalogue::Contact;
use super::ticket::{Tag, Ticket};
use super::{Comment, Desk, Publication, in_milliseconds};
use crate::sender::Chance;

/// What a ticket is when it is created.
#[derive(Clone, Debug)]
pub struct Draft {
    pub title: String,
    pub description: String,
    pub client: Uuid,
    pub contact: Option<Uuid>,
    pub priority: Uuid,
    pub board: Uuid,
    pub category: Option<Uuid>,
    pub assignee: Option<Uuid>,
    pub tags: Vec<String>,
    /// Another time of entry than that of the transaction: an import gives all its tickets the same.
    pub entered_at: Option<Timestamp>,
}

const TITLES: [&str; 8] = [
    "The printer on the second floor prints blank pages",
    "Outlook asks for the password",
    "Der Drucker druckt schon wieder nicht",
    "No network in the meeting room",
    "Backup failed",
    "New colleague on Monday",
    "Bildschirm flackert 🙈",
    "Phone does not ring",
];
pub(crate) const TAGS: [&str; 5] = ["vip", "outlook", "on site", "hardware", "warranty"];
const TEXT: &str = "Since this morning. I have restarted it twice, and the second time it stayed on for about an hour.";
/// How old the oldest ticket of a desk is.
const AGE: u64 = 90 * 24 * 3600;

impl Desk {
    /// A desk with that many tickets of the last 90 days, two thirds of them open. No two were entered at the same moment.
    pub fn with_tickets(seed: u64, count: usize, now: Timestamp) -> Self {
        let mut desk = Self::new(seed);
        let age = AGE * 1_000_000;
        let mut entered: Vec<_> = (0..count).map(|_| desk.moment(age)).collect();
        entered.sort_unstable();
        entered.dedup();
        let mut chance = Chance::new(desk.chance.any());
        for ago in entered.into_iter().rev() {
            let draft = desk.draft(&mut chance);
            let ticket = desk.opened(draft, now - ago);
            let ticket = desk.aged(ticket, now);
            desk.keep(Arc::new(ticket));
        }
        desk
    }

    /// A ticket that somebody might open.
    pub fn draft(&self, chance: &mut Chance) -> Draft {
        let catalogue = self.catalogue();
        let contact = &catalogue.contacts[chance.place(catalogue.contacts.len())];
        let Contact { id, client, .. } = *contact;
        Draft {
            title: format!("{} #{}", chance.pick(&TITLES), chance.below(10_000)),
            description: TEXT.to_owned(),
            client,
            contact: (!chance.one_in(5)).then_some(id),
            priority: chance.pick(&catalogue.priorities),
            board: chance.pick(&catalogue.boards),
            category: (!chance.one_in(3)).then(|| chance.pick(&catalogue.categories)),
            assignee: chance.one_in(2).then(|| chance.pick(&catalogue.people)),
            tags: chance
                .one_in(4)
                .then(|| chance.pick(&TAGS).to_owned())
                .into_iter()
                .collect(),
            entered_at: None,
        }
    }

    /// The row of a new ticket. It is not kept yet.
    pub(super) fn opened(&mut self, draft: Draft, entered_at: Timestamp) -> Ticket {
        self.created += 1;
        let entered_at = draft.entered_at.unwrap_or(entered_at);
        let tags = draft.tags.into_iter();
        let tags = tags.map(|text| Tag {
            id: self.chance.uuid(),
            text,
        });
        let tags = tags.collect();
        Ticket {
            id: self.chance.uuid(),
            number: format!("TIC{:05}", 10_000 + self.created),
            title: draft.title,
            status: self.catalogue.open[0],
            priority: draft.priority,
            board: draft.board,
            category: draft.category,
            client: draft.client,
            contact: draft.contact,
            assignee: draft.assignee,
            team: None,
            due_date: None,
            entered_at,
            entered_by: self.catalogue.people.first().copied(),
            updated_at: Some(entered_at),
            closed_at: None,
            is_closed: false,
            response_state: None,
            master: None,
            description: draft.description,
            tags,
            comments: Arc::default(),
        }
    }

    /// The same some time later: under way or closed, and commented.
    fn aged(&mut self, mut ticket: Ticket, now: Timestamp) -> Ticket {
        let age = now.duration_since(ticket.entered_at);
        let age = u64::try_from(age.as_micros()).unwrap_or_default();
        let later = |chance: &mut Chance| {
            let passed = SignedDuration::from_micros(chance.below(age.max(1)).cast_signed());
            in_milliseconds(ticket.entered_at + passed).max(ticket.entered_at)
        };
        if self.chance.one_in(2) {
            ticket.updated_at = Some(later(&mut self.chance));
        }
        if self.chance.one_in(3) {
            ticket.status = self.chance.pick(&self.catalogue.closed);
            ticket.closed_at = Some(later(&mut self.chance));
            ticket.is_closed = true;
        } else {
            ticket.status = self.chance.pick(&self.catalogue.open);
        }
        let said = self.chance.below(3);
        let mut moments: Vec<_> = (0..said).map(|_| later(&mut self.chance)).collect();
        moments.sort_unstable();
        let comments = moments
            .into_iter()
            .map(|created_at| self.comment(&ticket, created_at));
        ticket.comments = Arc::new(comments.collect());
        ticket
    }

    fn comment(&mut self, ticket: &Ticket, created_at: Timestamp) -> Comment {
        let author = ticket.assignee;
        let name = author.or(ticket.contact).map(|id| self.catalogue.name(id));
        Comment {
            id: self.chance.uuid(),
            text: TEXT.to_owned(),
            author,
            author_name: name.unwrap_or_default().to_owned(),
            is_internal: author.is_some() && self.chance.one_in(3),
            created_at,
            updated_at: created_at,
            deleted_at: None,
            publication: Publication::Published(None),
        }
    }
}
