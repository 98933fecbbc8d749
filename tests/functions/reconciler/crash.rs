//! A run that dies, or whose calls to AWS fail, at any place: what it found is announced in the end, and once.

use algapsa::desk::{Change, Way};
use jiff::{SignedDuration, Timestamp};
use support::in_process::Break;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Tickets that are changed in silence, in three ways.
#[derive(Clone, Copy)]
struct Three {
    closed: Uuid,
    assigned: Uuid,
    deleted: Uuid,
}

impl Three {
    /// Changes the next three tickets of a list.
    fn of(world: &World, tickets: &mut impl Iterator<Item = Uuid>, at: Timestamp) -> Self {
        let mut next = || tickets.next().expect("there are enough");
        let (closed, assigned, deleted) = (next(), next(), next());
        world.change(at, |desk| {
            let of = desk.catalogue();
            let is_now = desk.ticket(assigned).and_then(|ticket| ticket.assignee);
            let another = of.people.iter().find(|person| Some(**person) != is_now);
            let (status, person) = (of.closed[0], *another.expect("there are several"));
            let team = desk.catalogue().teams[0].id;
            [
                desk.save(Way::Workflow, closed, &[Change::Status(status)], at),
                desk.save(
                    Way::Workflow,
                    assigned,
                    &[Change::Assignee(Some(person))],
                    at,
                ),
                desk.save(
                    Way::Workflow,
                    assigned,
                    &[Change::Title(format!("{team}"))],
                    at,
                ),
                desk.save(Way::Api, deleted, &[Change::Delete], at),
            ]
            .concat()
        });
        Self {
            closed,
            assigned,
            deleted,
        }
    }

    async fn are_told_once(&self, world: &World, when: &str) {
        for (ticket, types) in [
            (self.closed, &["ticket.closed", "ticket.status_changed"][..]),
            (self.assigned, &["ticket.assigned", "ticket.updated"]),
            (self.deleted, &["ticket.deleted"]),
        ] {
            assert_eq!(world.types(ticket).await, types, "{when}");
        }
    }
}

/// A world after its first run, and whose next run has found what there is: the one after that announces it.
async fn about_to_announce(
    world: &World,
    tickets: &mut impl Iterator<Item = Uuid>,
    at: Timestamp,
) -> Three {
    let three = Three::of(world, tickets, at);
    let found = world.run(at + MINUTE).await;
    assert_eq!(found.not_whole, None);
    assert!(found.waiting.len() >= 4, "{found:?}");
    three
}

#[tokio::test]
async fn a_run_that_dies_at_any_call_is_made_up_for_by_the_next() {
    let world = World::idle(150).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let mut tickets = world.open().into_iter();
    let (mut at, mut deaths) = (NINE + HOUR, 0);
    for calls in 0.. {
        let three = about_to_announce(&world, &mut tickets, at).await;
        world.wire.dies_after(calls);
        let died = world.run(at + 2 * MINUTE).await;
        world.wire.repair();
        if died.not_whole.is_none() {
            three.are_told_once(&world, "nothing broke").await;
            break;
        }
        deaths += 1;
        let next = world.run(at + 3 * MINUTE).await;
        assert_eq!(next.not_whole, None, "after a death at call {calls}");
        let when = format!("after a death at call {calls}");
        three.are_told_once(&world, &when).await;
        at += HOUR;
    }
    // The memory, three streams, five events and their doorbells, the memory again.
    assert!((10..40).contains(&deaths), "{deaths}");
}

#[tokio::test]
async fn a_run_whose_calls_fail_is_made_up_for_by_the_next() {
    let world = World::idle(150).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let mut tickets = world.open().into_iter();
    let mut at = NINE + HOUR;
    let mut failed = 0;
    for operation in ["GetObject", "Query", "PutItem", "SendMessage", "PutObject"] {
        for when in [Break::Before, Break::After, Break::Refused] {
            let three = about_to_announce(&world, &mut tickets, at).await;
            let calls = world.wire.calls(operation);
            world.wire.cut_for(operation, "", when, 4); // the SDK's own attempts
            let run = world.run(at + 2 * MINUTE).await;
            assert!(
                world.wire.calls(operation) > calls,
                "{operation} is not called"
            );
            world.wire.repair();
            failed += usize::from(run.not_whole.is_some());
            let next = world.run(at + 3 * MINUTE).await;
            let what = format!("{operation} {when:?}");
            assert_eq!(next.not_whole, None, "{what}");
            three.are_told_once(&world, &what).await;
            at += HOUR;
        }
    }
    assert!(failed >= 12, "{failed}");
}

/// The schedule and an operator, or Lambda, which may call a function twice.
#[tokio::test]
async fn of_two_runs_at_once_one_counts_and_nothing_is_announced_twice() {
    let world = World::idle(150).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let mut tickets = world.open().into_iter();
    let three = about_to_announce(&world, &mut tickets, NINE + HOUR).await;
    let now = NINE + HOUR + 2 * MINUTE;
    let (one, other) = tokio::join!(world.run(now), world.run(now));
    let lost: Vec<_> = [one, other]
        .into_iter()
        .filter_map(|run| run.not_whole)
        .collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].contains("another run"), "{lost:?}");
    assert_eq!(world.run(now + MINUTE).await.not_whole, None);
    three.are_told_once(&world, "two at once").await;
}
