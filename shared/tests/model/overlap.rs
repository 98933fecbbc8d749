//! Two reactors with the same doorbells, as when Lambda hands out a batch twice. What keeps them apart is the watermark
//! alone. Any of them may crash, fail or be slow at any step.

use stateright::{Checker, HasDiscoveries, Model, Property};

const ONCE: &str = "nothing is reacted to that has a record";
const ALONE: &str = "no two reactors are at the same event";

const EVENTS: u8 = 3;

/// A mistake to be made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// What the list showed is taken to hold also if the watermark had reached the event before.
    TrustsTheList,
    /// An attempt that may be under way is announced over.
    IgnoresUntil,
    /// An attempt of another event is announced over, although it may be under way.
    SeesOnlyItsOwnEvent,
    /// A large or late event is loaded before it is announced.
    LoadsFirst,
}

#[derive(Clone, Copy, Debug, Default)]
struct Overlap {
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Next {
    List,
    Announce,
    Load,
    React,
    Settle,
    NoteFailure,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reactor {
    next: Next,
    list: Vec<u8>,
}

/// Whose attempt it is, of which event, and whether it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Attempt {
    by: usize,
    event: u8,
    has_ended: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// The events that wait.
    waiting: Vec<u8>,
    reached: Option<u8>,
    attempt: Option<Attempt>,
    /// `None` is one that has crashed, or has answered: its time is up.
    reactors: [Option<Reactor>; 2],
    crashes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Step(usize),
    Fail(usize),
    Crash(usize),
}

impl Overlap {
    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Announces the first event of the list of reactor `n`, or leaves it to the other.
    fn announce(self, state: &mut State, n: usize, event: u8) -> Option<Next> {
        let moves = state.reached < Some(event);
        let is_under_way = |seen: Attempt| {
            let is_open = !seen.has_ended && state.reactors[seen.by].is_some();
            let is_seen = !self.has(Flaw::SeesOnlyItsOwnEvent) || seen.event == event;
            is_open && is_seen && state.waiting.contains(&seen.event)
        };
        let is_busy = !moves && state.attempt.is_some_and(is_under_way);
        if is_busy && !self.has(Flaw::IgnoresUntil) {
            return None;
        }
        state.reached = state.reached.max(Some(event));
        state.attempt = Some(Attempt {
            by: n,
            event,
            has_ended: false,
        });
        Some(if moves || self.has(Flaw::TrustsTheList) {
            Next::React
        } else {
            Next::Load
        })
    }

    /// One step of a reactor; none if it has nothing left to do.
    fn step(self, state: &mut State, n: usize, mut reactor: Reactor) -> Option<Reactor> {
        let first = reactor.list.first().copied();
        reactor.next = match (reactor.next, first) {
            (Next::List, _) => {
                reactor.list.clone_from(&state.waiting);
                reactor.begin(self)?
            }
            (Next::Load, Some(event)) if !state.waiting.contains(&event) => {
                reactor.list.remove(0);
                reactor.begin(self)?
            }
            (Next::Load, _) if self.has(Flaw::LoadsFirst) => Next::Announce,
            (Next::Load, _) => Next::React,
            (Next::Announce, Some(event)) => match self.announce(state, n, event)? {
                Next::Load if self.has(Flaw::LoadsFirst) => Next::React,
                next => next,
            },
            (Next::React, _) => Next::Settle,
            (Next::Settle, Some(event)) => {
                state.waiting.retain(|waiting| *waiting != event);
                reactor.list.remove(0);
                reactor.begin(self)?
            }
            (Next::NoteFailure, _) => {
                if let Some(ours) = state.attempt.as_mut().filter(|attempt| attempt.by == n) {
                    ours.has_ended = true;
                }
                return None;
            }
            (Next::Announce | Next::Settle, None) => return None,
        };
        Some(reactor)
    }
}

impl Reactor {
    fn begin(&self, protocol: Overlap) -> Option<Next> {
        let first = if protocol.has(Flaw::LoadsFirst) {
            Next::Load
        } else {
            Next::Announce
        };
        (!self.list.is_empty()).then_some(first)
    }

    fn at(&self) -> Option<u8> {
        matches!(self.next, Next::React | Next::Settle).then(|| self.list[0])
    }
}

impl Model for Overlap {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let reactor = Reactor {
            next: Next::List,
            list: Vec::new(),
        };
        vec![State {
            waiting: (0..EVENTS).collect(),
            reached: None,
            attempt: None,
            reactors: [Some(reactor.clone()), Some(reactor)],
            crashes: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (n, reactor) in state.reactors.iter().enumerate() {
            let Some(reactor) = reactor else {
                // Its doorbells come back, or Lambda hands them out once more.
                if !state.waiting.is_empty() && state.crashes < 2 {
                    actions.push(Action::Crash(n));
                }
                continue;
            };
            actions.push(Action::Step(n));
            if reactor.next == Next::React {
                actions.push(Action::Fail(n));
            }
            if state.crashes < 2 {
                actions.push(Action::Crash(n));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Step(n) => {
                let reactor = before.reactors[n].clone()?;
                state.reactors[n] = self.step(&mut state, n, reactor);
            }
            Action::Fail(n) => state.reactors[n].as_mut()?.next = Next::NoteFailure,
            Action::Crash(n) => {
                state.crashes += 1;
                let begins = before.reactors[n].is_none();
                state.reactors[n] = begins.then(|| Reactor {
                    next: Next::List,
                    list: Vec::new(),
                });
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, state: &State| {
                let at = state.reactors.iter().flatten().filter_map(Reactor::at);
                at.into_iter().all(|event| state.waiting.contains(&event))
            }),
            Property::always(ALONE, |_, state: &State| {
                let [one, other] = [0, 1].map(|n: usize| state.reactors[n].as_ref()?.at());
                one.is_none() || one != other
            }),
            Property::sometimes("everything is settled", |_, state: &State| {
                state.waiting.is_empty()
            }),
        ]
    }
}

#[test]
fn two_reactors_with_the_same_doorbells_never_react_to_the_same_event() {
    let checker = Overlap::default().checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert!(states > 1000, "{states} states");
}

#[test]
fn each_mistake_lets_one_of_them_repeat_the_other() {
    for (flaw, broken) in [
        (Flaw::TrustsTheList, ONCE),
        (Flaw::IgnoresUntil, ALONE),
        (Flaw::SeesOnlyItsOwnEvent, ALONE),
        (Flaw::LoadsFirst, ONCE),
    ] {
        let flawed = Overlap { flaw: Some(flaw) };
        let broken_first = HasDiscoveries::AllOf([broken].into());
        let checker = flawed.checker().finish_when(broken_first);
        let found = checker.spawn_bfs().join().discovery(broken).is_some();
        assert!(found, "{flaw:?} does not break: {broken}");
    }
}
