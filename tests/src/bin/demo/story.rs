//! What happens, in the order in which AlgaPSA sends it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tests::sender::{Answer, Delivery, Sender};
use tests::stack::Stack;
use tests::ticket::{Event, Ticket};

use crate::show;

/// How long the reactions may take: a cold start, the hold, and patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// The story so far.
pub struct Story {
    pub ticket: Ticket,
    pub sent: Vec<Sent>,
    pub reactions: Vec<Reaction>,
    sender: Sender,
}

/// One request, and what was answered.
pub struct Sent {
    pub what: &'static str,
    pub event: Event,
    pub signature: String,
    pub expected: &'static str,
    pub answer: Answer,
}

/// One reaction, as the `log` reaction tells it.
#[derive(Clone, Debug)]
pub struct Reaction {
    pub event_id: String,
    pub event_type: String,
    pub placement: String,
    pub lag: Duration,
}

impl Story {
    /// Plays everything, and waits for the reactions.
    pub fn tell(stack: &Stack) -> Result<Self> {
        let opened_at = Timestamp::now() - SignedDuration::from_secs(4);
        let ticket = Ticket::opened_at(opened_at, "Outlook keeps asking for the password");
        let sender = stack.sender();
        let mut story = Self {
            ticket,
            sender,
            sent: Vec::new(),
            reactions: Vec::new(),
        };
        story.a_test();
        story.a_short_life();
        story.two_impostors();
        story.wait_for(4, stack)?;
        story.a_straggler();
        story.wait_for(5, stack)?;
        Ok(story)
    }

    fn a_test(&mut self) {
        self.send("an admin presses Send Test", "200 test", &Event::test());
    }

    fn a_short_life(&mut self) {
        let [created, updated, status_changed, closed] = [
            ("ticket.created", 0),
            ("ticket.updated", 2),
            ("ticket.status_changed", 3),
            ("ticket.closed", 4),
        ]
        .map(|(event_type, second)| self.ticket.event(event_type, second));
        self.send("a ticket is opened", "200 accepted", &created);
        self.send("its priority is raised", "200 accepted", &updated);
        self.send("it is closed, overtaking …", "200 accepted", &closed);
        self.send(
            "… the change of its status",
            "200 accepted",
            &status_changed,
        );
        let retry = self.sender.delivery(&updated).attempt(2);
        self.deliver("a retry repeats one", "200 duplicate", &updated, retry);
    }

    fn two_impostors(&mut self) {
        let forged = self.ticket.event("ticket.updated", 3);
        let delivery = self.sender.delivery(&forged).forged();
        self.deliver(
            "a signature is forged",
            "401 unauthorized",
            &forged,
            delivery,
        );
        let stale = self.ticket.event("ticket.assigned", 3);
        let delivery = self
            .sender
            .delivery(&stale)
            .aged(&self.sender.secret, SignedDuration::from_mins(6));
        self.deliver(
            "an old request is replayed",
            "401 unauthorized",
            &stale,
            delivery,
        );
    }

    fn a_straggler(&mut self) {
        let comment = self.ticket.event("ticket.comment.added", 1);
        let delivery = self.sender.delivery(&comment).attempt(3);
        self.deliver("a comment straggles in", "200 accepted", &comment, delivery);
    }

    fn send(&mut self, what: &'static str, expected: &'static str, event: &Event) {
        let delivery = self.sender.delivery(event);
        self.deliver(what, expected, event, delivery);
    }

    fn deliver(
        &mut self,
        what: &'static str,
        expected: &'static str,
        event: &Event,
        delivery: Delivery,
    ) {
        let signature = delivery.signature().unwrap_or_default().to_owned();
        let answer = delivery.send();
        let sent = Sent {
            what,
            event: event.clone(),
            signature,
            expected,
            answer,
        };
        show::step(&sent);
        self.sent.push(sent);
    }

    /// Follows the reactor's log until it has told of so many reactions to the ticket.
    fn wait_for(&mut self, count: usize, stack: &Stack) -> Result<()> {
        if let Some(wrong) = self.sent.iter().find(|sent| !sent.is_as_expected()) {
            bail!("{}", wrong.surprise());
        }
        let started = Instant::now();
        while self.reactions.len() < count {
            ensure!(
                started.elapsed() < PATIENCE,
                "only {} of {count} reactions came within {PATIENCE:?}",
                self.reactions.len()
            );
            sleep(Duration::from_millis(100));
            let log = stack.reactor_log();
            let mine: Vec<_> = log
                .iter()
                .filter_map(|line| Reaction::to(&self.ticket, line))
                .collect();
            mine.iter()
                .skip(self.reactions.len())
                .for_each(show::reaction);
            self.reactions = mine;
        }
        Ok(())
    }
}

impl Sent {
    /// Whether it was answered as it should be.
    pub fn is_as_expected(&self) -> bool {
        self.answer.outcome() == self.expected
    }

    /// What was wrong with the answer.
    pub fn surprise(&self) -> String {
        let outcome = self.answer.outcome();
        format!(
            "\"{}\" was answered {outcome}, and not {}",
            self.what, self.expected
        )
    }
}

impl Reaction {
    fn to(ticket: &Ticket, line: &Value) -> Option<Self> {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        if line["reaction"] != "log" || text("stream")? != ticket.stream() {
            return None;
        }
        Some(Self {
            event_id: text("event.id")?,
            event_type: text("event.type")?,
            placement: text("placement")?,
            lag: Duration::from_millis(line["lag_ms"].as_u64()?),
        })
    }
}
