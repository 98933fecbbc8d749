//! The protocol as a model, and every state that it can reach: two events of one stream, each delivered twice by up to
//! two receivers at once, one reactor, the sweep, and an operator who redrives. A mishap can come between any two steps: a
//! receiver or the reactor crashes, AWS refuses a write while the reactor lives on, a doorbell vanishes, or a dead letter is
//! redriven too early. Two reactors at once are a model of their own. A step is one write, one read or one reaction, in the order of `Receiver::take_in`, `stream::drain`
//! with `Events::serve`, and `sweep`.
//!
//! The model leaves out: time (an event is within the hold if it is kept before a doorbell for a later event is heard), copies with another `occurred_at`, bodies, expiry, replays, AWS calls whose answer is lost (they leave
//! what a crash before or after them leaves), and doorbells that vanish before they unpark (`alga-webhooks parked` shows
//! their events).

mod overlap;
mod protocol;

use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::protocol::{EVENTS, Flaw, Kept, Protocol, State};

const SETTLED_IS_REACTED: &str = "what is settled was reacted to";
const PARKED_HAS_LETTER: &str = "what is parked has its dead letter, or is about to be unparked";
const WAITING_HAS_BELL: &str = "what is acknowledged and waits has a doorbell";
const ONCE: &str = "no reaction is repeated that left a record";
const IN_ORDER: &str = "what is kept within the hold is not overtaken";
const LATE: &str = "late is said of what is late, and of nothing else";
const ATTEMPTS: &str = "every attempt counts";
const BLAMED: &str = "what is parked for its attempts has failed or killed the function that often";
const ENDS_WELL: &str = "in the end everything is settled, or parked with its dead letter";
const ENDS: &str = "it ends";

/// No path hears more doorbells than this.
const MOST_HEARD: u8 = 12;

fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always(SETTLED_IS_REACTED, |_, state: &State| {
            let fine =
                |event: usize| state.kept(event) != Kept::Settled || state.events[event].reacted;
            EVENTS.into_iter().all(fine)
        }),
        Property::always(PARKED_HAS_LETTER, |_, state: &State| {
            let fine = |event| state.kept(event) != Kept::Parked || state.will_be_unparked(event);
            EVENTS.into_iter().all(fine)
        }),
        Property::always(WAITING_HAS_BELL, |_, state: &State| {
            let waits = |event: usize| {
                state.events[event].acknowledged && state.kept(event) == Kept::Waiting
            };
            state.lost
                || !EVENTS
                    .into_iter()
                    .any(|event| waits(event) && !state.has_bell(event))
        }),
        Property::always(ONCE, |_, state: &State| {
            state
                .reacting()
                .is_none_or(|(event, _)| !state.events[event].recorded)
        }),
        Property::always(IN_ORDER, |_, state: &State| {
            state
                .reacting()
                .is_none_or(|(event, _)| event == 0 || !state.first_goes_first)
        }),
        Property::always(LATE, |_, state: &State| {
            let is_late = |event| event == 0 && state.events[1].tried;
            state
                .reacting()
                .is_none_or(|(event, late)| late == is_late(event))
        }),
        Property::always(ATTEMPTS, |_, state: &State| {
            state
                .events
                .iter()
                .all(|event| event.attempts <= Protocol::MOST_ATTEMPTS)
        }),
        Property::always(BLAMED, |_, state: &State| !state.parked_without_blame),
        Property::always(ENDS_WELL, |protocol: &Protocol, state: &State| {
            let done = |event| match state.kept(event) {
                Kept::Not | Kept::Settled => true,
                Kept::Waiting => false,
                Kept::Parked => state.will_be_unparked(event),
            };
            protocol.goes_on(state) || EVENTS.into_iter().all(done)
        }),
        Property::always(ENDS, |_, state: &State| state.heard <= MOST_HEARD),
        // These must happen, or the properties above would hold only because nothing went wrong.
        Property::sometimes("a straggler is late", |_, state: &State| {
            state.reacting().is_some_and(|(_, late)| late)
        }),
        Property::sometimes(
            "a reaction without a record is repeated",
            |_, state: &State| {
                state
                    .reacting()
                    .is_some_and(|(event, _)| state.events[event].reacted)
            },
        ),
        Property::sometimes(
            "what was parked is unparked and settled",
            |_, state: &State| state.kept(0) == Kept::Settled && state.events[0].letter,
        ),
    ]
}

/// Looks at every state. The count shows that none was left out.
fn check(protocol: Protocol, states: usize) {
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert_eq!(checker.unique_state_count(), states);
}

/// The reactor may be given any number of doorbells from the front of the queue. `MISHAPS=2` looks at pairs of mishaps too,
/// in half a minute.
#[test]
fn every_promise_holds_in_every_state() {
    let mishaps = std::env::var("MISHAPS").map_or(1, |mishaps| mishaps.parse().expect("a number"));
    let states = match mishaps {
        1 => 239_020,
        2 => 1_970_559,
        _ => panic!("MISHAPS is 1 or 2"),
    };
    let protocol = Protocol {
        mishaps,
        ..Protocol::default()
    };
    check(protocol, states);
}

/// It ends if doorbells that were hidden together come back together, as they do in a FIFO group. Otherwise an unlucky split
/// of them may unpark a failing event each time that it was parked, until the queue gives up after 1,000 receives.
#[test]
fn everything_comes_to_an_end() {
    let protocol = Protocol {
        mishaps: 1,
        comes_back_together: true,
        ..Protocol::default()
    };
    check(protocol, 930_481);
}

#[test]
fn each_mistake_breaks_the_promise_that_it_should() {
    for (flaw, mishaps, broken) in [
        (Flaw::SettleFirst, 0, SETTLED_IS_REACTED),
        (Flaw::ParkFirst, 0, PARKED_HAS_LETTER),
        (Flaw::RingForNewOnly, 0, WAITING_HAS_BELL),
        (Flaw::UnparkWhatIsSettled, 1, ONCE),
        (Flaw::ServeOnlyWhatIsNamed, 0, IN_ORDER),
        (Flaw::AnnounceAfterReaction, 1, LATE),
        (Flaw::AnnounceAfterReaction, 0, ATTEMPTS),
        (Flaw::NoSweep, 1, ENDS_WELL),
        (Flaw::ForgetAttempts, 0, ENDS),
        (Flaw::CountTrouble, 1, BLAMED),
    ] {
        let protocol = Protocol {
            flaw: Some(flaw),
            mishaps,
            comes_back_together: broken == ENDS,
        };
        let broken_first = HasDiscoveries::AllOf([broken].into());
        let checker = protocol.checker().finish_when(broken_first);
        let found = checker.spawn_bfs().join().discovery(broken).is_some();
        assert!(found, "{flaw:?} does not break: {broken}");
    }
}
