//! The comment mode: published comments that no event told of.

mod day;
mod looks;

use algapsa::desk::{Change, Way, Words};
use jiff::{SignedDuration, Timestamp};
use reconciler::Run;
use serde_json::{Value, json};
use shared::filter::Filter;
use uuid::Uuid;

use super::{HOUR, NINE, World};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const COMMENTED: &str = "ticket.comment.added";

/// What the customer says.
fn says(text: &str) -> Change {
    Change::Comment(Words {
        text: text.to_owned(),
        author: None,
        is_internal: false,
        scheduled_for: None,
    })
}

fn says_later(text: &str, at: Timestamp) -> Change {
    let Change::Comment(words) = says(text) else {
        unreachable!("it is a comment");
    };
    Change::Comment(Words {
        scheduled_for: Some(at),
        ..words
    })
}

/// A world that has looked at its tickets once, without a grace.
async fn looked_at() -> World {
    let world = World::with(40, |settings| settings.comments = true).await;
    assert_eq!(world.run(NINE).await.not_whole, None);
    world
}

impl World {
    /// Something that every scan shows, so that the ticket is looked at.
    fn touch(&self, ticket: Uuid, at: Timestamp) {
        let change = [Change::Title(format!("Touched at {at}"))];
        self.change(at, |desk| desk.save(Way::Workflow, ticket, &change, at));
    }

    fn silently(&self, ticket: Uuid, change: Change, at: Timestamp) {
        self.change(at, |desk| desk.save(Way::Workflow, ticket, &[change], at));
    }

    /// The id of a ticket's last comment.
    fn last_comment(&self, ticket: Uuid) -> Uuid {
        self.api.desk(|desk| {
            let ticket = desk.ticket(ticket);
            let comments = &ticket.expect("it is there").comments;
            comments.last().expect("there is one").id
        })
    }

    /// Runs at those minutes after nine, each of them whole, and what is remembered never has the words of a comment.
    async fn runs(&self, minutes: impl IntoIterator<Item = i32>, words: &str) -> Vec<Run> {
        let mut runs = Vec::new();
        for minute in minutes {
            let run = self.run(NINE + minute * MINUTE).await;
            assert_eq!(run.not_whole, None, "at {minute} minutes");
            let known = json!([self.memory().await, run, run.unannounced, run.waiting]).to_string();
            assert!(!known.contains(words), "at {minute} minutes");
            runs.push(run);
        }
        runs
    }

    /// What is kept of a ticket's comments, the first one first.
    async fn told(&self, ticket: Uuid) -> Vec<Value> {
        let mut told = self.kept(ticket).await;
        told.retain(|envelope| envelope["event_type"] == COMMENTED);
        told.sort_by_key(|envelope| envelope["occurred_at"].to_string());
        told
    }

    async fn texts(&self, ticket: Uuid) -> Vec<String> {
        let told = self.told(ticket).await.into_iter();
        let texts = told.map(|envelope| {
            envelope["data"]["comment"]["text"]
                .as_str()
                .map(str::to_owned)
        });
        texts.flatten().collect()
    }
}

#[tokio::test]
async fn a_reply_of_a_workflow_is_told_once_as_the_sender_would() {
    let world = looked_at().await;
    let ticket = world.open()[0];
    let at = NINE + 30 * MINUTE;
    world.silently(ticket, says("Zwetschgen — schon wieder!"), at);
    let runs = world.runs([60, 120, 180, 240], "Zwetschgen").await;
    let found: Vec<_> = runs.iter().map(|run| run.waiting.len()).collect();
    assert_eq!(found, [0, 1, 0, 0], "only whole rows say whose turn it is");
    let ran = runs[2].ran.clone().expect("it was whole");
    assert_eq!((ran.announced, ran.fields["comment"]), (1, 1));

    let told = world.told(ticket).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["unannounced"], true);
    let occurred_at = told[0]["occurred_at"].as_str().expect("a time");
    assert!(
        occurred_at.starts_with("2026-08-24T12:00:0"),
        "{occurred_at}"
    );
    let data = &told[0]["data"];
    assert_eq!(data["ticket_id"], ticket.to_string());
    assert!(data["status_id"].is_string() && data["url"].is_string());
    let comment = data["comment"].as_object().expect("an object");
    assert_eq!(comment["text"], "Zwetschgen — schon wieder!");
    assert_eq!(comment["timestamp"], "2026-08-24T09:30:00.000Z");
    assert_eq!(comment["is_internal"], false);
    assert!(
        comment["author"].is_string() && comment.len() == 4,
        "{comment:?}"
    );
}

#[tokio::test]
async fn what_a_bundle_mirrors_is_told_of_the_child_and_not_again_of_its_master() {
    let world = World::with(40, |settings| settings.comments = true).await;
    let (master, child) = (world.open()[0], world.open()[1]);
    let bundled = [Change::Bundle(Some(master))];
    world.change(NINE, |desk| desk.save(Way::Ui, child, &bundled, NINE));
    world.runs([1], "Hello").await;
    let at = NINE + 30 * MINUTE;
    world
        .tells(at, |desk| desk.save(Way::Ui, master, &[says("Hello")], at))
        .await;
    for ticket in [master, child] {
        world.touch(ticket, at);
    }
    world.runs([60, 61, 62, 63], "Hello").await;
    let (master, child) = (world.told(master).await, world.told(child).await);
    assert_eq!((master.len(), child.len()), (1, 1));
    assert_eq!(master[0]["unannounced"], Value::Null);
    assert_eq!(child[0]["unannounced"], true);
}

