//! A change of a wanted kind, for whoever does not care which.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::founding::TAGS;
use super::{Act, Change, Comment, Desk, Publication, Ticket, Way, Words, in_milliseconds};
use crate::sender::Chance;

const TEXTS: [&str; 4] = [
    "It came back — schon wieder!",
    "Driver 31.0.101 is in; please try again & tell us.",
    "See the screenshot 🙂",
    "Waiting for the spare part.",
];

impl Desk {
    /// A change that does this to the ticket, and that makes a difference if the act can; nothing if it cannot be done to it,
    /// as an open ticket cannot be opened again.
    pub fn some_change(
        &self,
        chance: &mut Chance,
        (way, act): (Way, Act),
        ticket: &Ticket,
        at: Timestamp,
    ) -> Option<Change> {
        self.some_id(chance, act, ticket)
            .or_else(|| some_text(chance, act, ticket, at))
            .or_else(|| self.some_comment(chance, (way, act), ticket, at))
            .or_else(|| self.some_deed(chance, act, ticket))
    }

    /// Another status, person, board and so on.
    fn some_id(&self, chance: &mut Chance, act: Act, ticket: &Ticket) -> Option<Change> {
        let of = self.catalogue();
        let is_open = self.is_open(ticket);
        Some(match act {
            Act::Status if is_open => Change::Status(other(chance, &of.open, Some(ticket.status))),
            Act::Close if is_open => Change::Status(chance.pick(&of.closed)),
            Act::Reopen if !is_open => Change::Status(of.open[1]),
            Act::Assign => Change::Assignee(Some(other(chance, &of.people, ticket.assignee))),
            Act::Unassign => ticket.assignee.map(|_| Change::Assignee(None))?,
            Act::Team => {
                let teams: Vec<_> = of.teams.iter().map(|team| team.id).collect();
                Change::Team(Some(other(chance, &teams, ticket.team)))
            }
            Act::LeaveTeam => ticket.team.map(|_| Change::Team(None))?,
            Act::Agent if ticket.assignee.is_none() => Change::Agent(chance.pick(&of.people)),
            Act::Priority => Change::Priority(other(chance, &of.priorities, Some(ticket.priority))),
            Act::Board => Change::Board(other(chance, &of.boards, Some(ticket.board))),
            Act::Category => Change::Category(Some(other(chance, &of.categories, ticket.category))),
            Act::Client => Change::Client(other(chance, &of.clients, Some(ticket.client))),
            Act::Contact => {
                let all = of.contacts.iter();
                let its = all.filter(|contact| contact.client == ticket.client);
                let its: Vec<_> = its.map(|contact| contact.id).collect();
                Change::Contact(Some(other(chance, &its, ticket.contact)))
            }
            _ => return None,
        })
    }

    fn some_comment(
        &self,
        chance: &mut Chance,
        (way, act): (Way, Act),
        ticket: &Ticket,
        at: Timestamp,
    ) -> Option<Change> {
        let mut comments = ticket.comments.iter();
        let is_scheduled =
            |comment: &&Comment| matches!(comment.publication, Publication::Scheduled(_));
        Some(match act {
            Act::Reply => self.words(chance, way, ticket, false, None),
            Act::Note => self.words(chance, way, ticket, true, None),
            Act::Schedule => {
                let minutes = i64::try_from(1 + chance.below(90)).unwrap_or_default();
                let due = at + SignedDuration::from_mins(minutes);
                self.words(chance, way, ticket, false, Some(due))
            }
            Act::Publish => Change::Publish(comments.find(is_scheduled)?.id),
            Act::Cancel => Change::Cancel(comments.find(is_scheduled)?.id),
            Act::EditComment => {
                Change::EditComment(comments.next_back()?.id, chance.pick(&TEXTS).to_owned())
            }
            Act::DeleteComment => {
                let there = comments.rfind(|comment| comment.deleted_at.is_none());
                Change::DeleteComment(there?.id)
            }
            _ => return None,
        })
    }

    fn some_deed(&self, chance: &mut Chance, act: Act, ticket: &Ticket) -> Option<Change> {
        Some(match act {
            Act::Bundle if ticket.master.is_some() => Change::Bundle(None),
            Act::Bundle => Change::Bundle(Some(self.some_master(chance, ticket)?)),
            Act::Other => Change::Other,
            Act::Nothing => Change::Nothing,
            Act::Mailed => Change::Mailed,
            Act::Watchers => Change::Watchers,
            Act::Delete => Change::Delete,
            _ => return None,
        })
    }

    /// By whoever is assigned, or by the customer.
    fn words(
        &self,
        chance: &mut Chance,
        way: Way,
        ticket: &Ticket,
        is_internal: bool,
        scheduled_for: Option<Timestamp>,
    ) -> Change {
        let of_the_desk = ticket.assignee.unwrap_or(self.catalogue().people[0]);
        let author = (!way.is_the_customers()).then_some(of_the_desk);
        Change::Comment(Words {
            text: chance.pick(&TEXTS).to_owned(),
            author,
            is_internal,
            scheduled_for,
        })
    }

    /// Any ticket that follows nobody, for one that nobody follows.
    fn some_master(&self, chance: &mut Chance, child: &Ticket) -> Option<Uuid> {
        if !self.children(child.id).is_empty() {
            return None;
        }
        let master = self.at(chance.place(self.len()))?;
        (master.id != child.id && master.master.is_none()).then_some(master.id)
    }
}

/// Another title, description, due date or tag.
fn some_text(chance: &mut Chance, act: Act, ticket: &Ticket, at: Timestamp) -> Option<Change> {
    Some(match act {
        Act::Title => {
            let title = plain(&ticket.title);
            Change::Title(format!("{title} ({})", chance.below(100_000)))
        }
        Act::Describe => Change::Description(chance.pick(&TEXTS).to_owned()),
        Act::DueDate => {
            let hours = i64::try_from(chance.below(200)).unwrap_or_default();
            let due_date = in_milliseconds(at + SignedDuration::from_hours(hours));
            Change::DueDate(Some(due_date))
        }
        Act::Tags => Change::Tags(toggled(ticket, chance.pick(&TAGS))),
        _ => return None,
    })
}

/// One of a list of two at least, but not the one that it is already.
fn other(chance: &mut Chance, from: &[Uuid], not: Option<Uuid>) -> Uuid {
    let picked = chance.place(from.len());
    if Some(from[picked]) == not {
        from[(picked + 1) % from.len()]
    } else {
        from[picked]
    }
}

/// The title without the number that was added to it.
fn plain(title: &str) -> &str {
    title.split(" (").next().unwrap_or(title)
}

fn toggled(ticket: &Ticket, tag: &str) -> Vec<String> {
    let texts = ticket.tags.iter().map(|tag| tag.text.clone());
    let mut tags: Vec<_> = texts.filter(|text| text != tag).collect();
    if tags.len() == ticket.tags.len() {
        tags.push(tag.to_owned());
    }
    tags
}
