//! The loop of AlgaPSA's guide: every minute, all tickets with `updated_at > lastSeen`.

use jiff::{SignedDuration, Timestamp};

use super::{MINUTE, every};
use crate::client::{Client, id};
use crate::notebook::{IN_AN_ANSWER, Notebook};
use crate::score::Score;
use crate::truth::Truth;

/// How such a loop knows what it has seen.
#[derive(Clone, Copy, Debug)]
pub enum Since {
    /// What is newer than the newest that it has seen.
    LastSeen,
    /// What was touched since some time before its last look, and is not as it saw it then.
    Overlap(SignedDuration),
}

pub fn poll(truth: &Truth, since: Since) -> Score<'_> {
    let mut client = Client::of(truth);
    let mut score = Score::new(truth);
    let mut notebook = Notebook::of(truth.day.desk(), IN_AN_ANSWER);
    let mut last_seen = truth.from;
    for now in every(MINUTE, truth) {
        let from = match since {
            Since::LastSeen => last_seen,
            Since::Overlap(overlap) => now - MINUTE - overlap,
        };
        let query = format!("updated_from={from:.3}&sort=updated_at&order=asc");
        for row in client.list(&query, now) {
            let touched_at = touched_at(&row["updated_at"]);
            let found = notebook.reads(id(&row), &row);
            let is_due = match since {
                Since::LastSeen => touched_at > from,
                Since::Overlap(_) => !found.is_empty(),
            };
            if is_due {
                score.finds(id(&row), &found, now);
                last_seen = last_seen.max(touched_at);
            }
        }
    }
    score.calls = client.calls;
    score
}

fn touched_at(value: &serde_json::Value) -> Timestamp {
    let time = value.as_str().and_then(|text| text.parse().ok());
    time.expect("a touched ticket says when")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn it_hears_of_what_the_api_changes_and_of_little_that_people_change() {
        let truth = Truth::of_three_hours(800, 400);
        let careful = poll(&truth, Since::Overlap(SignedDuration::from_mins(10)));
        let (told, all) = careful.noticed(|change| change.kind == Kind::Api);
        assert!(told * 100 > all * 95, "{told} of {all}");
        let (told, all) = careful.noticed(|change| change.kind == Kind::People);
        assert!(told * 2 < all, "{told} of {all}");
        let simple = poll(&truth, Since::LastSeen);
        assert!(simple.noticed(|_| true) <= careful.noticed(|_| true));
        assert_eq!(careful.for_nothing, 0);
        assert!(simple.for_nothing > 0);
    }
}
