//! Whether the story kept the promises that it can show.

use std::collections::BTreeSet;

use algapsa::Event;
use serde_json::Value;
use support::Stack;

use crate::desk::PRIVATE;
use crate::story::{Sent, Story};

/// One promise, and how it was kept or broken.
pub struct Verdict {
    pub promise: &'static str,
    pub kept: String,
    pub broken: Option<String>,
}

pub fn check(story: &Story, stack: &Stack) -> Vec<Verdict> {
    vec![
        nothing_unproven_gets_in(story),
        accepted_is_kept(story, stack),
        once(story),
        in_order(story),
        private(story, stack),
        noticed(story),
    ]
}

fn verdict(promise: &'static str, is_kept: bool, [kept, broken]: [String; 2]) -> Verdict {
    let broken = (!is_kept).then_some(broken);
    Verdict {
        promise,
        kept,
        broken,
    }
}

fn nothing_unproven_gets_in(story: &Story) -> Verdict {
    let wrong = story.sent().find(|sent| !sent.is_as_expected());
    let refused = story.sent().filter(|sent| sent.answer.status == 401);
    let refused: Vec<_> = refused.collect();
    let heard = |id: &str| story.reactions.iter().any(|seen| seen.event_id == id);
    let let_in = refused.iter().any(|sent| heard(&sent.event.event_id));
    let mut pairs = refused.windows(2);
    let same = pairs.all(|pair| pair[0].answer.text == pair[1].answer.text);
    let otherwise = || "a refused request was reacted to, or was told why it was refused".into();
    let broken = wrong.map_or_else(otherwise, Sent::surprise);
    let count = refused.len();
    let kept = format!("{count} requests got the same 401, and no reaction");
    let is_kept = wrong.is_none() && !let_in && same;
    verdict("Nothing unproven gets in", is_kept, [kept, broken])
}

fn accepted_is_kept(story: &Story, stack: &Stack) -> Verdict {
    let accepted = story.sent().filter(|sent| sent.answer.word() == "accepted");
    let accepted: Vec<_> = accepted.map(|sent| &sent.event).collect();
    let kept = |event: &Event| stack.kept(&story.ticket.stream(), event);
    let settled = |item: Value| item.get("due").is_none() && item.get("parked_at").is_none();
    let lost = accepted
        .iter()
        .find(|event| !kept(event).is_some_and(settled));
    let kept = format!("all {} are in the inbox, and settled", accepted.len());
    let which = lost.map_or("", |event| &event.event_type);
    let broken = format!("{which} was accepted, but is not settled in the inbox");
    verdict("Accepted is kept", lost.is_none(), [kept, broken])
}

fn once(story: &Story) -> Verdict {
    let reactions = story.reactions.iter();
    let distinct: BTreeSet<_> = reactions
        .map(|seen| (&seen.event_id, &seen.event_type))
        .collect();
    let (reactions, events) = (story.reactions.len(), distinct.len());
    let broken = format!("{reactions} reactions for {events} events");
    let kept = "the retry made no second reaction".into();
    verdict("Once", events == reactions, [kept, broken])
}

fn in_order(story: &Story) -> Verdict {
    let seen = story.reactions.iter();
    let seen: Vec<_> = seen
        .map(|seen| (&seen.event_type[..], &seen.order[..]))
        .collect();
    let expected = [
        ("ticket.created", "in order"),
        ("ticket.updated", "in order"),
        ("ticket.status_changed", "in order"),
        ("ticket.closed", "in order"),
        ("ticket.status_changed", "in order"),
        ("ticket.comment.added", "late"),
    ];
    let place = |event_type: &str| {
        story
            .sent()
            .position(|sent| sent.event.event_type == event_type)
    };
    let overtaken = place("ticket.closed") < place("ticket.status_changed");
    let kept = "what was overtaken came first, the straggler came marked late".into();
    let broken = if overtaken {
        format!("the reactions came as {seen:?}")
    } else {
        "nothing was overtaken, so nothing is shown: choose another seed".into()
    };
    verdict("In order", overtaken && seen == expected, [kept, broken])
}

fn private(story: &Story, stack: &Stack) -> Verdict {
    let lines = stack.all_lines();
    let told = |secret: &str| lines.iter().any(|line| line.contains(secret));
    let signatures = story.sent().map(|sent| sent.signature.split_once("v1="));
    let macs = signatures.flatten().map(|(_, mac)| mac);
    let secrets = macs.chain([stack.signing_secret.as_str()]).chain(PRIVATE);
    let leaked = secrets.filter(|secret| told(secret)).count();
    let kept = format!("{} log lines, no secret, signature or content", lines.len());
    let broken = format!("{leaked} secrets, signatures or texts are in the logs");
    verdict("Private", leaked == 0, [kept, broken])
}

fn noticed(story: &Story) -> Verdict {
    let found = story.reactions.iter().filter(|seen| seen.unannounced);
    let found: Vec<_> = found.map(|seen| &seen.event_type[..]).collect();
    let kept = "what AlgaPSA told nobody came as ticket.status_changed".into();
    let broken = format!("{found:?} came as what was never announced");
    verdict(
        "Noticed",
        found == ["ticket.status_changed"],
        [kept, broken],
    )
}
