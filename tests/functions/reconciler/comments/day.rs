//! A whole working day with the comment mode: each comment that can be seen, of a ticket that was looked at after it, is told
//! once, by the sender's event or by the reconciler's.

use std::collections::{HashMap, HashSet};

use algapsa::day::{Plan, WORKFLOW_HEAVY};
use algapsa::desk::{Act, Happened, Publication};
use jiff::Timestamp;
use reconciler::difference::{Difference, What};
use serde_json::json;

use super::super::days::Sender;
use super::super::truth::Kept;
use super::{COMMENTED, HOUR, World};

/// One answer in so many of the ticket API's is an error.
const TROUBLE_IN: u64 = 30;

/// A comment, by its ticket and since when it can be seen.
type Said = (String, Timestamp);

fn in_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("it was a time before")
}

/// What the sender's kept events told of.
fn told_by_the_sender(history: &[Happened], kept: &Kept) -> HashSet<Said> {
    let is_told = |happened: &&Happened| {
        let mut announced = happened.announced.iter();
        announced
            .any(|one| one.event_type == COMMENTED && kept.contains_key(&one.event_id.to_string()))
    };
    let told = history
        .iter()
        .filter(|one| !one.was_rolled_back)
        .filter(is_told);
    told.map(said).collect()
}

/// What was said in silence, or scheduled and then published.
fn said_at_all(history: &[Happened]) -> HashSet<Said> {
    let speaks = |act: &Act| matches!(act, Act::Reply | Act::Note | Act::Publish);
    let spoken = history.iter().filter(|one| !one.was_rolled_back);
    let spoken = spoken.filter(|one| one.acts.iter().any(speaks));
    spoken.map(said).collect()
}

fn said(happened: &Happened) -> Said {
    (happened.ticket_id.to_string(), in_milliseconds(happened.at))
}

/// What can be seen in the end.
fn visible(world: &World) -> HashSet<Said> {
    world.api.desk(|desk| {
        let tickets = desk.tickets();
        let comments = tickets.flat_map(|ticket| {
            let there = ticket.comments.iter();
            let there = there.filter(|comment| comment.deleted_at.is_none());
            there.filter_map(|comment| {
                let Publication::Published(at) = comment.publication else {
                    return None;
                };
                Some((ticket.id.to_string(), at.unwrap_or(comment.created_at)))
            })
        });
        comments.collect()
    })
}

/// The tickets whose comments were read after so many reads.
fn looked_at(world: &World, after: usize) -> HashSet<String> {
    let reads = world.api.all_reads().split_off(after);
    let read = reads.into_iter().filter(|read| read.status == 200);
    let ids = read.filter_map(|read| {
        let (path, _) = read.path.split_once("/comments?")?;
        path.rsplit('/').next().map(str::to_owned)
    });
    ids.collect()
}

fn told(difference: &Difference) -> Option<Said> {
    let What::Commented(_) = difference.what else {
        return None;
    };
    assert_eq!(difference.after, json!(difference.from));
    Some((difference.ticket_id.clone(), difference.from))
}

#[tokio::test]
async fn each_comment_of_a_day_is_told_once_if_its_ticket_is_looked_at() {
    let (seed, from) = (4, "2026-08-24T07:00:00Z".parse().expect("a time"));
    let plan = Plan {
        seed,
        tickets: 300,
        changes: 1200,
        from,
        within: 10 * HOUR,
        mix: &WORKFLOW_HEAVY,
    };
    let mut world = World::of(plan.day(), from).await;
    world.settings.comments = true;
    let world = world.restarted();
    let mut sender = Sender::new(seed, from);
    let (mut announced, mut looks) = (HashSet::new(), HashMap::new());
    let mut first_seen: HashMap<String, Timestamp> = HashMap::new();
    for hour in 0..18 {
        let now = from + hour * HOUR;
        sender.follow(&world, now).await;
        if hour == 1 {
            world.api.has_trouble(seed, TROUBLE_IN);
        }
        let before = world.api.all_reads().len();
        let run = world.run(now).await;
        assert_eq!(run.not_whole, None);
        let history = world.has_happened(0, now);
        let by_the_sender = told_by_the_sender(&history, &sender.kept);
        for one in run.unannounced.iter().filter_map(told) {
            assert!(!by_the_sender.contains(&one), "told again: {one:?}");
            assert!(announced.insert(one.clone()), "announced twice: {one:?}");
        }
        for id in world.memory().await.tickets.into_keys() {
            first_seen.entry(id).or_insert(now);
        }
        looks.extend(looked_at(&world, before).into_iter().map(|id| (id, now)));
    }
    let history = world.has_happened(0, from + 18 * HOUR);
    let by_the_sender = told_by_the_sender(&history, &sender.kept);
    let all = said_at_all(&history);
    assert!(announced.is_subset(&all), "nobody has said that");
    // What was said later may still wait.
    let until = from + 13 * HOUR;
    let visible = visible(&world);
    let due: HashSet<_> = all
        .into_iter()
        .filter(|one| visible.contains(one) && !by_the_sender.contains(one))
        .collect();
    let created = history.iter().filter(|one| one.acts.contains(&Act::Create));
    for one in created {
        first_seen.insert(one.ticket_id.to_string(), one.at);
    }
    let was_looked_at = |(ticket, at): &&Said| {
        let is_news = first_seen.get(ticket).is_some_and(|first| at > first);
        is_news && *at < until && looks.get(ticket).is_some_and(|look| at < look)
    };
    let missed: Vec<_> = due
        .iter()
        .filter(was_looked_at)
        .filter(|one| !announced.contains(*one))
        .collect();
    assert_eq!(missed, Vec::<&Said>::new());
    let told = due.intersection(&announced).count();
    assert!(told >= 50, "{told} of {}", due.len());
}
