//! What is remembered of a ticket's comments: which have been compared, and whether there may be more. Never their words.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::alga_api::Columns;

use crate::comment::{Comment, CommentId, Thread};
use crate::margins::{EARLY, OVERLAP};

/// What may differ in a row when there is a comment: whose turn it is, which only whole rows show, and when it was touched.
const SIGNS: [&str; 2] = ["response_state", "updated_at"];

/// How often comments are asked for in the end that may not be read.
const SELDOM: SignedDuration = SignedDuration::from_hours(24);

/// A ticket whose comments are followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    /// What could be seen up to then has been compared.
    pub from: Timestamp,
    /// Those after it that have been compared as well. Others may have been committed late.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    compared: Vec<CommentId>,
    /// Whether there may be more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_due: bool,
    /// Since when `AlgaPSA` refuses to show them, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
    /// The signs in the last row.
    pub signs: Columns,
}

/// What came of asking for comments that may not be read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Refused {
    /// How often in a row.
    times: u32,
    /// When they may be asked for again.
    again_at: Timestamp,
}

/// The signs in a row.
pub fn signs(row: &Columns) -> Columns {
    let shown = SIGNS.into_iter();
    let shown = shown.filter_map(|name| Some((name.to_owned(), row.get(name)?.clone())));
    shown.collect()
}

impl Followed {
    /// Of a ticket that is not news, or is since then.
    pub fn since(from: Timestamp) -> Self {
        Self {
            from,
            compared: Vec::new(),
            is_due: false,
            refused: None,
            signs: Columns::new(),
        }
    }

    pub fn is_hinted_at_by(&self, signs: &Columns) -> bool {
        let differs = |(name, sign)| self.signs.get(name).is_some_and(|before| before != sign);
        signs.iter().any(differs)
    }

    /// Whether they may be asked for.
    pub fn may_be_read(&self, now: Timestamp) -> bool {
        self.refused.is_none_or(|refused| refused.again_at <= now)
    }

    /// Notes that they may not be read. Once is forgiven; then they are asked for after 1 h, 2 h, 4 h and so on up to a day, or
    /// [`EARLY`] if a run is.
    pub fn is_refused(&mut self, now: Timestamp) {
        let times = self.refused.map_or(0, |refused| refused.times);
        let hours = (1 << times.min(10)) / 2;
        self.refused = Some(Refused {
            times: times + 1,
            again_at: now + SignedDuration::from_hours(hours).min(SELDOM) - EARLY,
        });
    }

    /// The comments that are new, the first one first. From now on they are not.
    pub fn compare<'a>(&mut self, thread: &'a Thread) -> Vec<&'a Comment> {
        let after = |from: Timestamp| {
            let comments = thread.comments.iter();
            comments.filter(move |comment| comment.shown_at > from)
        };
        let is_new =
            |comment: &&Comment| !comment.is_deleted && !self.compared.contains(&comment.id);
        let new = after(self.from).filter(is_new).collect();
        self.from = self.from.max(thread.read_at - OVERLAP);
        self.compared = after(self.from).map(|comment| comment.id).collect();
        (self.is_due, self.refused) = (false, None);
        new
    }
}
