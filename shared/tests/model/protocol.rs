//! The states of the protocol, and the steps between them.

use stateright::{Model, Property};

pub const EVENTS: [usize; 2] = [0, 1];

/// A mistake to be made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    SettleFirst,
    ParkFirst,
    AnnounceAfterReaction,
    ForgetAttempts,
    RingForNewOnly,
    ServeOnlyWhatIsNamed,
    UnparkWhatIsSettled,
    NoSweep,
    CountTrouble,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    pub flaw: Option<Flaw>,
    /// How many mishaps there may be.
    pub mishaps: u8,
    /// Doorbells that were hidden together come back together; then those that are heard are counted.
    pub comes_back_together: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kept {
    #[default]
    Not,
    Waiting,
    Parked,
    Settled,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub struct Event {
    pub kept: Kept,
    pub acknowledged: bool,
    deliveries: u8,
    /// Its dead letter is in the queue of those.
    pub letter: bool,
    /// What an observer sees: attempts since something else was tried, and whether it was ever tried, reacted to, recorded.
    pub attempts: u8,
    pub tried: bool,
    pub reacted: bool,
    pub recorded: bool,
    /// How many of those attempts have failed, or may have killed the function.
    pub blame: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bell {
    event: usize,
    unpark: bool,
}

/// What the reactor does next. All but `Unpark`, `List` and `Answer` concern the first event of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Next {
    Unpark,
    List,
    Announce,
    React { late: bool },
    Settle,
    Letter,
    Clear,
    Park,
    TakeBack,
    Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reactor {
    /// How many doorbells it has heard; they stay in front of the queue until it answers.
    heard: usize,
    list: Vec<usize>,
    next: Next,
    /// Whether the announced attempt has been made.
    made: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub struct State {
    pub events: [Event; 2],
    /// What receivers have admitted and are about to ring for.
    receivers: Vec<Bell>,
    queue: Vec<Bell>,
    reactor: Option<Reactor>,
    /// The watermark.
    reached: Option<usize>,
    attempted: Option<usize>,
    attempts: u8,
    /// A doorbell for the second event was heard before the first was kept.
    first_is_late: bool,
    /// The first event was kept in time, and neither parked nor reacted to since.
    pub first_goes_first: bool,
    /// An event was parked for attempts that were not its fault.
    pub parked_without_blame: bool,
    mishaps: u8,
    pub lost: bool,
    pub heard: u8,
    together: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    Final,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Admit(usize),
    Ring(usize),
    Hear(usize),
    Serve(Outcome),
    Sweep,
    Redrive(usize),
    Lose(usize),
    CrashReceiver(usize),
    CrashReactor,
    /// AWS refuses what the reactor is about to write, and the reactor lives.
    Trouble,
}

impl State {
    pub fn kept(&self, event: usize) -> Kept {
        self.events[event].kept
    }

    pub fn has_bell(&self, event: usize) -> bool {
        self.queue.iter().any(|bell| bell.event >= event)
    }

    pub fn will_be_unparked(&self, event: usize) -> bool {
        let bell = Bell {
            event,
            unpark: true,
        };
        self.events[event].letter || self.queue.contains(&bell)
    }

    /// The event that is about to be reacted to, and whether it is said to be late.
    pub fn reacting(&self) -> Option<(usize, bool)> {
        let reactor = self.reactor.as_ref()?;
        match reactor.next {
            Next::React { late } => Some((reactor.list[0], late)),
            _ => None,
        }
    }

    /// What the sweep finds once nothing is under way, because nothing that is under way lasts for an hour.
    fn overdue(&self) -> Option<usize> {
        let quiet = self.receivers.is_empty() && self.reactor.is_none();
        let waits = |event: &usize| self.kept(*event) == Kept::Waiting;
        let last = EVENTS.into_iter().rfind(waits).filter(|_| quiet)?;
        (!self.has_bell(last)).then_some(last)
    }

    fn admit(&mut self, event: usize, rings_again: bool) {
        let seen = self.kept(event);
        self.events[event].deliveries += 1;
        if seen == Kept::Not {
            self.events[event].kept = Kept::Waiting;
            if event == 0 {
                self.first_goes_first = !std::mem::take(&mut self.first_is_late);
            }
        }
        if seen == Kept::Settled || seen == Kept::Waiting && !rings_again {
            self.events[event].acknowledged = true;
        } else {
            let unpark = seen == Kept::Parked;
            self.receivers.push(Bell { event, unpark });
        }
    }

    fn hear(&mut self, heard: usize) {
        let bells = &self.queue[..heard];
        let unparks = bells.iter().any(|bell| bell.unpark);
        self.first_is_late |= self.kept(0) == Kept::Not && bells.iter().any(|bell| bell.event == 1);
        let next = if unparks { Next::Unpark } else { Next::List };
        self.reactor = Some(Reactor {
            heard,
            list: Vec::new(),
            next,
            made: false,
        });
    }

    fn park(&mut self, event: usize, step: Next) {
        match step {
            Next::Letter => self.events[event].letter = true,
            Next::Clear => {
                if self.attempted == Some(event) {
                    (self.attempted, self.attempts) = (None, 0);
                }
                self.events[event].attempts = 0;
                self.events[event].blame = 0;
            }
            _ => {
                self.events[event].kept = Kept::Parked;
                self.first_goes_first &= event != 0;
            }
        }
    }

    fn note_attempt(&mut self, event: usize) {
        self.events[1 - event].attempts = 0;
        self.events[1 - event].blame = 0;
        self.events[event].attempts += 1;
        self.events[event].tried = true;
    }
}

impl Protocol {
    /// In the code it is 12.
    pub const MOST_ATTEMPTS: u8 = 1;

    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether anything is bound to happen.
    pub fn goes_on(self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.bound_to_happen(state, &mut actions);
        !actions.is_empty()
    }

    fn bound_to_happen(self, state: &State, actions: &mut Vec<Action>) {
        let tried_again = |event: &usize| !state.events[*event].acknowledged;
        actions.extend(deliveries(state).filter(tried_again).map(Action::Admit));
        actions.extend((0..state.receivers.len()).map(Action::Ring));
        match &state.reactor {
            None => {
                let least = state.together.max(1);
                actions.extend((least..=state.queue.len()).map(Action::Hear));
            }
            Some(_) if state.reacting().is_some() => {
                let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Final];
                actions.extend(outcomes.map(Action::Serve));
            }
            Some(_) => actions.push(Action::Serve(Outcome::Success)),
        }
        if state.overdue().is_some() && !self.has(Flaw::NoSweep) {
            actions.push(Action::Sweep);
        }
    }

    /// One step of the reactor; nothing when it has answered.
    fn serve(self, state: &mut State, mut reactor: Reactor, outcome: Outcome) -> Option<Reactor> {
        let bells = &state.queue[..reactor.heard];
        match reactor.next {
            Next::Unpark => {
                let unparked = |kept| {
                    kept == Kept::Parked
                        || kept == Kept::Settled && self.has(Flaw::UnparkWhatIsSettled)
                };
                for bell in bells.iter().filter(|bell| bell.unpark) {
                    let event = &mut state.events[bell.event];
                    if unparked(event.kept) {
                        event.kept = Kept::Waiting;
                    }
                }
                reactor.next = Next::List;
            }
            Next::List => {
                let last = bells.iter().map(|bell| bell.event).max()?;
                let named = |event: &usize| !self.has(Flaw::ServeOnlyWhatIsNamed) || *event == last;
                let due = (0..=last).filter(named);
                reactor.list = due
                    .filter(|event| state.kept(*event) == Kept::Waiting)
                    .collect();
                reactor.goes_on();
            }
            Next::Answer => {
                let first_left = reactor.list.first().copied().unwrap_or(EVENTS.len());
                let unheard = state.queue.split_off(reactor.heard);
                state.queue.retain(|bell| bell.event >= first_left);
                state.together = if self.comes_back_together {
                    state.queue.len()
                } else {
                    0
                };
                state.queue.extend(unheard);
                return None;
            }
            _ => self.serve_first(state, &mut reactor, outcome),
        }
        Some(reactor)
    }

    fn serve_first(self, state: &mut State, reactor: &mut Reactor, outcome: Outcome) {
        let event = reactor.list[0];
        let has = |flaw| self.has(flaw);
        let late = state.reached > Some(event);
        match reactor.next {
            Next::Announce => {
                if !has(Flaw::AnnounceAfterReaction) {
                    self.announce(state, event);
                }
                let exhausted =
                    state.attempted == Some(event) && state.attempts > Self::MOST_ATTEMPTS;
                state.parked_without_blame |=
                    exhausted && state.events[event].blame < Self::MOST_ATTEMPTS;
                reactor.made = false;
                reactor.next = match exhausted {
                    true => self.parking()[0],
                    false if has(Flaw::SettleFirst) => Next::Settle,
                    false => Next::React { late },
                };
            }
            Next::React { .. } => {
                state.note_attempt(event);
                reactor.made = true;
                if has(Flaw::AnnounceAfterReaction) {
                    self.announce(state, event);
                }
                match outcome {
                    Outcome::Failure => {
                        state.events[event].blame += 1;
                        reactor.next = Next::Answer;
                    }
                    Outcome::Final => reactor.next = self.parking()[0],
                    Outcome::Success => {
                        state.events[event].reacted = true;
                        state.first_goes_first &= event != 0;
                        reactor.next = Next::Settle;
                        if has(Flaw::SettleFirst) {
                            reactor.is_done();
                        }
                    }
                }
            }
            Next::Settle => {
                state.events[event].kept = Kept::Settled;
                state.events[event].recorded = true;
                if has(Flaw::SettleFirst) {
                    reactor.next = Next::React { late };
                } else {
                    reactor.is_done();
                }
            }
            Next::TakeBack => {
                if state.attempted == Some(event) {
                    state.attempts -= 1;
                    state.events[event].attempts -= u8::from(reactor.made);
                }
                reactor.next = Next::Answer;
            }
            step => {
                state.park(event, step);
                let after = self
                    .parking()
                    .into_iter()
                    .skip_while(|next| *next != step)
                    .nth(1);
                match after {
                    Some(next) => reactor.next = next,
                    None => reactor.is_done(),
                }
            }
        }
    }

    /// Announces an attempt.
    fn announce(self, state: &mut State, event: usize) {
        let again = state.attempted == Some(event) && !self.has(Flaw::ForgetAttempts);
        let before = if again { state.attempts } else { 0 };
        state.reached = state.reached.max(Some(event));
        (state.attempted, state.attempts) = (Some(event), before + 1);
    }

    fn parking(self) -> [Next; 3] {
        if self.has(Flaw::ParkFirst) {
            [Next::Clear, Next::Park, Next::Letter]
        } else {
            [Next::Letter, Next::Clear, Next::Park]
        }
    }
}

impl Reactor {
    /// Whether it is about to write what became of an attempt.
    fn is_recording(&self) -> bool {
        matches!(
            self.next,
            Next::Settle | Next::Letter | Next::Clear | Next::Park
        )
    }

    /// Whether an attempt is announced that has no outcome yet.
    fn is_attempting(&self) -> bool {
        self.is_recording() || matches!(self.next, Next::React { .. } | Next::TakeBack)
    }

    fn is_done(&mut self) {
        self.list.remove(0);
        self.goes_on();
    }

    fn goes_on(&mut self) {
        self.next = if self.list.is_empty() {
            Next::Answer
        } else {
            Next::Announce
        };
    }
}

fn deliveries(state: &State) -> impl Iterator<Item = usize> {
    let free = state.receivers.len() < 2;
    EVENTS
        .into_iter()
        .filter(move |event| free && state.events[*event].deliveries < 2)
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.bound_to_happen(state, actions);
        let replayed = |event: &usize| state.events[*event].acknowledged;
        actions.extend(deliveries(state).filter(replayed).map(Action::Admit));
        if state.mishaps < self.mishaps {
            let letters = EVENTS
                .into_iter()
                .filter(|event| state.events[*event].letter);
            actions.extend(letters.map(Action::Redrive));
            let heard = state.reactor.as_ref().map_or(0, |reactor| reactor.heard);
            let can_vanish = |n: &usize| !state.queue[*n].unpark;
            actions.extend(
                (heard..state.queue.len())
                    .filter(can_vanish)
                    .map(Action::Lose),
            );
            actions.extend((0..state.receivers.len()).map(Action::CrashReceiver));
            actions.extend(state.reactor.iter().map(|_| Action::CrashReactor));
            let writes = |reactor: &&Reactor| reactor.is_recording();
            let troubled = state.reactor.iter().filter(writes);
            actions.extend(troubled.map(|_| Action::Trouble));
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Admit(event) => state.admit(event, !self.has(Flaw::RingForNewOnly)),
            Action::Ring(n) => {
                let bell = state.receivers.remove(n);
                state.queue.push(bell);
                state.events[bell.event].acknowledged = true;
            }
            Action::Hear(heard) => {
                state.heard += u8::from(self.comes_back_together);
                state.hear(heard);
            }
            Action::Serve(outcome) => {
                let reactor = state.reactor.take()?;
                state.reactor = self.serve(&mut state, reactor, outcome);
            }
            Action::Sweep => {
                let event = before.overdue()?;
                state.queue.push(Bell {
                    event,
                    unpark: false,
                });
            }
            mishap => {
                state.mishaps += 1;
                self.go_wrong(&mut state, mishap)?;
            }
        }
        state.receivers.sort();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::properties()
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.heard < 20
    }
}

impl Protocol {
    fn go_wrong(self, state: &mut State, mishap: Action) -> Option<()> {
        match mishap {
            Action::Redrive(event) => {
                state.events[event].letter = false;
                state.queue.push(Bell {
                    event,
                    unpark: true,
                });
            }
            Action::Lose(n) => {
                state.queue.remove(n);
                state.together = state.together.min(state.queue.len());
                state.lost = true;
            }
            Action::CrashReceiver(n) => {
                state.receivers.remove(n);
            }
            Action::Trouble => {
                let taken_back = !self.has(Flaw::CountTrouble);
                let reactor = state.reactor.as_mut()?;
                reactor.next = if taken_back {
                    Next::TakeBack
                } else {
                    Next::Answer
                };
            }
            _ => {
                let reactor = state.reactor.take()?;
                if let Next::React { .. } = reactor.next {
                    state.note_attempt(reactor.list[0]);
                }
                if reactor.is_attempting() {
                    state.events[reactor.list[0]].blame += 1;
                }
                state.together = if self.comes_back_together {
                    reactor.heard
                } else {
                    0
                };
            }
        }
        Some(())
    }
}
