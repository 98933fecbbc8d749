//! Webhooks, and every hour something that looks for what they have not told.

use algapsa::desk::Field;
use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::webhooks::{Delivery, Ear, Sent};
use super::{HOUR, LISTENS};
use crate::score::Score;
use crate::truth::Truth;

/// How many times it has looked before the day begins, so that it knows how the tickets were: one look shows no tags.
const BEFORE: i32 = 2;

/// What a look has announced about a ticket: the fields that it names, with their new values.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub ticket_id: Uuid,
    pub values: Vec<(Field, Value)>,
    pub at: Timestamp,
}

/// Everything that is announced if this is done every hour. It is given the time and what was delivered since the last one.
pub fn look(
    truth: &Truth,
    sent: &Sent,
    mut hour: impl FnMut(Timestamp, &[Delivery]) -> Result<Vec<Announcement>>,
) -> Result<Vec<Announcement>> {
    let mut announcements = Vec::new();
    let mut left = &sent.deliveries[..];
    let hours = (-BEFORE..).map(|number| truth.from + HOUR * number);
    for now in hours.take_while(|now| *now <= truth.from + LISTENS) {
        let count = left.partition_point(|delivery| delivery.at <= now);
        let (delivered, rest) = left.split_at(count);
        left = rest;
        announcements.extend(hour(now, delivered)?);
    }
    Ok(announcements)
}

/// What is noticed by somebody who hears both.
pub fn hear<'a>(
    truth: &'a Truth,
    sent: &Sent,
    announcements: &[Announcement],
    mut ear: Ear,
) -> Score<'a> {
    let mut score = Score::new(truth);
    let mut left = &sent.deliveries[..];
    let mut hears_until = |score: &mut Score, at: Timestamp| {
        let count = left.partition_point(|delivery| delivery.at <= at);
        let (delivered, rest) = left.split_at(count);
        left = rest;
        for delivery in delivered {
            ear.hears(score, delivery);
        }
    };
    for Announcement {
        ticket_id,
        values,
        at,
    } in announcements
    {
        hears_until(&mut score, *at);
        score.finds(*ticket_id, values, *at);
    }
    hears_until(&mut score, Timestamp::MAX);
    score
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ways::webhooks::{self, send};

    fn day() -> (Truth, Sent) {
        let truth = Truth::of_three_hours(50, 200);
        let sent = send(&truth, 1, 1_000);
        (truth, sent)
    }

    #[test]
    fn each_hour_is_given_what_was_delivered_since_the_last() {
        let (truth, sent) = day();
        let (mut next, mut heard) = (truth.from - HOUR * BEFORE, 0);
        let announced = look(&truth, &sent, |now, delivered| {
            assert_eq!(now, next);
            assert!(
                delivered
                    .iter()
                    .all(|one| (now - HOUR..=now).contains(&one.at))
            );
            (next, heard) = (next + HOUR, heard + delivered.len());
            Ok(Vec::new())
        });
        assert!(announced.unwrap().is_empty());
        assert_eq!(next, truth.from + LISTENS + HOUR);
        assert_eq!(heard, sent.deliveries.len());
    }

    #[test]
    fn what_is_announced_counts_on_top_of_what_is_delivered_and_only_once() {
        let (truth, sent) = day();
        let mut saves = truth.saves.iter();
        let silent = saves.find(|save| save.announced.is_empty() && !save.differences.is_empty());
        let silent = silent.unwrap();
        let values = silent.differences.iter();
        let announcement = Announcement {
            ticket_id: silent.ticket_id,
            values: values.map(|one| (one.field, one.after.clone())).collect(),
            at: silent.at + HOUR,
        };
        let heard = |announcements: &[Announcement]| {
            let score = hear(&truth, &sent, announcements, Ear::default());
            (score.noticed(|_| true).0, score.for_nothing)
        };
        let alone = webhooks::hear(&truth, &sent, Ear::default());
        let (noticed, for_nothing) = (alone.noticed(|_| true).0, alone.for_nothing);
        assert_eq!(heard(&[]), (noticed, for_nothing));
        let once = heard(std::slice::from_ref(&announcement));
        assert!(once.0 > noticed && once.1 == for_nothing, "{once:?}");
        let twice = heard(&[announcement.clone(), announcement]);
        assert_eq!(twice, (once.0, for_nothing + 1));
    }
}
