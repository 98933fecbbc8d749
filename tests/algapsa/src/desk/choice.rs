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
        let catalogue = self.catalogue();
        let is_open = self.is_open(ticket);
        let scheduled =
            |comment: &&Comment| matches!(comment.publication, Publication::Scheduled(_));
        Some(match act {
            Act::Status if is_open => {
                Change::Status(other(chance, &catalogue.open, Some(ticket.status)))
            }
            Act::Close if is_open => Change::Status(chance.pick(&catalogue.closed)),
            Act::Reopen if !is_open => Change::Status(catalogue.open[1]),
            Act::Assign => {
                Change::Assignee(Some(other(chance, &catalogue.people, ticket.assignee)))
            }
            Act::Unassign => ticket.assignee.map(|_| Change::Assignee(None))?,
            Act::Team => {
                let teams: Vec<_> = catalogue.teams.iter().map(|team| team.id).collect();
                Change::Team(Some(other(chance, &teams, ticket.team)))
            }
            Act::LeaveTeam => ticket.team.map(|_| Change::Team(None))?,
            Act::Agent if ticket.assignee.is_none() => {
                Change::Agent(chance.pick(&catalogue.people))
            }
            Act::Priority => {
                Change::Priority(other(chance, &catalogue.priorities, Some(ticket.priority)))
            }
            Act::Board => Change::Board(other(chance, &catalogue.boards, Some(ticket.board))),
            Act::Category => {
                Change::Category(Some(other(chance, &catalogue.categories, ticket.category)))
            }
            Act::Client => Change::Client(other(chance, &catalogue.clients, Some(ticket.client))),
            Act::Contact => {
                let of_client = catalogue
                    .contacts
                    .iter()
                    .filter(|contact| contact.client == ticket.client);
                let contacts: Vec<_> = of_client.map(|contact| contact.id).collect();
                Change::Contact(Some(other(chance, &contacts, ticket.contact)))
            }
            Act::Title => Change::Title(format!(
                "{} ({})",
                plain(&ticket.title),
                chance.below(100_000)
            )),
            Act::DueDate => {
                let hours = i64::try_from(chance.below(200)).unwrap_or_default();
                Change::DueDate(Some(in_milliseconds(
                    at + SignedDuration::from_hours(hours),
                )))
            }
            Act::Describe => Change::Description(chance.pick(&TEXTS).to_owned()),
            Act::Tags => Change::Tags(toggled(ticket, chance.pick(&TAGS))),
            Act::Reply => self.words(chance, way, ticket, false, None),
            Act::Note => self.words(chance, way, ticket, true, None),
            Act::Schedule => {
                let minutes = i64::try_from(1 + chance.below(90)).unwrap_or_default();
                self.words(
                    chance,
                    way,
                    ticket,
                    false,
                    Some(at + SignedDuration::from_mins(minutes)),
                )
            }
            Act::Publish => Change::Publish(ticket.comments.iter().find(scheduled)?.id),
            Act::Cancel => Change::Cancel(ticket.comments.iter().find(scheduled)?.id),
            Act::EditComment => {
                Change::EditComment(ticket.comments.last()?.id, chance.pick(&TEXTS).to_owned())
            }
            Act::DeleteComment => {
                let there = ticket
                    .comments
                    .iter()
                    .rfind(|comment| comment.deleted_at.is_none());
                Change::DeleteComment(there?.id)
            }
            Act::Bundle if ticket.master.is_some() => Change::Bundle(None),
            Act::Bundle => Change::Bundle(Some(self.some_master(chance, ticket)?)),
            Act::Other => Change::Other,
            Act::Nothing => Change::Nothing,
            Act::Mailed => Change::Mailed,
            Act::Watchers => Change::Watchers,
            Act::Delete => Change::Delete,
            Act::Status | Act::Close | Act::Reopen | Act::Agent | Act::Create => return None,
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
