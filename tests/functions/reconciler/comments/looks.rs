//! Which tickets are looked at, and what that takes.

use algapsa::desk::Way;
use algapsa::ticket_api::Mood;
use support::in_process::reports;
use uuid::Uuid;

use super::{HOUR, MINUTE, NINE, World, looked_at, says};

/// The reads of comments so far.
fn looks(world: &World) -> Vec<String> {
    let reads = world.api.all_reads().into_iter().map(|read| read.path);
    reads.filter(|path| path.contains("/comments")).collect()
}

fn silent(world: &World, tickets: &[Uuid]) {
    for ticket in tickets {
        world.silently(*ticket, says("Hello"), NINE + 30 * MINUTE);
    }
}

#[tokio::test]
async fn without_the_comment_mode_none_are_read_and_nothing_of_them_is_remembered() {
    let world = World::idle(40).await;
    world.runs([0], "Hello").await;
    let ticket = world.open()[0];
    silent(&world, &[ticket]);
    world.touch(ticket, NINE + 30 * MINUTE);
    world.runs([60, 61, 62, 63], "Hello").await;
    assert_eq!(world.types(ticket).await, ["ticket.updated"]);
    let is_clean = async |world: &World| {
        let known = world.memory().await.tickets;
        known.values().all(|known| known.comments.is_none())
    };
    assert!(is_clean(&world).await);
    assert_eq!(looks(&world), [""; 0]);
}

#[tokio::test]
async fn when_the_comment_mode_ends_what_waits_is_forgotten_and_when_it_begins_what_was_is_no_news()
{
    let mut world = World::with(40, |settings| {
        settings.comments = true;
        settings.grace = HOUR;
    })
    .await;
    world.runs([0], "Hello").await;
    let ticket = world.open()[0];
    silent(&world, &[ticket]);
    world.touch(ticket, NINE + 30 * MINUTE);
    assert_eq!(world.runs([60], "Hello").await[0].waiting.len(), 2);
    world.settings.comments = false;
    let mut world = world.restarted();
    let runs = world.runs([90, 180], "Hello").await;
    assert_eq!(runs[0].waiting.len(), 1, "the title");
    let known = world.memory().await.tickets;
    assert!(known.values().all(|known| known.comments.is_none()));
    world.settings.comments = true;
    let world = world.restarted();
    world.runs([240], "Hello").await;
    world.touch(ticket, NINE + 250 * MINUTE);
    world.runs([300, 360, 420], "Hello").await;
    assert_eq!(world.texts(ticket).await, [""; 0]);
}

#[tokio::test]
async fn only_tickets_with_a_difference_or_a_hint_are_looked_at_and_each_with_one_call() {
    let world = looked_at().await;
    let open = world.open();
    let (changed, hinted, mailed) = (open[0], open[1], open[2]);
    let at = NINE + 30 * MINUTE;
    world.touch(changed, at);
    silent(&world, &[hinted]);
    let mail = [algapsa::desk::Change::Mailed];
    world.change(at, |desk| desk.save(Way::Notifier, mailed, &mail, at));
    let before = world.runs([60], "Hello").await.remove(0);
    let of = |ticket: Uuid| {
        format!(
            "/api/v1/tickets/{ticket}/comments?limit=200&offset=0&order=desc&content_format=full"
        )
    };
    let mut expected = [changed, mailed].map(of);
    expected.sort_unstable();
    let mut seen = looks(&world);
    seen.sort_unstable();
    assert_eq!(seen, expected);
    assert_eq!(before.ran.expect("it was whole").calls, 3 + 2);
    // The next scan shows whole rows. What waits is read when its time has come.
    world.runs([61], "Hello").await;
    assert_eq!(looks(&world)[2..], [of(hinted)]);
    world.runs([62, 63, 64], "Hello").await;
    assert_eq!(looks(&world)[3..], [of(hinted)]);
}

#[tokio::test]
async fn a_ticket_that_cannot_be_looked_at_is_looked_at_by_a_later_run() {
    let world = looked_at().await;
    let open = world.open();
    let tickets = [open[0], open[1]];
    silent(&world, &tickets);
    for ticket in tickets {
        world.touch(ticket, NINE + 30 * MINUTE);
    }
    let well = || vec![Mood::Well; 3]; // open, closed, touched
    world.api.next([well(), vec![Mood::Status(403)]].concat());
    let runs = world.runs([60], "Hello").await;
    assert_eq!(runs[0].waiting.len(), 2 + 1, "two titles, and one comment");
    // Nor is one forgotten that cannot be read when it is to be told.
    world.api.next([well(), vec![Mood::Status(403)]].concat());
    let runs = world.runs([61, 62, 63], "Hello").await;
    assert_eq!(runs[2].waiting, []);
    for ticket in tickets {
        assert_eq!(world.texts(ticket).await, ["Hello"]);
    }
}

