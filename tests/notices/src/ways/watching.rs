//! Reading tickets one by one, as often as the key may: `GET /tickets/{id}`.

use std::collections::{HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{MINUTE, every};
use crate::client::{Answer, Client, id};
use crate::notebook::{IN_AN_ANSWER, Notebook};
use crate::score::Score;
use crate::truth::Truth;

/// How many calls a key gets back in a minute.
pub const CALLS: usize = 60;
/// New tickets are listed by when they were entered, which is some moments before they can be seen.
const OVERLAP: SignedDuration = SignedDuration::from_mins(1);

/// As long as this no ticket is out of turn, for as many as 10,000.
const ROUND: SignedDuration = SignedDuration::from_hours(3);

struct Watcher<'a> {
    client: Client,
    notebook: Notebook,
    score: Score<'a>,
    /// Whose turn is next.
    turns: VecDeque<Uuid>,
    /// From then on no read can tell anything new.
    over_at: Timestamp,
}

/// Reads a few open tickets every minute, and knows no others. Which ones comes with the score.
pub fn watch_some(truth: &Truth, count: usize) -> (Score<'_>, HashSet<Uuid>) {
    let desk = truth.day.desk();
    let open = desk.tickets().filter(|ticket| desk.is_open(ticket));
    let open: Vec<_> = open.map(|ticket| ticket.id).collect();
    let apart = (open.len() / count).max(1);
    let chosen: Vec<_> = open.into_iter().step_by(apart).take(count).collect();
    let mut watcher = Watcher::of(truth, chosen.iter().copied());
    for now in every(MINUTE, truth) {
        watcher.reads(chosen.len(), now);
    }
    (watcher.done(), chosen.into_iter().collect())
}

/// Reads all tickets in turn, one each second, but for a second in each minute in which it lists those that are new.
pub fn watch_all(truth: &Truth) -> Score<'_> {
    let all = truth.day.desk().tickets().map(|ticket| ticket.id);
    let mut watcher = Watcher::of(truth, all);
    for now in every(MINUTE, truth) {
        watcher.lists(now);
        for second in 1..CALLS {
            let second = i64::try_from(second).expect("a minute is short");
            watcher.reads(1, now + SignedDuration::from_secs(second));
        }
    }
    watcher.done()
}

impl<'a> Watcher<'a> {
    fn of(truth: &'a Truth, tickets: impl Iterator<Item = Uuid>) -> Self {
        Self {
            client: Client::of(truth),
            notebook: Notebook::of(truth.day.desk(), IN_AN_ANSWER),
            score: Score::new(truth),
            turns: tickets.collect(),
            over_at: truth.until() + ROUND,
        }
    }

    /// Reads that many tickets; one that is refused keeps its turn.
    fn reads(&mut self, count: usize, now: Timestamp) {
        if now > self.over_at {
            // Thousands of reads of what has been read before: they are counted, but not made.
            self.client.calls += count as u64;
            return;
        }
        for _ in 0..count {
            let Some(ticket_id) = self.turns.pop_front() else {
                return;
            };
            match self.client.ticket(ticket_id, now) {
                Answer::Read(ticket) => {
                    self.takes_down(ticket_id, &ticket["data"], now);
                    self.turns.push_back(ticket_id);
                }
                Answer::Gone => {
                    let gone = self.notebook.misses(ticket_id);
                    self.score.finds(ticket_id, &gone, now);
                }
                Answer::TooMany => return self.turns.push_front(ticket_id),
            }
        }
    }

    fn lists(&mut self, now: Timestamp) {
        let from = now - MINUTE - OVERLAP;
        let query = format!("created_from={from:.3}&sort=entered_at&order=asc");
        for row in self.client.list(&query, now) {
            if !self.notebook.knows(id(&row)) {
                self.takes_down(id(&row), &row, now);
                self.turns.push_back(id(&row));
            }
        }
    }

    fn takes_down(&mut self, ticket_id: Uuid, row: &Value, now: Timestamp) {
        let found = self.notebook.reads(ticket_id, row);
        if !found.is_empty() {
            self.score.finds(ticket_id, &found, now);
        }
    }

    fn done(mut self) -> Score<'a> {
        self.score.calls = self.client.calls;
        self.score
    }
}
