//! Bringing parked events back.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::event::Place;
use shared::inbox::Record;

use super::letters::{Letter, Letters};
use super::look::Look;
use crate::context::Stack;
use crate::events::AT_ONCE;
use crate::output::{self, count, progress};

/// What is to be brought back, by message group and then in order.
#[derive(Default)]
pub struct Moves(BTreeMap<String, Vec<Move>>);

enum Move {
    /// A dead letter to be sent back.
    Letter(Letter),
    /// A parked event that has no letter.
    Ring(Place),
}

/// What was brought back.
#[derive(Default, Serialize)]
pub struct Moved {
    #[serde(skip)]
    letters: BTreeSet<String>,
    sent_back: usize,
    /// Parked events that had no letter.
    rung_for: usize,
    /// Letters that were not meant.
    pub left: usize,
}

impl Move {
    fn group(&self) -> String {
        match self {
            Self::Letter(letter) => letter.group.clone(),
            Self::Ring(place) => shared::doorbell::group(&place.stream),
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Letter(letter) => letter.place(),
            Self::Ring(place) => Some(place),
        }
    }

    /// The letter is sent before it is deleted: a death in between leaves one too many, never one too few.
    async fn make(&self, stack: &Stack, letters: &Letters) -> Result<()> {
        match self {
            Self::Ring(place) => stack.doorbells.revive(place).await,
            Self::Letter(letter) => {
                letters.send_back(letter).await?;
                letters.delete(letter).await
            }
        }
    }
}

impl Moves {
    /// All letters, and a ring for each parked event that has none.
    pub fn of(look: Look) -> Self {
        let rings: Vec<_> = look.without_letter().filter_map(Record::place).collect();
        let letters = look.letters.into_iter().map(Move::Letter);
        Self::in_order(letters.chain(rings.into_iter().map(Move::Ring)))
    }

    /// A ring for each of these that no moved letter revives.
    pub fn of_rings(parked: &[Record], done: &Moved) -> Self {
        let places = parked.iter().filter_map(Record::place);
        let rings = places.filter(|place| !done.letters.contains(&revival(place)));
        Self::in_order(rings.map(Move::Ring))
    }

    pub fn of_letters(letters: Vec<Letter>) -> Self {
        Self::in_order(letters.into_iter().map(Move::Letter))
    }

    fn in_order(moves: impl Iterator<Item = Move>) -> Self {
        let mut groups: BTreeMap<String, Vec<Move>> = BTreeMap::new();
        for one in moves {
            groups.entry(one.group()).or_default().push(one);
        }
        for group in groups.values_mut() {
            group.sort_by(|a, b| a.place().cmp(&b.place()));
        }
        Self(groups)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Several groups at a time, and each in order. One that fails does not keep the others from it; what is left of it shows
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
            letters.show_again(&only_letters(left)).await;
            errors.extend(error);
        }
        let failures = count(errors.len(), "stream");
        match errors.into_iter().next() {
            None => Ok(()),
            Some(error) => {
                Err(error).with_context(|| format!("{failures} not brought back to the end"))
            }
        }
    }
}

fn only_letters(moves: Vec<Move>) -> Vec<Letter> {
    let letter = |one| match one {
        Move::Letter(letter) => Some(letter),
        Move::Ring(_) => None,
    };
    moves.into_iter().filter_map(letter).collect()
}

impl Moved {
    fn note(&mut self, one: &Move) {
        match one {
            Move::Ring(_) => self.rung_for += 1,
            Move::Letter(letter) => {
                self.sent_back += 1;
                self.letters.insert(key(letter));
            }
        }
    }

    /// Whether such a letter was sent back already.
    pub fn has(&self, letter: &Letter) -> bool {
        self.letters.contains(&key(letter))
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.sent_back + self.rung_for == 0
    }

    pub fn print(&self) -> Result<()> {
        if self.is_empty() {
            return output::line(
                "There was nothing to bring back. What waits is tried again by itself: alga-webhooks waiting says when.",
            );
        }
        output::line(format_args!(
            "Sent {} back.",
            count(self.sent_back, "dead letter")
        ))?;
        if self.rung_for > 0 {
            let events = count(self.rung_for, "parked event");
            output::line(format_args!(
                "Revived {events} directly: SQS has no dead letter for it."
            ))?;
        }
        if self.left > 0 {
            let left = count(self.left, "letter");
            output::line(format_args!("{left} left where they were."))?;
        }
        output::line(
            "What becomes of them: alga-webhooks waiting, and alga-webhooks parked for what was parked again.",
        )
    }
}

/// The key of a letter that revives that event.
fn revival(Place { stream, due }: &Place) -> String {
    format!("{stream}/{due}/revive")
}

/// The same for every letter that says the same.
fn key(letter: &Letter) -> String {
    match letter.place() {
        Some(place) if letter.revives() => revival(place),
        Some(Place { stream, due }) => format!("{stream}/{due}"),
        None => letter.message_id.clone(),
    }
}
