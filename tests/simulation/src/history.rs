//! What happens: events that the sender tells of, a target with its moods, a network with its faults, from the first
//! delivery until nothing is left to do.

use std::cell::RefCell;
use std::hash::Hasher;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::Uri;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use super::bus::Mood;
use super::cloud::{Base, Cloud, SECRET};
use super::fault::Script;
use super::order::{key, order};
use super::target::Target;
use algapsa::{AlgaPsa, Attempt, Chance, Event, Habits, Lives, Outcome};

/// Longer than anything lasts, whatever goes wrong.
const LONG: Duration = Duration::from_hours(48);
/// Until what was delayed has arrived.
const AFTERMATH: Duration = Duration::from_mins(20);
/// How often an operator looks for dead letters who redrives at once.
const SOON: Duration = Duration::from_secs(1);
/// How often the sender looks at its clock while something is under way.
const TICK: Duration = Duration::from_millis(50);

/// A history before it happens.
#[derive(Clone, Debug)]
pub struct History {
    /// Decides whatever is not said here.
    pub seed: u64,
    /// Which calls break.
    pub script: Script,
    /// How many tickets there are.
    pub tickets: usize,
    /// How many events they have in sum.
    pub events: usize,
    /// Within which time.
    pub within: SignedDuration,
    /// What the target does with the events of these numbers.
    pub moods: Vec<(usize, Mood)>,
    /// Where the reactions go.
    pub target: Target,
    /// How far events of one type may lag behind those of another in the sender.
    pub lag: SignedDuration,
    /// How long doorbells are held.
    pub hold: Duration,
    /// How many event sources feed the reactor at the same time.
    pub feeders: usize,
    /// When an operator redrives what is in the dead-letter queue.
    pub redrive: Redrive,
    /// One of so many events has a body that is too large for the inbox; none if it is 0.
    pub large_in: u64,
    /// Lambda hands out one of so many batches twice; none if it is 0.
    pub twice_in: u64,
    /// Whether people interfere (replays, recovery, test deliveries, forgeries), and SQS repeats and reorders.
    pub is_messy: bool,
}

/// When an operator redrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redrive {
    /// As soon as there is a dead letter, perhaps with writes still on their way.
    AtOnce,
    /// When nothing else goes on.
    AtRest,
}

/// A history after it has happened.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The operations that were called, in their order.
    pub calls: Vec<String>,
    /// Stands for all attempts of all calls, and their times.
    pub trace: u64,
    /// How many calls were broken.
    pub faults: usize,
    /// How many events were kept.
    pub kept: usize,
    /// How long it took to settle an innocent event, at most.
    pub longest_wait: Duration,
    /// What broke a promise.
    pub violations: Vec<String>,
}

/// Something that people do.
enum Deed {
    Happens(Event),
    Replay(Event),
    Republish(Event),
    Test,
    Forge(Event),
}

impl History {
    /// The life of one event, in which nothing goes wrong.
    pub fn of_one(mood: Option<Mood>, redrive: Redrive) -> Self {
        Self {
            seed: 1,
            script: Script::Calls(Vec::new()),
            tickets: 1,
            events: 1,
            within: SignedDuration::from_secs(1),
            moods: mood.into_iter().map(|mood| (0, mood)).collect(),
            target: Target::Bus,
            lag: SignedDuration::ZERO,
            hold: Duration::from_secs(2),
            feeders: 2,
            redrive,
            large_in: 0,
            twice_in: 0,
            is_messy: false,
        }
    }

    /// Lets it happen.
    pub fn happen(&self, base: &Base) -> Happened {
        fastrand::seed(self.seed); // the SDK's jitter
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let happening = Box::pin(self.happening(base));
        runtime.expect("a runtime can be made").block_on(happening)
    }

    async fn happening(&self, base: &Base) -> Happened {
        let cloud = Cloud::new(base, self);
        let deeds = self.deeds(&cloud);
        let feeders: FuturesUnordered<_> = (0..self.feeders).map(|_| cloud.feed()).collect();
        tokio::select! {
            biased;
            () = feeders.for_each(async |()| ()) => {}
            () = cloud.sweep() => {}
            () = self.unfolds(&cloud, deeds) => {}
        }
        let outcome = outcome(&cloud);
        cloud.clear();
        outcome
    }

    /// All that people do, in its order.
    fn deeds(&self, cloud: &Cloud) -> Vec<(Timestamp, Deed)> {
        let now = cloud.now();
        let events = Lives::new(self.seed).town(self.tickets, self.events, now, self.within);
        let mut state = cloud.network.state();
        state.twice_in = self.twice_in;
        for (number, mood) in &self.moods {
            let key = key(&events[*number]);
            state.bus.set_mood(key.clone(), *mood);
            let at_once = matches!(mood, Mood::RefusesAfter(_));
            state.witness.may_be_parked(key, at_once);
        }
        let mut chance = Chance::new(self.seed);
        let mut deeds = Vec::new();
        let mut sizes = Chance::new(self.seed);
        for mut event in events {
            if self.large_in > 0 && sizes.one_in(self.large_in) {
                event = large(event, &mut sizes);
            }
            let at = event.occurred_at;
            if self.is_messy {
                deeds.extend(interference(&mut chance, &event, at));
            }
            deeds.push((at, Deed::Happens(event)));
        }
        if self.is_messy {
            state.doorbells.mess = Some(chance);
        }
        deeds.sort_by_key(|(at, _)| *at);
        deeds
    }