/// The moods of a run in which the only look is refused.
fn refused(status: u16) -> Vec<Mood> {
    [vec![Mood::Well; 3], vec![Mood::Status(status)]].concat() // open, closed, touched
}

#[tokio::test]
async fn comments_that_may_not_be_read_are_asked_for_less_and_less_often_and_that_is_told() {
    let _log = reports::log();
    let world = looked_at().await;
    let ticket = world.open()[0];
    silent(&world, &[ticket]);
    world.touch(ticket, NINE + 30 * MINUTE);
    let asks = [1, 2, 3, 5, 9, 17, 33, 57];
    let others = [4, 6, 7, 8, 10, 16, 18, 32, 34, 56, 58, 80];
    let mut hours = [&asks[..], &others].concat();
    hours.sort_unstable();
    for (hour, status) in hours.into_iter().zip([403, 404, 400].into_iter().cycle()) {
        let (before, is_asked) = (looks(&world).len(), asks.contains(&hour));
        if is_asked {
            world.api.next(refused(status));
        }
        world.runs([60 * hour], "Hello").await;
        let is_told = reports::logged().contains("does not show the comments of some tickets");
        let seen = (looks(&world).len() - before, is_told);
        assert_eq!(
            seen,
            (usize::from(is_asked), is_asked),
            "after {hour} hours"
        );
    }
    // Then it may be read again.
    world.runs([60 * 81, 60 * 82], "Hello").await;
    assert_eq!(world.texts(ticket).await, ["Hello"]);
    // And once more that is forgiven once.
    let at = NINE + 82 * HOUR + 30 * MINUTE;
    world.silently(ticket, says("Hello again"), at);
    world.touch(ticket, at);
    world.api.next(refused(403));
    world.runs([60 * 83, 60 * 84, 60 * 85], "Hello").await;
    assert_eq!(world.texts(ticket).await, ["Hello", "Hello again"]);
}

#[tokio::test]
async fn a_comment_that_cannot_be_read_to_be_told_is_given_up_after_a_week_and_that_is_told() {
    let _log = reports::log();
    let world = looked_at().await;
    let ticket = world.open()[0];
    silent(&world, &[ticket]);
    world.touch(ticket, NINE + 30 * MINUTE);
    assert_eq!(world.runs([60], "Hello").await[0].waiting.len(), 2);
    for day in 1..=7 {
        world.api.next(refused(403));
        let waiting = world
            .runs([60 + 24 * 60 * day], "Hello")
            .await
            .remove(0)
            .waiting;
        assert_eq!(waiting.len(), usize::from(day < 7), "after {day} days");
    }
    assert!(reports::logged().contains("for a week, and is given up"));
    assert_eq!(world.texts(ticket).await, [""; 0]);
}

#[tokio::test]
async fn a_run_whose_looks_fail_changes_nothing_and_a_429_is_waited_for() {
    let world = looked_at().await;
    let ticket = world.open()[0];
    silent(&world, &[ticket]);
    world.touch(ticket, NINE + 30 * MINUTE);
    let before = world.memory().await;
    for (moods, why) in [
        (vec![Mood::Nonsense("{}"); 4], "not a list of comments"),
        (vec![Mood::Later(429, 900)], "the time of a run is up"),
    ] {
        let moods = [vec![Mood::Well; 3], moods].concat();
        world.api.next(moods);
        let told = world.run(NINE + HOUR).await.not_whole;
        let told = told.expect("it was not whole");
        assert!(told.contains(why), "{told}");
        assert_eq!(world.memory().await, before, "{why}");
    }
    world.runs([120, 121, 122], "Hello").await;
    assert_eq!(world.texts(ticket).await, ["Hello"]);
}

#[tokio::test]
async fn more_comments_than_an_answer_has_are_read_by_several() {
    let world = looked_at().await;
    let ticket = world.open()[0];
    for second in 0..205 {
        let at = NINE + MINUTE + jiff::SignedDuration::from_secs(second);
        world.silently(ticket, says(&format!("No. {second}")), at);
    }
    world.touch(ticket, NINE + 10 * MINUTE);
    let run = world.runs([60], "No. 1").await.remove(0);
    assert_eq!(run.waiting.len(), 205 + 1);
    assert_eq!(looks(&world).len(), 2);
    world.runs([61], "No. 1").await;
    let expected: Vec<_> = (0..205).map(|number| format!("No. {number}")).collect();
    assert_eq!(world.texts(ticket).await, expected);
}
