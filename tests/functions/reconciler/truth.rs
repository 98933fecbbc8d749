//! What has really happened, against what was told of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use algapsa::Event;
use algapsa::desk::{Difference as Changed, Field, Happened, Way};
use jiff::{SignedDuration, Timestamp};
use reconciler::difference::{Difference, What};
use reconciler::view::View;
use serde_json::{Value, json};

/// The events that were kept, with what they said, and when.
pub type Kept = HashMap<String, (Timestamp, Arc<Event>)>;

/// A whole scan.
pub struct Scan {
    pub at: Timestamp,
    pub view: View,
    /// The tickets that are known after it.
    pub known: HashSet<String>,
}

/// A day from all sides.
pub struct Truth<'a> {
    pub history: &'a [Happened],
    pub kept: &'a Kept,
    /// What the reconciler announced, and when.
    pub announced: &'a [(Timestamp, Difference)],
    pub scans: &'a [Scan],
    /// The tickets that are closed in the end.
    pub closed: HashSet<String>,
    /// What happens later may still wait.
    pub until: Timestamp,
}

/// What became of the fields whose last change the sender did not tell of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Told by the reconciler.
    pub noticed: usize,
    /// Not told, because an event of that ticket and that time could have told it, or did by what it said of the ticket.
    pub masked: usize,
    /// Edits of closed tickets in AlgaPSA's pages, and of tickets that were closed long before: no list shows them.
    pub unseen: usize,
    /// Not told, and nothing excuses that.
    pub missed: Vec<String>,
    /// Told by an event, and announced again.
    pub told_again: Vec<String>,
}

/// One change of one field.
struct Change<'a> {
    happened: &'a Happened,
    difference: &'a Changed,
}

type Key = (String, &'static str);

impl Truth<'_> {
    pub fn score(&self) -> Score {
        let changes = self.changes();
        let mut score = Score::default();
        let mut announced = HashSet::new();
        for (now, one) in self.announced {
            let id = (&one.ticket_id, one.what, one.from, one.after.to_string());
            assert!(announced.insert(id), "announced twice: {one:?}");
            let of_field = changes.get(&(one.ticket_id.clone(), name(one.what)));
            let cause = of_field
                .into_iter()
                .flatten()
                .rfind(|change| change.is_told_by(one));
            if self.corrects(one, cause) {
                continue;
            }
            let cause = cause.unwrap_or_else(|| panic!("this has never happened: {one:?}"));
            let told = self.told_by_the_sender(cause);
            // An event that comes within the grace had to be waited for, but for its last minutes.
            if told.is_some_and(|at| at <= (*now).max(one.until + GRACE - 10 * MINUTE)) {
                score.told_again.push(format!("{one:?}"));
            }
        }
        for (key, changes) in &changes {
            self.score_field(key, changes, &mut score);
        }
        score
    }

    /// Whether it takes back what an event told whose save was rolled back. `last` is what had happened to the field.
    fn corrects(&self, one: &Difference, last: Option<&Change>) -> bool {
        let told_in = one.told_in.as_deref().and_then(|key| key.split_once('/'));
        let is_it = |happened: &&Happened| {
            let mut ids = happened
                .announced
                .iter()
                .map(|one| one.event_id.to_string());
            told_in.is_some_and(|(id, _)| ids.any(|announced| announced == id))
        };
        let told = self.history.iter().find(is_it);
        let stands = last.is_none_or(|last| last.difference.after == one.after);
        told.is_some_and(|told| told.was_rolled_back) && stands
    }

    /// All changes of each field of each ticket, in order.
    fn changes(&self) -> BTreeMap<Key, Vec<Change<'_>>> {
        let mut changes: BTreeMap<Key, Vec<Change>> = BTreeMap::new();
        for happened in self.history {
            for difference in &happened.differences {
                let key = (happened.ticket_id.to_string(), column(difference.field));
                let change = Change {
                    happened,
                    difference,
                };
                changes.entry(key).or_default().push(change);
            }
        }
        changes
    }

    fn score_field(&self, (ticket, field): &Key, changes: &[Change], score: &mut Score) {
        let last = changes.last().expect("there is one");
        let at = last.happened.at;
        let before = self
            .scans
            .iter()
            .rfind(|scan| scan.at < at && shows(scan.view, field));
        let after = self
            .scans
            .iter()
            .find(|scan| scan.at >= at && shows(scan.view, field));
        let (Some(before), Some(after)) = (before, after.filter(|scan| scan.at <= self.until))
        else {
            return;
        };
        if self.goes_without_saying(ticket, field, last) {
            return;
        }
        let told = self.last_told(ticket, field, changes);
        if told == last.difference.after {
            score.noticed += usize::from(self.told_by_the_sender(last).is_none());
        } else if self.is_out_of_sight(ticket, last, before) {
            score.unseen += 1;
        } else if self.is_masked(ticket, before.at, after.at) {
            score.masked += 1;
        } else {
            let Happened { way, acts, at, .. } = last.happened;
            score
                .missed
                .push(format!("{ticket} {field} {way:?} {acts:?} {at}"));
        }
    }

    /// A ticket that was created or deleted unannounced is told as a whole, and what goes with a status is told with it.
    fn goes_without_saying(&self, ticket: &str, field: &str, last: &Change) -> bool {
        let of_ticket = self
            .history
            .iter()
            .filter(|one| one.ticket_id.to_string() == ticket);
        let existence = of_ticket.flat_map(|one| {
            let of_existence = one.differences.iter();
            of_existence
                .filter_map(move |two| (two.field == Field::Existence).then_some((one, two)))
        });
        let is_told_whole = existence.into_iter().any(|(happened, difference)| {
            let change = Change {
                happened,
                difference,
            };
            difference.after == json!(false) || self.told_by_the_sender(&change).is_none()
        });
        let mut with = last.happened.differences.iter();
        let with_status = field == "closed_at" && with.any(|one| one.field == Field::Status);
        field != "existence" && is_told_whole || with_status
    }

    /// The value that somebody knows who hears all that is told.
    fn last_told(&self, ticket: &str, field: &str, changes: &[Change]) -> Value {
        let told = changes
            .iter()
            .filter(|change| self.told_by_the_sender(change).is_some());
        let told = told.map(|change| (change.happened.at, &change.difference.after));
        let announced = self
            .announced
            .iter()
            .filter(|(_, one)| one.ticket_id == ticket && name(one.what) == field);
        let existence = [json!(false), json!(true)];
        let announced = announced.map(|(_, one)| match one.what {
            What::Deleted => (one.until, &existence[0]),
            What::Created => (one.until, &existence[1]),
            What::Changed(_) | What::Commented(_) => (one.until, &one.after),
        });
        let last = told.chain(announced).max_by_key(|(at, _)| *at);
        last.map_or_else(
            || changes[0].difference.before.clone(),
            |(_, value)| value.clone(),
        )
    }

    fn is_out_of_sight(&self, ticket: &str, last: &Change, before: &Scan) -> bool {
        let in_the_pages = matches!(last.happened.way, Way::Ui | Way::Sla);
        let is_new = last.difference.field == Field::Existence;
        in_the_pages && self.closed.contains(ticket) || !is_new && !before.known.contains(ticket)
    }

    fn is_masked(&self, ticket: &str, from: Timestamp, until: Timestamp) -> bool {
        let (from, until) = (from - 5 * MINUTE, until + MINUTE);
        self.kept.values().any(|(_, event)| {
            let is_near = (from..=until).contains(&event.occurred_at);
            let is_telling = event.event_type != "ticket.comment.added";
            is_near && is_telling && said(event, "ticket_id") == Some(&json!(ticket))
        })
    }

    /// When the first event was kept that tells of a change.
    fn told_by_the_sender(&self, change: &Change) -> Option<Timestamp> {
        let announced = change.happened.announced.iter();
        let kept = announced.filter_map(|one| self.kept.get(&one.event_id.to_string()));
        let telling = kept.filter(|(_, event)| change.is_in(event));
        telling.map(|(at, _)| *at).min()
    }
}

