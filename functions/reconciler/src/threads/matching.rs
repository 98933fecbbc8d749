//! Which event tells of which comment. Events do not name the comment, and their `timestamp` is when they were published, which
//! is a moment after the comment was written, or before that is committed.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::comment::{Comment, CommentId};
use crate::field::COMMENTED;
use crate::margins::{AFTER, BEFORE};
use crate::telling::Event;

/// The event that tells of that comment, if one does. The nearest in time belong together, and an event tells of one comment: so
/// that of a comment does not explain a silent one beside it.
pub fn teller<'a>(
    id: CommentId,
    comments: &[&Comment],
    events: &'a [Event],
    until: Timestamp,
) -> Option<&'a Event> {
    let telling = events
        .iter()
        .filter(|event| event.event_type == COMMENTED && event.occurred_at <= until + AFTER);
    let mut pairs: Vec<_> = telling
        .flat_map(|event| comments.iter().map(move |comment| (*comment, event)))
        .filter(|(comment, event)| event.occurred_at >= comment.shown_at - BEFORE)
        .collect();
    pairs.sort_by_key(|(comment, event)| (distance(comment, event), comment.id, &event.key));
    let (mut told, mut used) = (HashSet::new(), HashSet::new());
    for (comment, event) in pairs {
        if told.contains(&comment.id) || used.contains(&event.key) {
            continue;
        }
        if comment.id == id {
            return Some(event);
        }
        told.insert(comment.id);
        used.insert(&event.key);
    }
    None
}

fn distance(comment: &Comment, event: &Event) -> SignedDuration {
    let told = event.data.get("comment");
    let told = told.and_then(|comment| comment.get("timestamp")?.as_str()?.parse().ok());
    let times = [Some(event.occurred_at), told];
    let distances = times
        .into_iter()
        .flatten()
        .map(|at: Timestamp| at.duration_since(comment.shown_at).abs());
    distances.min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::alga_api::Columns;
    use uuid::Uuid;

    use super::*;

    const NINE: Timestamp = Timestamp::constant(1_787_562_000, 0);

    fn at(seconds: f64) -> Timestamp {
        NINE + SignedDuration::from_secs_f64(seconds)
    }

    fn comments(seconds: &[f64]) -> Vec<Comment> {
        let numbered = seconds.iter().zip(0..);
        let comments = numbered.map(|(seconds, number)| Comment {
            id: Uuid::from_u128(number).into(),
            shown_at: at(*seconds),
            is_deleted: false,
            told: None,
        });
        comments.collect()
    }

    fn events(times: &[(f64, Option<f64>)]) -> Vec<Event> {
        let event = |(occurred, told): &(f64, Option<f64>)| Event {
            key: format!("{occurred}"),
            event_type: COMMENTED.to_owned(),
            occurred_at: at(*occurred),
            is_own: false,
            data: told.map_or_else(Columns::new, |told| {
                let comment = json!({ "timestamp": at(told) });
                Columns::from_iter([("comment".to_owned(), comment)])
            }),
        };
        times.iter().map(event).collect()
    }

    #[test]
    fn the_nearest_belong_together() {
        let hour = 3600.0;
        // When the comments were shown; when events occurred, and what they say; which comments are told of.
        for (shown, told, expected) in [
            (&[0.0][..], &[][..], &[false][..]),
            (&[0.0], &[(0.3, Some(0.0))], &[true]),
            (&[0.0], &[(0.3, None)], &[true]),
            // A silent one before an announced one, and after one.
            (&[0.0, 20.0], &[(20.4, Some(20.4))], &[false, true]),
            (&[0.0, 20.0], &[(0.4, Some(0.4))], &[true, false]),
            // One event tells of one comment.
            (
                &[0.0, 0.1, 0.2],
                &[(0.2, None), (0.3, None)],
                &[false, true, true],
            ),
            // It may be published late, or before the commit, but not long before.
            (&[0.0], &[(1800.0, Some(1800.0))], &[true]),
            (&[0.0], &[(-290.0, None)], &[true]),
            (&[0.0], &[(-310.0, None)], &[false]),
            // What comes after the look does not count.
            (&[0.0], &[(hour + 59.0, None)], &[true]),
            (&[0.0], &[(hour + 61.0, None)], &[false]),
        ] {
            let (comments, events) = (comments(shown), events(told));
            let all: Vec<_> = comments.iter().collect();
            let found = all
                .iter()
                .map(|one| teller(one.id, &all, &events, at(hour)).is_some());
            assert_eq!(found.collect::<Vec<_>>(), expected, "{shown:?} {told:?}");
        }
    }
}
