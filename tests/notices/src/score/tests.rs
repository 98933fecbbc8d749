//! Whether the score can lie.

use std::slice;

use algapsa::day::Day;
use algapsa::desk::{Change, Desk, Difference, Field, Happened, Way, Words};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Score;
use crate::kind::Kind;
use crate::truth::Truth;

/// A desk whose one ticket is changed by hand, a minute after the other.
struct Told {
    before: Desk,
    desk: Desk,
    ticket_id: Uuid,
    saves: Vec<Happened>,
}

fn at(minutes: i64) -> Timestamp {
    let from: Timestamp = "2026-11-02T07:00:00Z".parse().unwrap();
    from + SignedDuration::from_mins(minutes)
}

impl Told {
    fn new() -> Self {
        let desk = Desk::with_tickets(1, 1, at(0));
        let ticket_id = desk.tickets().next().unwrap().id;
        Self {
            before: desk.clone(),
            ticket_id,
            desk,
            saves: Vec::new(),
        }
    }

    fn save(mut self, way: Way, changes: &[Change]) -> Self {
        let now = at(1 + i64::try_from(self.saves.len()).unwrap());
        self.saves
            .extend(self.desk.save(way, self.ticket_id, changes, now));
        self
    }

    fn rolled_back(mut self, way: Way, changes: &[Change]) -> Self {
        let now = at(1 + i64::try_from(self.saves.len()).unwrap());
        self.saves
            .push(self.desk.roll_back(way, self.ticket_id, changes, now));
        self
    }

    /// Another priority than it has, by its number.
    fn priority(&self, number: usize) -> Change {
        let all = &self.desk.catalogue().priorities;
        let before = self.before.ticket(self.ticket_id).unwrap().priority;
        let mut others = all.iter().filter(|priority| **priority != before);
        Change::Priority(*others.nth(number).unwrap())
    }

    /// The priority that it had first.
    fn first_priority(&self) -> Change {
        Change::Priority(self.before.ticket(self.ticket_id).unwrap().priority)
    }

    fn assignee(&self) -> Change {
        let ticket = self.before.ticket(self.ticket_id).unwrap();
        let mut people = self.desk.catalogue().people.iter();
        Change::Assignee(people.find(|one| Some(**one) != ticket.assignee).copied())
    }

    /// Another status than it has now, one that leaves it open.
    fn open(&self) -> Change {
        let now = self.desk.ticket(self.ticket_id).unwrap().status;
        let mut open = self.desk.catalogue().open.iter();
        Change::Status(*open.find(|status| **status != now).unwrap())
    }

    fn closed(&self) -> Change {
        Change::Status(self.desk.catalogue().closed[0])
    }

    fn truth(self) -> Truth {
        Truth::told(Day::idle(self.before, at(0)), at(0), self.saves)
    }
}

fn priority(priority: &Change) -> (Field, Value) {
    match priority {
        Change::Priority(id) => (Field::Priority, json!(id.to_string())),
        other => panic!("{other:?} is no priority"),
    }
}

fn noticed(score: &Score) -> (usize, usize) {
    score.noticed(|_| true)
}

/// Lets the score hear the events of a save.
fn hears(score: &mut Score, save: &Happened, now: Timestamp) {
    for event in &save.announced {
        score.hears(event.event_id, event.event_type, now);
    }
}

#[test]
fn a_change_counts_once_it_is_told_and_its_delay_is_that_of_the_first_time() {
    let told = Told::new();
    let changed = told.priority(0);
    let truth = told.save(Way::Ui, &[changed]).truth();
    let mut score = Score::new(&truth);
    assert_eq!((noticed(&score), score.delays()), ((0, 1), vec![]));
    hears(&mut score, &truth.saves[0], at(3));
    hears(&mut score, &truth.saves[0], at(9));
    assert_eq!(noticed(&score), (1, 1));
    assert_eq!(score.delays(), [SignedDuration::from_mins(2)]);
    assert_eq!(score.for_nothing, 1, "the second time");
}

#[test]
fn a_silent_change_is_not_noticed_by_whatever_events_come() {
    let told = Told::new();
    let (silent, told_of) = (told.priority(0), told.assignee());
    let told = told.save(Way::Workflow, &[silent]);
    let truth = told.save(Way::Ui, &[told_of]).truth();
    let mut score = Score::new(&truth);
    for save in &truth.saves {
        hears(&mut score, save, at(5));
    }
    assert_eq!(noticed(&score), (1, 2));
    assert_eq!(
        score.noticed(|change| change.kind == Kind::Programs),
        (0, 1)
    );
    assert_eq!(score.noticed(|change| change.kind == Kind::People), (1, 1));
}

#[test]
fn a_lost_event_is_never_noticed() {
    let told = Told::new();
    let [one, other] = [0, 1].map(|number| told.priority(number));
    let told = told.save(Way::Ui, &[one]).save(Way::Ui, &[other]);
    let truth = told.truth();
    let mut score = Score::new(&truth);
    hears(&mut score, &truth.saves[1], at(3));
    assert_eq!(noticed(&score), (1, 2));
    assert_eq!(score.delays(), [SignedDuration::from_mins(1)]);
}

