//! The comments of the tickets that a run has looked at.

mod matching;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::comment::{Comment, CommentId, Thread};
use crate::difference::{Difference, What};
use crate::memory::Spent;
use crate::telling::Event;

/// The comments of the tickets that a run has looked at, by their ids.
#[derive(Debug, Default)]
pub struct Threads(pub BTreeMap<String, Thread>);

/// A ticket whose comments are to be read.
#[derive(Debug)]
pub struct Wanted {
    pub ticket_id: String,
    /// Since when its comments matter.
    pub since: Timestamp,
    /// The comments that are told now, if no event has: only their words are kept until then.
    pub told: BTreeSet<CommentId>,
}

impl Threads {
    fn comment(&self, ticket_id: &str, id: CommentId) -> Option<&Comment> {
        let comments = &self.0.get(ticket_id)?.comments;
        comments.iter().find(|comment| comment.id == id)
    }

    /// Whether nothing speaks against it that the comment still can be seen.
    pub fn may_show(&self, ticket_id: &str, id: CommentId) -> bool {
        let comment = self.comment(ticket_id, id);
        let is_shown = comment.is_some_and(|comment| !comment.is_deleted);
        is_shown || !self.0.contains_key(ticket_id)
    }

    /// What the sender's event would say of the comment, if it was read in order to be told.
    pub fn told(&self, ticket_id: &str, id: CommentId) -> Option<&Value> {
        self.comment(ticket_id, id)?.told.as_ref()
    }

    /// The event that tells of a comment, if one does.
    pub fn teller<'a>(
        &self,
        found: &Difference,
        id: CommentId,
        events: &'a [Event],
        spent: &[Spent],
    ) -> Option<&'a Event> {
        let thread = self.0.get(&found.ticket_id)?;
        let has_one = |comment: &&Comment| {
            let mut spent = spent.iter();
            spent.any(|spent| spent.what == What::Commented(comment.id))
        };
        let untold: Vec<_> = thread.comments.iter().filter(|one| !has_one(one)).collect();
        matching::teller(id, &untold, events, found.until)
    }
}
