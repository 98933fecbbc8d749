//! Scans: what a list may do while it is read, and what is not whole.

use std::collections::BTreeSet;

use algapsa::desk::{Change, Way};
use algapsa::ticket_api::{Gate, KEY, Key, Mood};
use jiff::SignedDuration;
use support::in_process::reports;
use support::{SOON, until};
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn tickets_of_one_moment_are_all_found_however_many_they_are() {
    let world = World::idle(30).await;
    world.change(NINE, |desk| {
        let mut chance = algapsa::Chance::new(7);
        let import = (0..340).map(|_| {
            let mut draft = desk.draft(&mut chance);
            draft.entered_at = Some(NINE - HOUR);
            draft
        });
        let import: Vec<_> = import.collect();
        let created = import
            .into_iter()
            .map(|draft| desk.create(Way::Import, draft, NINE));
        created.collect()
    });
    let run = world.run(NINE + MINUTE).await;
    assert_eq!(run.not_whole, None);
    let known: BTreeSet<String> = world.memory().await.tickets.into_keys().collect();
    let open: BTreeSet<String> = world.open().iter().map(Uuid::to_string).collect();
    assert_eq!(open.difference(&known).count(), 0);
    let calls = run.ran.expect("it was whole").calls;
    assert!(calls <= 10, "{calls} calls");
}

/// The second page of a list by page numbers would leave out a ticket for each one that was closed since the first.
#[tokio::test]
async fn tickets_that_are_closed_while_they_are_listed_hide_no_others() {
    let world = World::idle(900).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let before = world.api.all_reads().len();
    let open = world.open();
    let closing = open[..40].to_vec();
    // They are closed after the first page was read, and before the second is asked for.
    let gate = Gate::default();
    world.api.next([Mood::Held(gate.clone())]);
    let change = async {
        until("the first page is read", SOON, async || {
            (world.api.all_reads().len() > before).then_some(())
        })
        .await;
        world.change(NINE + HOUR, |desk| {
            let closed = desk.catalogue().closed[0];
            let close =
                |id: &Uuid| desk.save(Way::Rmm, *id, &[Change::Status(closed)], NINE + HOUR);
            closing.iter().flat_map(close).collect()
        });
        gate.open();
    };
    let (run, ()) = tokio::join!(world.run(NINE + HOUR), change);
    assert_eq!(run.not_whole, None);
    let seen = world.memory().await;
    for id in &open[40..] {
        let seen = &seen.tickets[&id.to_string()].seen;
        assert_eq!(seen.len(), 2, "{id} was not seen again");
    }
}

#[tokio::test]
async fn a_run_that_is_not_whole_changes_nothing() {
    let world = World::idle(120).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let before = world.memory().await;
    let open = world.open();
    world.change(NINE + HOUR, |desk| {
        let closed = desk.catalogue().closed[0];
        desk.save(
            Way::Workflow,
            open[0],
            &[Change::Status(closed)],
            NINE + HOUR,
        )
    });
    for (moods, why) in [
        (vec![Mood::Status(403)], "may not read tickets"),
        (vec![Mood::Well, Mood::Status(400)], "400"),
        (vec![Mood::Nonsense("{}"); 4], "not a list"),
        (vec![Mood::Cut(100); 4], "failed to list"),
        (vec![Mood::Status(401); 4], "its key is wrong"),
        (vec![Mood::Later(429, 900)], "the time of a run is up"),
    ] {
        let count = moods.len();
        world.api.next(moods);
        let run = world.run(NINE + HOUR + MINUTE).await;
        let told = run
            .not_whole
            .unwrap_or_else(|| panic!("{count} moods: it was whole"));
        assert!(told.contains(why), "{told}");
        assert_eq!(world.memory().await, before, "{why}");
    }
    // The last one said how long to wait.
    let run = world.run(NINE + 2 * HOUR).await;
    assert_eq!(run.not_whole, None);
    assert_eq!(run.waiting.len(), 2, "status and time of closing");
}

#[tokio::test]
async fn what_the_key_may_not_read_any_more_is_not_deleted() {
    let world = World::idle(60).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    let board = world.api.desk(|desk| desk.catalogue().boards[0]);
    world.api.with(|installation| {
        let mut key = Key::of(installation.tenant_id());
        key.hidden_boards.push(board);
        installation.put_key(KEY, key);
    });
    let run = world.run(NINE + HOUR).await;
    assert_eq!(run.not_whole, None);
    assert_eq!(run.waiting, []);
    let known = world.memory().await.tickets;
    let board = board.to_string();
    let on_board = known.values().filter(|known| {
        let field = known.values.get(&reconciler::field::Field::Board);
        known.is_open && field.is_some_and(|value| *value == board.as_str())
    });
    assert_eq!(on_board.count(), 0, "they are forgotten");
}

/// A key that may read more than before must not announce everything that it now sees.
#[tokio::test]
async fn many_old_tickets_that_appear_at_once_are_remembered_and_not_announced() {
    let world = World::idle(10).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    world.change(NINE + HOUR, |desk| {
        let mut chance = algapsa::Chance::new(3);
        let drafts: Vec<_> = (0..60)
            .map(|number| {
                let mut draft = desk.draft(&mut chance);
                draft.entered_at = Some(NINE - HOUR * (24 + number));
                draft
            })
            .collect();
        let created = drafts
            .into_iter()
            .map(|draft| desk.create(Way::Import, draft, NINE + HOUR));
        created.collect()
    });
    let _log = reports::log();
    let run = world.run(NINE + HOUR + MINUTE).await;
    assert_eq!(run.not_whole, None);
    assert_eq!(run.waiting, []);
    let logged = reports::logged();
    assert!(
        logged.contains("many old tickets appeared at once"),
        "{logged}"
    );
}

/// 20,000 open tickets: how many calls, how long, how large what is remembered. The rate limit lets 120 calls go at once, and
/// one a second after that.
#[tokio::test]
#[ignore = "some minutes"]
async fn twenty_thousand_open_tickets_fit_into_a_run() {
    let world = World::idle(30_000).await;
    let started = std::time::Instant::now();
    let clock = std::sync::Arc::clone(&world.clock);
    let ticking = tokio::spawn(async move {
        loop {
            *clock.lock().unwrap() = NINE + started.elapsed();
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    let run = world.run(NINE).await;
    ticking.abort();
    assert_eq!(run.not_whole, None);
    let seconds = started.elapsed().as_secs();
    let calls = run.ran.expect("it was whole").calls;
    let size = run.state_size.expect("it was remembered");
    eprintln!(
        "{} open: {calls} calls, {seconds} s, {size} bytes",
        world.open().len()
    );
    assert!(calls < 400);
}