#[test]
fn a_comment_does_not_tell_that_its_mail_reopened_the_ticket() {
    let told = Told::new();
    let closed = told.closed();
    let opened = told.open();
    let told = told
        .save(Way::Ui, slice::from_ref(&opened))
        .save(Way::Ui, &[closed]);
    let reply = Change::Comment(Words {
        text: "It came back.".to_owned(),
        author: None,
        is_internal: false,
        scheduled_for: None,
    });
    let truth = told.save(Way::Mail, &[opened, reply]).truth();
    let mut score = Score::new(&truth);
    let mail = truth.saves.last().unwrap();
    hears(&mut score, mail, at(9));
    let by_mail = score.noticed(|change| change.kind == Kind::Customers);
    assert_eq!((by_mail, score.comments()), ((0, 1), (1, 1)));
    assert_eq!(score.for_nothing, 0, "a comment is something");
}

#[test]
fn a_closing_is_one_change_though_two_fields_differ_and_two_events_tell_of_it() {
    let told = Told::new();
    let (opened, closed) = (told.open(), told.closed());
    let truth = told
        .save(Way::Ui, &[opened])
        .save(Way::Ui, &[closed])
        .truth();
    let closing = truth.saves.last().unwrap();
    let fields = |difference: &Difference| difference.field;
    let differing: Vec<_> = closing.differences.iter().map(fields).collect();
    assert_eq!(differing, [Field::Status, Field::ClosedAt]);
    assert_eq!(closing.announced.len(), 2);
    let places = truth.changes_of(truth.saves.len() - 1);
    assert_eq!(places.len(), 1);
    let mut score = Score::new(&truth);
    hears(&mut score, closing, at(3));
    assert_eq!(score.for_nothing, 0);
}

#[test]
fn who_reads_a_value_has_noticed_the_last_change_that_led_to_it_and_no_other() {
    let told = Told::new();
    let [one, other] = [0, 1].map(|number| told.priority(number));
    let found = [one.clone(), other.clone()].map(|change| priority(&change));
    let told = told.save(Way::Ui, &[one]).save(Way::Ui, &[other]);
    let (ticket_id, truth) = (told.ticket_id, told.truth());
    let mut score = Score::new(&truth);
    score.finds(ticket_id, &found[1..], at(10));
    assert_eq!((noticed(&score), score.for_nothing), ((1, 2), 0));
    assert_eq!(score.delays(), [SignedDuration::from_mins(8)]);
    score.finds(ticket_id, &found[1..], at(11));
    assert_eq!((noticed(&score), score.for_nothing), ((1, 2), 1));
}

#[test]
fn what_was_never_so_or_is_not_so_yet_tells_of_nothing() {
    let told = Told::new();
    let [one, other] = [0, 1].map(|number| told.priority(number));
    let found = [one.clone(), other].map(|change| priority(&change));
    let told = told.save(Way::Ui, &[one]);
    let (ticket_id, truth) = (told.ticket_id, told.truth());
    let mut score = Score::new(&truth);
    score.finds(ticket_id, &found[..1], at(0));
    score.finds(ticket_id, &found[1..], at(9));
    score.finds(Uuid::nil(), &found, at(9));
    score.hears(Uuid::nil(), "ticket.updated", at(9));
    assert_eq!((noticed(&score), score.for_nothing), ((0, 1), 4));
}

#[test]
fn a_rollback_is_no_change_and_its_event_is_for_nothing() {
    let told = Told::new();
    let opened = told.open();
    let truth = told.rolled_back(Way::Ui, &[opened]).truth();
    let mut score = Score::new(&truth);
    hears(&mut score, &truth.saves[0], at(9));
    assert_eq!((noticed(&score), score.for_nothing), ((0, 0), 1));
}

#[test]
fn an_event_that_comes_after_the_change_was_found_is_for_nothing() {
    let told = Told::new();
    let changed = told.priority(0);
    let found = [priority(&changed)];
    let told = told.save(Way::Ui, &[changed]);
    let (ticket_id, truth) = (told.ticket_id, told.truth());
    let mut score = Score::new(&truth);
    score.finds(ticket_id, &found, at(5));
    hears(&mut score, &truth.saves[0], at(6));
    assert_eq!((noticed(&score), score.for_nothing), ((1, 1), 1));
    assert_eq!(score.delays(), [SignedDuration::from_mins(4)]);
}

#[test]
fn there_and_back_within_an_hour_is_counted() {
    let told = Told::new();
    let (there, back) = (told.priority(0), told.first_priority());
    let truth = told.save(Way::Ui, &[there]).save(Way::Ui, &[back]).truth();
    let within = |minutes| truth.overwritten_within(SignedDuration::from_mins(minutes));
    assert_eq!((within(60), within(0)), ((1, 1), (0, 0)));
    let missed = |minutes| {
        let missed = Score::new(&truth).missed(SignedDuration::from_mins(minutes));
        missed.map(|changes| changes.len())
    };
    assert_eq!((missed(60), missed(0)), ([2, 0], [0, 2]));
}
