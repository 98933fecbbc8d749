//! Whether the story kept the promises that it can show.

use std::collections::BTreeSet;

use serde_json::Value;
use support::Stack;

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
    ]
}

fn verdict(
    promise: &'static str,
    kept: impl Into<String>,
    is_kept: bool,
    broken: impl Into<String>,
) -> Verdict {
    Verdict {
        promise,
        kept: kept.into(),
        broken: (!is_kept).then(|| broken.into()),
    }
}

fn nothing_unproven_gets_in(story: &Story) -> Verdict {
    let wrong = story.sent.iter().find(|sent| !sent.is_as_expected());
    let refused = story.sent.iter();
    let refused: Vec<_> = refused.filter(|sent| sent.answer.status == 401).collect();
    let heard = |id: &str| story.reactions.iter().any(|seen| seen.event_id == id);
    let let_in = refused.iter().any(|sent| heard(&sent.event.event_id));
    let same = refused
        .windows(2)
        .all(|pair| pair[0].answer.text == pair[1].answer.text);
    let broken = wrong.map_or_else(
        || "a refused request was reacted to, or was told why it was refused".into(),
        Sent::surprise,
    );
    let kept = format!(
        "{} requests got the same 401, and no reaction",
        refused.len()
    );
    verdict(
        "Nothing unproven gets in",
        kept,
        wrong.is_none() && !let_in && same,
        broken,
    )
}

fn accepted_is_kept(story: &Story, stack: &Stack) -> Verdict {
    let accepted: Vec<_> = story
        .sent
        .iter()
        .filter(|sent| sent.answer.word() == "accepted")
        .collect();
    let settled = |item: Value| item.get("due").is_none() && item.get("parked_at").is_none();
    let lost = accepted.iter().find(|sent| {
        !stack
            .kept(&story.ticket.stream(), &sent.event)
            .is_some_and(settled)
    });
    let kept = format!("all {} are in the inbox, and settled", accepted.len());
    let broken = lost.map(|sent| {
        format!(
            "{} was accepted, but is not settled in the inbox",
            sent.event.event_type
        )
    });
    verdict(
        "Accepted is kept",
        kept,
        broken.is_none(),
        broken.unwrap_or_default(),
    )
}

fn once(story: &Story) -> Verdict {
    let distinct: BTreeSet<_> = story
        .reactions
        .iter()
        .map(|seen| (&seen.event_id, &seen.event_type))
        .collect();
    let broken = format!(
        "{} reactions for {} events",
        story.reactions.len(),
        distinct.len()
    );
    verdict(
        "Once",
        "the retry made no second reaction",
        distinct.len() == story.reactions.len(),
        broken,
    )
}

fn in_order(story: &Story) -> Verdict {
    let seen: Vec<_> = story
        .reactions
        .iter()
        .map(|seen| (seen.event_type.as_str(), seen.order.as_str()))
        .collect();
    let expected = [
        ("ticket.created", "in-order"),
        ("ticket.updated", "in-order"),
        ("ticket.status_changed", "in-order"),
        ("ticket.closed", "in-order"),
        ("ticket.comment.added", "late"),
    ];
    let place = |event_type: &str| {
        let mut sent = story.sent.iter();
        sent.position(|sent| sent.event.event_type == event_type)
    };
    let overtaken = place("ticket.closed") < place("ticket.status_changed");
    verdict(
        "In order",
        "what was overtaken came first, the straggler came marked late",
        overtaken && seen == expected,
        if overtaken {
            format!("the reactions came as {seen:?}")
        } else {
            "nothing was overtaken, so nothing is shown: choose another seed".into()
        },
    )
}

fn private(story: &Story, stack: &Stack) -> Verdict {
    let lines = stack.all_lines();
    let told = |secret: &str| lines.iter().any(|line| line.contains(secret));
    let signatures = story
        .sent
        .iter()
        .filter_map(|sent| sent.signature.split_once("v1="))
        .map(|(_, mac)| mac);
    let secrets = [stack.signing_secret.as_str(), "Outlook", "Priya"]
        .into_iter()
        .chain(signatures);
    let leaked = secrets.filter(|secret| told(secret)).count();
    let kept = format!("{} log lines, no secret, signature or content", lines.len());
    verdict(
        "Private",
        kept,
        leaked == 0,
        format!("{leaked} secrets, signatures or texts are in the logs"),
    )
}
