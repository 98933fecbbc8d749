//! What happens, in the order in which AlgaPSA sends it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use algapsa::{AlgaPsa, Answer, Attempt, Delivery, Event, Habits, Outcome, Sender, Ticket};
use anyhow::{Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use support::Stack;

use crate::desk::ServiceDesk;
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
        ("ticket.comment.added", 3) => ("the comment's third attempt arrives", ACCEPTED),
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
    desk: ServiceDesk,
    alga: AlgaPsa,
    sender: Sender,
}

/// One attempt to deliver.
pub enum Try {
    /// It reached the receiver.
    Sent(Sent),
    /// It did not.
    Lost { what: &'static str, event: Event },
    /// There was nothing to deliver: AlgaPSA tells nobody what has happened.
    Untold { what: &'static str, at: Timestamp },
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
    /// Whether the reconciler has announced it.
    pub unannounced: bool,
    pub occurred_at: Timestamp,
    /// From when it occurred to its reaction.
    pub lag: SignedDuration,
}

impl Story {
    /// Plays everything, and waits for the reactions.
    pub fn tell(stack: &Stack) -> Result<Self> {
        let now = Timestamp::now().as_millisecond(); // as fine as the reactor's log tells times
        let opened_at = Timestamp::from_millisecond(now)? - AGO;
        let (desk, opened) = ServiceDesk::open(stack, opened_at)?;
        let mut alga = AlgaPsa::new(SEED, Habits::default());
        alga.rotate(&stack.signing_secret);
        let mut story = Self {
            ticket: desk.ticket(),
            opened_at,
            tries: Vec::new(),
            reactions: Vec::new(),
            desk,
            alga,
            sender: stack.sender(),
        };
        story.desk.reconcile()?; // the first run only remembers
        story.a_test(opened_at);
        story.a_short_life(opened);
        story.two_impostors();
        story.poll();
        story.a_mail_in_silence()?;
        story.wait_for(5, stack)?;
        story.poll();
        story.wait_for(6, stack)?;
        Ok(story)
    }

    fn a_test(&mut self, at: Timestamp) {
        self.alga.test(at);
        self.poll();
    }

    /// It is closed in the UI, which makes two events a few milliseconds apart: they leave at one poll.
    fn a_short_life(&mut self, opened: Vec<Event>) {
        self.told(opened);
        self.poll();
        self.told(self.desk.comment(1));
        self.told(self.desk.make_urgent(2));
        self.poll();
        self.told(self.desk.close(4));
        self.poll();
    }

    /// The reconciler looks once more before: what events have told of is nothing new. What it finds then it announces at its next
    /// look, since an event could still come.
    fn a_mail_in_silence(&mut self) -> Result<()> {
        let early = self.desk.reconcile()?;
        let at = Timestamp::now();
        let told = self.desk.open_by_mail(at).len();
        ensure!(told == 0, "AlgaPSA tells of what it should not tell of");
        let what = "a mail opens it again, silently";
        self.tried(Try::Untold { what, at });
        let found = self.desk.reconcile()?;
        let announced = self.desk.reconcile()?;
        ensure!(
            (early, found, announced) == (0, 0, 1),
            "the reconciler has announced {early}, {found} and {announced} events, and not 0, 0 and 1"
        );
        show::noticed();
        Ok(())
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

    fn told(&mut self, events: Vec<Event>) {
        for event in events {
            let at = event.occurred_at;
            self.alga.happens(event, at);
        }
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
            Try::Lost { .. } | Try::Untold { .. } => None,
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
            unannounced: line["unannounced"] == true,
            occurred_at: text("occurred_at")?.parse().ok()?,
            lag: SignedDuration::from_millis(line["lag_ms"].as_i64()?),
        })
    }
}
