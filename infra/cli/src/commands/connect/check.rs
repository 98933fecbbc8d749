//! `alga-webhooks connect --check`: one line for each thing that can be wrong.

pub mod arriving;
pub mod left;
pub mod outside;
pub mod signed;

use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;

use super::steps::broken;
use crate::context::{Context, Outcome, Stack};
use crate::output::{self, errors, hint, progress, sentence};

/// What was seen of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As it should be.
    Good(String),
    /// Not so, and what to do about it.
    Wrong(String, String),
    /// Not there, on purpose or not to be seen from here.
    Open(String),
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    what: &'static str,
    /// None if there is nothing to judge.
    ok: Option<bool>,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_fix: Option<String>,
}

/// Where what was seen begins, and how far lines reach.
const NAMES: usize = 21;
const WIDTH: usize = 110;

const FAILED: &str =
    "It could not be looked at: see the message, and whether your AWS rights are enough";
const NO_STACK: &str = "Name the stack with --stack and --region, or deploy it first";

/// Looks at everything. Exit code 1 if something is wrong.
pub async fn run(context: &Context, stack: Result<Stack>) -> Result<Outcome> {
    let findings = match stack {
        Ok(stack) => all(&stack).await,
        Err(error) => {
            let why = errors::told(&error, context.options.profile.as_deref());
            vec![Finding::of("stack", Seen::Wrong(why, NO_STACK.to_owned()))]
        }
    };
    output::either(context.json, &findings, || print(&findings))?;
    Ok(Outcome::good_if(findings.iter().all(Finding::is_fine)))
}

/// In the order in which an event goes its way.
async fn all(stack: &Stack) -> Vec<Finding> {
    let bar = progress::busy("Looking");
    let mut findings = vec![Finding::of("stack", Seen::Good(named(stack)))];
    let mut add = |what, seen: Result<Seen>| {
        bar.set_message(format!("Looking, after the {what}"));
        findings.push(Finding::seen(what, seen));
    };
    add("signing secret", signed::secret(stack).await);
    add("receiver", signed::receiver(stack).await);
    add("deliveries", arriving::deliveries(stack).await);
    add("refused", arriving::refused(stack).await);
    add("waiting events", left::waiting(stack).await);
    add("parked events", left::parked(stack).await);
    add("dead letters", left::dead_letters(stack).await);
    add("quarantine", left::quarantine(stack).await);
    add("reaction", outside::reaction(stack).await);
    for key in super::keys::of(&stack.source) {
        add(key.name, outside::key(stack, &key).await);
    }
    add("reconciler", outside::reconciler(stack).await);
    ProgressBar::finish_and_clear(&bar);
    findings
}

fn named(stack: &Stack) -> String {
    format!(
        "it has all that this tool needs; the webhook's URL is {}",
        stack.webhook_url
    )
}

impl Finding {
    pub fn of(what: &'static str, seen: Seen) -> Self {
        let (ok, says, to_fix) = match seen {
            Seen::Good(says) => (Some(true), says, None),
            Seen::Wrong(says, to_fix) => (Some(false), says, Some(hint(&to_fix))),
            Seen::Open(says) => (None, says, None),
        };
        Self {
            what,
            ok,
            says,
            to_fix,
        }
    }

    /// What could not be looked at counts as wrong.
    fn seen(what: &'static str, seen: Result<Seen>) -> Self {
        let failed =
            |error: anyhow::Error| Seen::Wrong(errors::told(&error, None), FAILED.to_owned());
        Self::of(what, seen.unwrap_or_else(failed))
    }

    fn is_fine(&self) -> bool {
        self.ok != Some(false)
    }

    /// A mark, the name, what was seen, and below it what to do.
    pub fn drawn(&self) -> String {
        let mark = match self.ok {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "–",
        };
        let indent = " ".repeat(NAMES);
        let begins = format!("{mark} {:width$}", self.what, width = NAMES - 2);
        let says = broken(&self.says, WIDTH, &indent);
        let to_fix = self.to_fix.iter().map(|to_fix| {
            let to_fix = broken(&format!("→ {}", sentence(to_fix)), WIDTH, &indent);
            format!("\n{to_fix}")
        });
        let to_fix: String = to_fix.collect();
        format!("{begins}{}{to_fix}", says.trim_start())
    }
}

fn print(findings: &[Finding]) -> Result<()> {
    findings
        .iter()
        .try_for_each(|finding| output::line(finding.drawn()))?;
    let wrong = findings.iter().filter(|finding| !finding.is_fine()).count();
    output::line(match wrong {
        0 => "Nothing is wrong.".to_owned(),
        1 => "One thing is wrong.".to_owned(),
        several => format!("{several} things are wrong."),
    })
}
