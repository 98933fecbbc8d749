//! What happens, in the order in which AlgaPSA sends it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use algapsa::{AlgaPsa, Answer, Attempt, Delivery, Event, Habits, Outcome, Sender, Ticket};
use anyhow::{Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use support::Stack;

use crate::show;

/// How long the reactions may take: a cold start, the hold, and patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// With it the two events of the close change places.
const SEED: u64 = 9;

const UNPROVEN: &str = "401 unauthorized";

/// How an attempt ends.
#[derive(Clone, Copy)]
enum Fate {
    /// With that answer.
    Answered(&'static str),
    /// With that answer, which does not reach AlgaPSA.
    Unheard(&'static str),
    /// Before the receiver.
    Lost,
}

/// What AlgaPSA tries, by type and attempt, and what comes of it. Of what is lost the receiver hears nothing.
fn planned(attempt: &Attempt) -> (&'static str, Fate) {
    use Fate::{Answered, Lost, Unheard};
    const ACCEPTED: Fate = Answered("200 accepted");
    const AGAIN: Fate = Answered("200 duplicate");
    match (attempt.event.event_type.as_str(), attempt.number) {
        ("webhook.test", 1) => ("an admin presses Send Test", Answered("200 test")),
        ("ticket.created", 1) => ("a ticket is opened", ACCEPTED),
        ("ticket.comment.added", 1) => ("a comment does not get through", Lost),
        ("ticket.updated", 1) => ("its priority is raised", Unheard("200 accepted")),
        ("ticket.closed", 1) => ("it is closed, overtaking …", ACCEPTED),
        ("ticket.status_changed", 1) => ("… the change of its status", ACCEPTED),
        ("ticket.updated", 2) => ("the priority again, after no answer", AGAIN),
        ("ticket.comment.added", 2) => ("the comment is tried again", Lost),
        ("ticket.comment.added", 3) => ("at the third attempt it arrives", ACCEPTED),
        _ => panic!("the story knows all attempts"),
    }
}

/// How long before the demo the ticket is opened: all that happens to it lies in the past when it is sent.
pub const AGO: SignedDuration = SignedDuration::from_secs(4);

/// The story so far.
pub struct Story {
    pub ticket: Ticket,
    pub opened_at: Timestamp,
    pub tries: Vec<Try>,
    pub reactions: Vec<Reaction>,
    alga: AlgaPsa,
    sender: Sender,
}

/// One attempt to deliver.
pub enum Try {
    /// It reached the receiver.
    Sent(Sent),
    /// It did not.
    Lost { what: &'static str, event: Event },
}

/// One request, and what was answered.
pub struct Sent {
    pub what: &'static str,
    pub event: Event,
    pub signature: String,
    pub expected: &'static str,
    pub answer: Answer,
    /// Whether the answer reached AlgaPSA.
    pub is_heard: bool,
}

/// One reaction, as the `log` reaction tells it.
#[derive(Clone, Debug)]
pub struct Reaction {
    pub event_id: String,
    pub event_type: String,
    pub order: String,
    pub occurred_at: Timestamp,
    /// From when it occurred to its reaction.
    pub lag: SignedDuration,
}

impl Story {
    /// Plays everything, and waits for the reactions.
    pub fn tell(stack: &Stack) -> Result<Self> {
        let now = Timestamp::now().as_millisecond(); // as fine as the reactor's log tells times
        let opened_at = Timestamp::from_millisecond(now)? - AGO;
        let ticket = Ticket::opened_at(opened_at, "Outlook keeps asking for the password");
        let mut alga = AlgaPsa::new(SEED, Habits::default());
        alga.rotate(&stack.signing_secret);
        let mut story = Self {
            ticket,
            opened_at,
            tries: Vec::new(),
            reactions: Vec::new(),
            alga,
            sender: stack.sender(),
        };
        story.a_test(opened_at);
        story.a_short_life();
        story.two_impostors();
        story.poll();
        story.wait_for(4, stack)?;
        story.poll();
        story.wait_for(5, stack)?;
        Ok(story)
    }

    fn a_test(&mut self, at: Timestamp) {
        self.alga.test(at);
        self.poll();
    }

    /// It is closed in the UI, which makes two events a few milliseconds apart: they leave at one poll.
    fn a_short_life(&mut self) {
        self.happens("ticket.created", 0, 0);
        self.poll();
        self.happens("ticket.comment.added", 1, 0);
        self.happens("ticket.updated", 2, 0);
        self.poll();
        self.happens("ticket.status_changed", 4, 0);
        self.happens("ticket.closed", 4, 3);
        self.poll();
    }

    fn two_impostors(&mut self) {
        let forged = self.ticket.event("ticket.updated", 3);
        let delivery = self.sender.delivery(&forged).forged();
        let fate = Fate::Answered(UNPROVEN);
        self.deliver("a signature is forged", fate, &forged, delivery);
        let stale = self.ticket.event("ticket.assigned", 3);
        let delivery = self.sender.delivery(&stale);
        let delivery = delivery.aged(&self.sender.secret, SignedDuration::from_mins(6));
        self.deliver("an old request is replayed", fate, &stale, delivery);
    }

    fn happens(&mut self, event_type: &str, second: i64, millisecond: i64) {
        let mut event = self.ticket.event(event_type, second);
        event.occurred_at += SignedDuration::from_millis(millisecond);
        let at = event.occurred_at;
        self.alga.happens(event, at);
    }

    /// AlgaPSA looks at its queue, and what has waited there leaves in any order. Its minutes pass in no time here.
    fn poll(&mut self) {
        let now = self.alga.next_at().expect("something waits");
        for attempt in self.alga.leaving(now) {
            let told = self.tries(&attempt);
            self.alga.answered(&attempt, told, now);
        }
    }

    /// Makes an attempt, and says what AlgaPSA hears of it.
    fn tries(&mut self, attempt: &Attempt) -> Outcome {
        let (what, fate) = planned(attempt);
        let event = &attempt.event;
        if matches!(fate, Fate::Lost) {
            let event = Event::clone(event);
            self.tried(Try::Lost { what, event });
            return Outcome::NoAnswer;
        }
        let delivery = self.sender.carrying(attempt);
        let status = self.deliver(what, fate, event, delivery);
        match fate {
            Fate::Answered(_) => Outcome::Status(status),
            _ => Outcome::NoAnswer,
        }
    }

    fn deliver(
        &mut self,
        what: &'static str,
        fate: Fate,
        event: &Event,
        delivery: Delivery,
    ) -> u16 {
        let (Fate::Answered(expected) | Fate::Unheard(expected)) = fate else {
            unreachable!("what is lost is not delivered");
        };
        let signature = delivery.signature().unwrap_or_default().to_owned();
        let answer = delivery.send();
        let status = answer.status;
        self.tried(Try::Sent(Sent {
            what,
            event: event.clone(),
            signature,
            expected,
            answer,
            is_heard: matches!(fate, Fate::Answered(_)),
        }));
        status
    }

    fn tried(&mut self, attempt: Try) {
        show::step(&attempt);
        self.tries.push(attempt);
    }

    /// The requests that reached the receiver.
    pub fn sent(&self) -> impl Iterator<Item = &Sent> {
        self.tries.iter().filter_map(|one| match one {
            Try::Sent(sent) => Some(sent),
            Try::Lost { .. } => None,
        })
    }

    /// Follows the reactor's log until it has told of so many reactions to the ticket.
    fn wait_for(&mut self, count: usize, stack: &Stack) -> Result<()> {
        if let Some(wrong) = self.sent().find(|sent| !sent.is_as_expected()) {
            bail!("{}", wrong.surprise());
        }
        let started = Instant::now();
        while self.reactions.len() < count {
            let (seen, waited) = (self.reactions.len(), started.elapsed());
            ensure!(
                waited < PATIENCE,
                "only {seen} of {count} reactions came within {PATIENCE:?}"
            );
            sleep(Duration::from_millis(100));
            let log = stack.reactor_log();
            let mine = log
                .iter()
                .filter_map(|line| Reaction::to(&self.ticket, line));
            self.reactions = mine.collect();
            self.reactions.iter().skip(seen).for_each(show::reaction);
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
        let (what, outcome, expected) = (self.what, self.answer.outcome(), self.expected);
        format!("\"{what}\" was answered {outcome}, and not {expected}")
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
            order: text("order")?.replace('-', " "),
            occurred_at: text("occurred_at")?.parse().ok()?,
            lag: SignedDuration::from_millis(line["lag_ms"].as_i64()?),
        })
    }
}