const GRACE: SignedDuration = SignedDuration::from_hours(3);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Change<'_> {
    fn is_told_by(&self, told: &Difference) -> bool {
        let is_it = match told.what {
            What::Created => self.difference.after == json!(true),
            What::Deleted => self.difference.after == json!(false),
            What::Changed(_) | What::Commented(_) => self.difference.after == told.after,
        };
        is_it && self.happened.at <= told.until
    }

    /// Whether an event that was sent of it tells of it: it names it, is about it, or shows the new value.
    fn is_in(&self, event: &Event) -> bool {
        let (field, changes) = (column(self.difference.field), said(event, "changes"));
        let names = |field: &str| changes.is_some_and(|changes| changes.get(field).is_some());
        let shows = || said(event, field) == Some(&self.difference.after);
        match (event.event_type.as_str(), field) {
            ("ticket.created", _) => true,
            ("ticket.comment.added", _) | (_, "existence") => false,
            _ if names(field) => true,
            ("ticket.status_changed" | "ticket.closed", "status_id" | "closed_at")
            | ("ticket.assigned", "assigned_to" | "assigned_team_id") => true,
            ("ticket.updated", "closed_at") => names("status_id"),
            // A save in the pages that changes nothing else names nothing.
            ("ticket.updated", "client_id" | "contact_name_id" | "due_date") => {
                changes.is_none() || shows()
            }
            ("ticket.updated", _) => false,
            _ => shows(),
        }
    }
}

fn said<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    let found = event.data.0.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value)
}

/// As in the lists: the columns of a row have no tags, and those that can be chosen leave some ids out.
fn shows(view: View, field: &str) -> bool {
    match field {
        "tags" => view == View::Chosen,
        "priority_id" | "category_id" | "contact_name_id" | "due_date" => view == View::Columns,
        _ => true,
    }
}

fn column(field: Field) -> &'static str {
    match field {
        Field::Existence => "existence",
        field => field.column(),
    }
}

fn name(what: What) -> &'static str {
    match what {
        What::Created | What::Deleted => "existence",
        What::Changed(field) => field.column(),
        What::Commented(_) => "comment",
    }
}
