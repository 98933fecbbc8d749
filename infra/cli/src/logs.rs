//! What the functions have logged, as CloudWatch Logs keeps it.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::context::{Stack, explained};

/// How far each look goes back before the last one: CloudWatch Logs shows a line some seconds after it was written.
const OVERLAP: SignedDuration = SignedDuration::from_secs(15);

/// A function of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    Receiver,
    Reactor,
    Reconciler,
}

/// One JSON object that a function has logged. Other lines, such as Lambda's own, are left out.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Timestamp,
    pub function: Function,
    pub fields: Map<String, Value>,
}

/// Follows the log groups of a stack.
pub struct Logs {
    client: Client,
    groups: Vec<(Function, String)>,
    since: Timestamp,
    /// Up to when everything was seen, but for lines that come late.
    seen_to: Timestamp,
    /// When the lines of the last `OVERLAP` were written, by what tells them apart.
    seen: BTreeMap<String, Timestamp>,
}

impl Function {
    const ALL: [(Self, &str, &str); 3] = [
        (Self::Receiver, "ReceiverLogGroup", "RECEIVER_LOG_GROUP"),
        (Self::Reactor, "ReactorLogGroup", "REACTOR_LOG_GROUP"),
        (
            Self::Reconciler,
            "ReconcilerLogGroup",
            "RECONCILER_LOG_GROUP",
        ),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Reactor => "reactor",
            Self::Reconciler => "reconciler",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Line {
    fn of(function: Function, event: &FilteredLogEvent) -> Option<Self> {
        Some(Self {
            at: at(event)?,
            function,
            fields: serde_json::from_str(event.message()?).ok()?,
        })
    }

    /// A field that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// A field that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }
}

impl Logs {
    /// From `since` on. A stack without a reconciler has no log group for it.
    pub fn new(stack: &Stack, since: Timestamp) -> Self {
        let group = |(function, output, variable): (Function, &str, &str)| {
            Some((function, stack.source.output(output, variable)?))
        };
        Self {
            client: Client::new(&stack.config),
            groups: Function::ALL.into_iter().filter_map(group).collect(),
            since,
            seen_to: since,
            seen: BTreeMap::new(),
        }
    }

    /// What is older than that is not looked at any more.
    pub fn skip_to(&mut self, time: Timestamp) {
        self.since = self.since.max(time);
    }

    /// The lines that have come since the last call, in the order of their times. After an error, the next call looks at the
    /// same time again.
    pub async fn more(&mut self) -> Result<Vec<Line>> {
        // CloudWatch Logs knows milliseconds: what is finer would show the lines of the last one again.
        let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond())?;
        let from = self.since.max(self.seen_to - OVERLAP);
        let (mut lines, mut seen) = (Vec::new(), BTreeMap::new());
        for (function, group) in &self.groups {
            for event in self.events(group, from).await? {
                let Some(at) = at(&event) else { continue };
                let id = format!("{function} {}", told_apart(&event));
                if !self.seen.contains_key(&id) {
                    lines.extend(Line::of(*function, &event));
                }
                if at >= now - OVERLAP {
                    seen.insert(id, at);
                }
            }
        }
        (self.seen, self.seen_to) = (seen, now);
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    async fn events(&self, group: &str, from: Timestamp) -> Result<Vec<FilteredLogEvent>> {
        let (mut events, mut page) = (Vec::new(), None);
        loop {
            let look = self.client.filter_log_events().log_group_name(group);
            let look = look.start_time(from.as_millisecond()).set_next_token(page);
            let found = look.send().await.map_err(explained);
            let found = found.with_context(|| format!("failed to read the log group {group}"))?;
            events.extend(found.events.unwrap_or_default());
            page = found.next_token;
            if page.is_none() {
                return Ok(events);
            }
        }
    }
}

fn at(event: &FilteredLogEvent) -> Option<Timestamp> {
    Timestamp::from_millisecond(event.timestamp?).ok()
}

/// The event's id, which the local AWS does not give.
fn told_apart(event: &FilteredLogEvent) -> String {
    let made_up = || format!("{:?} {:?}", event.log_stream_name(), event.message());
    event.event_id().map_or_else(made_up, str::to_owned)
}