#[tokio::test]
async fn an_announced_comment_is_not_told_again_but_a_silent_one_beside_it_is() {
    let world = looked_at().await;
    let ticket = world.open()[0];
    let at = NINE + 30 * MINUTE;
    let note = |text: &str| {
        Change::Comment(Words {
            text: text.to_owned(),
            author: None,
            is_internal: true,
            scheduled_for: None,
        })
    };
    world
        .tells(at, |desk| desk.save(Way::Ui, ticket, &[note("told")], at))
        .await;
    for (seconds, text) in [(-20, "before"), (20, "after"), (21, "at last")] {
        let at = at + SignedDuration::from_secs(seconds);
        world.silently(ticket, note(text), at);
    }
    world.touch(ticket, at + MINUTE);
    let runs = world.runs([60, 61, 62, 63], "at last").await;
    let explained = runs[0].ran.clone().expect("it was whole").explained;
    assert_eq!((explained, runs[0].waiting.len()), (1, 4), "with the title");
    let texts = world.texts(ticket).await;
    assert_eq!(texts, ["told", "before", "after", "at last"]);
    let told = world.told(ticket).await;
    let is_internal = |one: &Value| one["data"]["comment"]["is_internal"] == true;
    assert!(told.iter().all(is_internal), "notes are told, too");
}

#[tokio::test]
async fn what_is_scheduled_cancelled_or_deleted_is_not_told_and_what_is_published_later_is_told_then()
 {
    let world = looked_at().await;
    let ticket = world.open()[0];
    let at = NINE + 30 * MINUTE;
    let save = |way, change| world.change(at, |desk| desk.save(way, ticket, &[change], at));
    save(Way::Ui, says_later("called off", at + HOUR));
    save(Way::Ui, Change::Cancel(world.last_comment(ticket)));
    save(Way::Workflow, says("taken back"));
    save(Way::Ui, Change::DeleteComment(world.last_comment(ticket)));
    save(Way::Ui, says_later("published", at + HOUR));
    world.touch(ticket, at);
    world.runs([60, 61, 62], "published").await;
    assert_eq!(world.texts(ticket).await, [""; 0]);

    // Its event is lost.
    let published = [Change::Publish(world.last_comment(ticket))];
    let at = at + HOUR;
    world.change(at, |desk| desk.save(Way::Scheduler, ticket, &published, at));
    world.touch(ticket, at);
    world.runs([120, 121, 122], "published").await;
    assert_eq!(world.texts(ticket).await, ["published"]);
    let told = &world.told(ticket).await[0]["data"]["comment"];
    assert_eq!(told["timestamp"], "2026-08-24T10:30:00.000Z");
}

#[tokio::test]
async fn what_is_deleted_or_edited_while_it_waits_is_told_as_it_is_then() {
    let world = World::with(40, |settings| {
        settings.comments = true;
        settings.grace = 3 * HOUR;
    })
    .await;
    world.runs([0], "typo").await;
    let (edited, deleted) = (world.open()[0], world.open()[1]);
    let at = NINE + 30 * MINUTE;
    for ticket in [edited, deleted] {
        world.silently(ticket, says("typo"), at);
        world.touch(ticket, at);
    }
    let runs = world.runs([60, 120], "typo").await;
    assert_eq!(runs[1].waiting.len(), 4);
    let (one, other) = (world.last_comment(edited), world.last_comment(deleted));
    let at = NINE + 2 * HOUR;
    world.change(at, |desk| {
        let edit = [Change::EditComment(one, "fixed".to_owned())];
        let delete = [Change::DeleteComment(other)];
        let mut happened = desk.save(Way::Ui, edited, &edit, at);
        happened.extend(desk.save(Way::Ui, deleted, &delete, at));
        happened
    });
    world.runs([180, 240, 300], "fixed").await;
    assert_eq!(world.texts(edited).await, ["fixed"]);
    assert_eq!(world.texts(deleted).await, [""; 0]);
}

#[tokio::test]
async fn a_run_that_dies_while_it_tells_comments_is_made_up_for_by_the_next() {
    let world = looked_at().await;
    let mut tickets = world.open().into_iter();
    let (mut minute, mut deaths) = (10, 0);
    for calls in 0.. {
        let ticket = tickets.next().expect("there are enough");
        let at = NINE + minute * MINUTE;
        world.silently(ticket, says("the first plum"), at);
        world.silently(ticket, says("the last plum"), at + MINUTE);
        world.touch(ticket, at + MINUTE);
        let found = world.runs([minute + 2], "plum").await;
        assert_eq!(found[0].waiting.len(), 3, "with the title");
        world.wire.dies_after(calls);
        let died = world.run(NINE + (minute + 3) * MINUTE).await;
        world.wire.repair();
        world.runs([minute + 4], "plum").await;
        let texts = world.texts(ticket).await;
        assert_eq!(
            texts,
            ["the first plum", "the last plum"],
            "after a death at call {calls}"
        );
        if died.not_whole.is_none() {
            break;
        }
        // So much later that the events of this ticket are not looked at again.
        (minute, deaths) = (minute + 200, deaths + 1);
    }
    assert!(deaths >= 8, "{deaths}");
}

#[tokio::test]
async fn types_that_are_not_watched_are_not_told() {
    let world = World::with(40, |settings| {
        settings.comments = true;
        settings.filter = Filter::new("", "ticket.updated");
    })
    .await;
    world.runs([0], "Hello").await;
    let ticket = world.open()[0];
    world.silently(ticket, says("Hello"), NINE + MINUTE);
    world.touch(ticket, NINE + MINUTE);
    world.runs([60, 61, 62], "Hello").await;
    assert_eq!(world.types(ticket).await, ["ticket.updated"]);
}
