//! What happens while something waits to be announced, or just when it is.

use algapsa::desk::{Change, Way};
use jiff::SignedDuration;
use support::in_process::Break;
use uuid::Uuid;

use super::{HOUR, MINUTE, NINE, World};

impl World {
    fn is_silently_given_to(&self, ticket: Uuid, assignee: Option<Uuid>, minute: i32) {
        self.misses(ticket, Change::Assignee(assignee), NINE + minute * MINUTE);
    }

    async fn is_given_to(&self, ticket: Uuid, assignee: Uuid, minute: i32) {
        let change = Change::Assignee(Some(assignee));
        self.hears(ticket, change, NINE + minute * MINUTE).await;
    }
}

/// It is closed and opened again once more while the first time waits, and that is told.
#[tokio::test]
async fn what_is_told_while_it_waits_needs_no_more() {
    let (world, ticket) = World::scanned(3).await;
    let open = world.statuses(ticket)[0];
    for (closed, opened) in [(10, None), (70, Some(90))] {
        let at = NINE + closed * MINUTE;
        let happened = world.is_closed(ticket, at);
        world.keeps(&happened, at).await;
        match opened {
            None => world.is_opened_by_mail(ticket, at + 15 * MINUTE),
            Some(opened) => {
                let change = Change::Status(open);
                world.hears(ticket, change, NINE + opened * MINUTE).await;
            }
        }
        world.runs_at([if closed == 10 { 60 } else { 120 }]).await;
    }
    world.runs_at([180, 240, 300, 360]).await;
    assert_eq!(world.own_types(ticket).await, [""; 0]);
}

/// It is given to a third one, and back, which is told a little late.
#[tokio::test]
async fn what_is_told_right_before_the_grace_is_over_waits_as_long() {
    let (world, ticket) = World::scanned(3).await;
    let (before, [other, third]) = (world.assignee(ticket), world.others(ticket));
    world.is_given_to(ticket, other, 10).await;
    world.is_silently_given_to(ticket, before, 20);
    world.runs_at([60, 120, 180]).await;
    world.is_given_to(ticket, third, 220).await;
    let at = NINE + 230 * MINUTE;
    let back = world.saves(Way::Ui, ticket, Change::Assignee(before), at);
    world.runs_at([240]).await;
    world.keeps(&back, NINE + 245 * MINUTE).await;
    world.runs_at([300, 360, 420]).await;
    assert_eq!(world.own_types(ticket).await, [""; 0]);
}

/// The run has looked at the ticket, and its events are kept before the run looks at these.
#[tokio::test]
async fn what_happens_while_it_is_announced_is_not_overtaken() {
    let (world, ticket) = World::scanned(0).await;
    let happened = world.is_closed(ticket, NINE + 10 * MINUTE);
    world.keeps(&happened, NINE + 10 * MINUTE).await;
    world.is_opened_by_mail(ticket, NINE + 25 * MINUTE);
    world.runs_at([60]).await;
    let at = NINE + 61 * MINUTE;
    let before = at - SignedDuration::from_millis(5);
    world.gets_the_close(ticket, before, Some(true)).await;
    world.runs_at([61]).await;
    world.is_closed(ticket, at + SignedDuration::from_secs(1));
    world.runs_at([62, 63, 64, 120, 121]).await;
    assert_eq!(world.own_types(ticket).await, [""; 0]);
}

#[tokio::test]
async fn what_a_run_announced_before_it_died_was_told() {
    let (world, ticket) = World::scanned(0).await;
    let (before, [other, _]) = (world.assignee(ticket), world.others(ticket));
    world.is_silently_given_to(ticket, Some(other), 50);
    world.runs_at([60]).await;
    world.wire.cut("PutObject", "", Break::Before);
    assert!(world.run(NINE + 2 * HOUR).await.not_whole.is_some());
    world.wire.repair();
    assert_eq!(world.own_types(ticket).await, ["ticket.assigned"]);
    world.is_silently_given_to(ticket, before, 150);
    world.runs_at([180, 181, 182, 240]).await;
    assert_eq!(world.own_types(ticket).await, ["ticket.assigned"; 2]);
}

/// What is announced of the team comes after it, and is of the same type.
#[tokio::test]
async fn what_is_announced_of_the_team_does_not_tell_who_it_is_assigned_to() {
    let (world, ticket) = World::scanned(3).await;
    let (before, [other, _]) = (world.assignee(ticket), world.others(ticket));
    let team = world.api.desk(|desk| {
        let is_now = desk.ticket(ticket).expect("it is there").team;
        let mut teams = desk.catalogue().teams.iter().map(|team| team.id);
        teams.find(|team| Some(*team) != is_now)
    });
    world.saves(Way::Api, ticket, Change::Team(team), NINE + 50 * MINUTE);
    world.runs_at([60]).await;
    world.is_given_to(ticket, other, 70).await;
    world.is_silently_given_to(ticket, before, 80);
    world.runs_at([120, 180, 240, 300, 360]).await;
    assert_eq!(world.own_types(ticket).await, ["ticket.assigned"; 2]);
}

#[tokio::test]
async fn there_and_silently_back_and_there_again_needs_no_more() {
    let (world, ticket) = World::scanned(3).await;
    let (before, [other, _]) = (world.assignee(ticket), world.others(ticket));
    world.is_given_to(ticket, other, 10).await;
    world.is_silently_given_to(ticket, before, 25);
    world.runs_at([60]).await;
    world.is_silently_given_to(ticket, Some(other), 80);
    world.runs_at([120, 180, 240, 300, 360]).await;
    assert_eq!(world.own_types(ticket).await, [""; 0]);
}
