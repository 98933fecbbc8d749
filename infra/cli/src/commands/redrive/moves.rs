//! Brings parked events back.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::event::Place;
use shared::inbox::Record;

use super::letters::{Letter, Letters};
use super::look::Look;
use crate::context::Stack;
use crate::events::AT_ONCE;
use crate::events::name::Name;
use crate::output::{count, progress};

/// What to bring back, by message group, in order within each.
#[derive(Default)]
pub struct Moves(BTreeMap<String, Vec<Move>>);

/// A dead letter to send back, or a parked event that has none.
struct Move {
    place: Option<Place>,
    letter: Option<Letter>,
}

#[derive(Default, Serialize)]
pub struct Moved {
    /// What the moved letters said: their place, or the message's id if it is not a doorbell; and whether they unpark.
    #[serde(skip)]
    letters: HashSet<(Result<Place, String>, bool)>,
    sent_back: usize,
    /// Parked events that had no letter.
    rung_for: usize,
    /// Letters that were not meant.
    pub left: usize,
    /// The names that fit nothing that was seen.
    #[serde(skip)]
    pub unknown: Vec<Name>,
}

impl Move {
    /// The letter is sent before it is deleted: a crash in between leaves one too many, never one too few.
    async fn make(&self, stack: &Stack, letters: &Letters) -> Result<()> {
        if let Some(letter) = &self.letter {
            letters.send_back(letter).await?;
            return letters.delete(letter).await;
        }
        match &self.place {
            Some(place) => stack.doorbells.unpark(place).await,
            None => Ok(()),
        }
    }
}

impl Moves {
    /// All letters, and a ring for each parked event that has none.
    pub fn of(look: Look) -> Self {
        let rings: Vec<_> = look.without_letter().filter_map(Record::place).collect();
        Self::in_order(look.letters, rings)
    }

    /// A ring for each of these events that no moved letter unparks.
    pub fn of_rings(parked: &[Record], done: &Moved) -> Self {
        let places = parked.iter().filter_map(Record::place);
        let is_left = |place: &Place| !done.letters.contains(&(Ok(place.clone()), true));
        Self::in_order(Vec::new(), places.filter(is_left).collect())
    }

    pub fn in_order(letters: Vec<Letter>, rings: Vec<Place>) -> Self {
        let mut groups: BTreeMap<String, Vec<Move>> = BTreeMap::new();
        for letter in letters {
            let group = groups.entry(letter.group.clone()).or_default();
            let place = letter.place().cloned();
            group.push(Move {
                place,
                letter: Some(letter),
            });
        }
        for place in rings {
            let group = groups
                .entry(shared::queue::group(&place.stream))
                .or_default();
            group.push(Move {
                place: Some(place),
                letter: None,
            });
        }
        for group in groups.values_mut() {
            group.sort_by(|a, b| a.place.cmp(&b.place));
        }
        Self(groups)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Several groups at a time, each in order. A group that fails does not stop the others, and its remaining letters show
    /// again at once.
    pub async fn make(self, stack: &Stack, letters: &Letters, moved: &mut Moved) -> Result<()> {
        let bar = progress::towards(self.0.values().map(Vec::len).sum(), "Bringing back");
        let bar = &bar;
        let group = |moves: Vec<Move>| async move {
            for (n, one) in moves.iter().enumerate() {
                if let Err(error) = one.make(stack, letters).await {
                    return (moves, n, Some(error));
                }
                bar.inc(1);
            }
            let all = moves.len();
            (moves, all, None)
        };
        let groups = stream::iter(self.0.into_values().map(group));
        let ended: Vec<_> = groups.buffer_unordered(AT_ONCE).collect().await;
        bar.finish_and_clear();
        let mut errors = Vec::new();
        for (mut moves, made, error) in ended {
            let left = moves.split_off(made);
            for one in &moves {
                moved.note(one);
            }
            let left: Vec<_> = left.into_iter().filter_map(|one| one.letter).collect();
            letters.show_again(&left).await;
            errors.extend(error);
        }
        let failures = count(errors.len(), "stream");
        let first = errors.into_iter().next().map_or(Ok(()), Err);
        first.with_context(|| format!("{failures} not brought back completely"))
    }
}

impl Moved {
    fn note(&mut self, one: &Move) {
        match &one.letter {
            None => self.rung_for += 1,
            Some(letter) => {
                self.sent_back += 1;
                self.letters.insert(said(letter));
            }
        }
    }

    pub fn has(&self, letter: &Letter) -> bool {
        self.letters.contains(&said(letter))
    }

    pub fn is_empty(&self) -> bool {
        self.sent_back + self.rung_for == 0
    }

    /// What was done, in a few lines.
    pub fn told(&self) -> String {
        if self.is_empty() {
            return "There was nothing to bring back.".to_owned();
        }
        let mut lines = vec![format!(
            "Sent {} back.",
            count(self.sent_back, "dead letter")
        )];
        if self.rung_for > 0 {
            let events = count(self.rung_for, "parked event");
            lines.push(format!(
                "Brought back {events} without a dead letter: SQS forgets one after 14 days."
            ));
        }
        if self.left > 0 {
            let left = count(self.left, "letter");
            lines.push(format!(
                "{left} stayed in the dead-letter queue: not chosen, or parked again since."
            ));
        }
        lines.join("\n")
    }
}

fn said(letter: &Letter) -> (Result<Place, String>, bool) {
    let place = letter.place().cloned();
    (
        place.ok_or_else(|| letter.message_id.clone()),
        letter.unparks(),
    )
}