    async fn unfolds(&self, cloud: &Cloud<'_>, deeds: Vec<(Timestamp, Deed)>) {
        let habits = Habits {
            cap: None,
            in_flight: 10,
            stream_lag: self.lag,
            ..Habits::default()
        };
        let mut alga = AlgaPsa::new(self.seed, habits);
        alga.rotate(SECRET);
        let started = Instant::now();
        Box::pin(sends(cloud, &RefCell::new(alga), deeds)).await;
        while started.elapsed() < LONG && !self.is_over(cloud).await {}
    }

    /// Waits a while, and does what an operator does. Says whether nothing is left to do, or a promise is broken.
    async fn is_over(&self, cloud: &Cloud<'_>) -> bool {
        if self.redrive == Redrive::AtOnce && !cloud.is_at_rest() {
            sleep(SOON).await;
            cloud.redrive();
            return false;
        }
        sleep(AFTERMATH).await;
        let is_broken = !cloud.network.state().witness.violations().is_empty();
        is_broken || (cloud.is_at_rest() && !cloud.redrive())
    }
}

/// The event with what hardly shrinks.
fn large(event: Event, chance: &mut Chance) -> Event {
    let noise: String = (0..200).map(|_| chance.uuid().to_string()).collect();
    event.with("description", noise.into())
}

/// Sometimes an event is replayed, published again or forged, a while after it has happened.
fn interference(chance: &mut Chance, event: &Event, at: Timestamp) -> Option<(Timestamp, Deed)> {
    let later = at + SignedDuration::from_secs(chance.below(3600).cast_signed());
    let event = event.clone();
    let deed = match chance.below(40) {
        0 => Deed::Replay(event),
        1 => Deed::Republish(event),
        2 => Deed::Test,
        3 => Deed::Forge(event),
        _ => return None,
    };
    Some((later, deed))
}

/// The sender does its work until nothing of it is left.
async fn sends(cloud: &Cloud<'_>, alga: &RefCell<AlgaPsa>, deeds: Vec<(Timestamp, Deed)>) {
    let (mut deeds, mut under_way) = (deeds.into_iter().peekable(), FuturesUnordered::new());
    loop {
        let now = cloud.now();
        while let Some((_, deed)) = deeds.next_if(|(at, _)| *at <= now) {
            let forged = done(&mut alga.borrow_mut(), deed, now);
            under_way.extend(forged.map(|event| forges(cloud, event).boxed_local()));
        }
        let leaving = alga.borrow_mut().leaving(now).into_iter();
        under_way.extend(leaving.map(|attempt| delivered(cloud, alga, attempt).boxed_local()));
        let next = [deeds.peek().map(|(at, _)| *at), alga.borrow().next_at()];
        let next = next.into_iter().flatten().min();
        if next.is_none() && under_way.is_empty() {
            return;
        }
        let wait = next.map_or(AFTERMATH, |next| {
            Duration::try_from(next.duration_since(now)).unwrap_or_default()
        });
        tokio::select! {
            biased;
            Some(()) = under_way.next() => {}
            () = sleep(wait.max(TICK)) => {}
        }
    }
}

fn done(alga: &mut AlgaPsa, deed: Deed, now: Timestamp) -> Option<Event> {
    match deed {
        Deed::Happens(event) => alga.happens(event, now),
        Deed::Replay(event) => alga.replay(&event, now),
        Deed::Republish(event) => alga.republish(&event, now),
        Deed::Test => alga.test(now),
        Deed::Forge(event) => return Some(event),
    }
    None
}

async fn forges(cloud: &Cloud<'_>, mut event: Event) {
    "forged".clone_into(&mut event.event_id);
    let forgery = forged(&event, cloud.now());
    let answer = Box::pin(cloud.deliver(forgery)).await;
    if answer.is_some_and(|status| status < 400) {
        let witness = &mut cloud.network.state().witness;
        witness.violation("a forgery was let in", &key(&event));
    }
}

async fn delivered(cloud: &Cloud<'_>, alga: &RefCell<AlgaPsa>, attempt: Attempt) {
    let is_test = attempt.event.event_type == "webhook.test";
    let key = key(&attempt.event);
    if !is_test {
        let order = order(&attempt.event);
        cloud.network.state().witness.sent(key.clone(), order);
    }
    let request = attempt.request(&url(), cloud.now());
    let answer = Box::pin(cloud.deliver(request)).await;
    let outcome = answer.map_or(Outcome::NoAnswer, Outcome::Status);
    if outcome.is_success() && !is_test {
        let mut state = cloud.network.state();
        let state = &mut *state;
        let (doorbells, letters) = (&state.doorbells, &state.letters);
        state.witness.acknowledged(&key, doorbells, letters);
    }
    alga.borrow_mut().answered(&attempt, outcome, cloud.now());
}

fn forged(event: &Event, now: Timestamp) -> http::Request<bytes::Bytes> {
    let mut somebody = AlgaPsa::new(0, Habits::default());
    somebody.happens(event.clone(), now);
    let at = somebody.next_at().expect("something was published");
    let attempt = somebody.leaving(at).remove(0);
    attempt.request(&url(), now)
}

fn url() -> Uri {
    Uri::from_static("https://example.lambda-url.us-east-1.on.aws/")
}

fn outcome(cloud: &Cloud) -> Happened {
    let mut state = cloud.network.state();
    state.witness.the_end();
    let broken = state.calls.iter().filter(|(_, fault)| fault.is_some());
    Happened {
        trace: state.trace.finish(),
        calls: state.calls.iter().map(|(name, _)| name.clone()).collect(),
        faults: broken.count(),
        kept: state.witness.events().len(),
        longest_wait: state.witness.longest_wait(),
        violations: state.witness.violations().to_vec(),
    }
}
