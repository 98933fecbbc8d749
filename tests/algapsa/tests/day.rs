//! Whether working days are what they say, and whether what they tell is the truth. No clock.

use std::collections::{HashMap, HashSet};

use algapsa::day::{Day, INTEGRATION_HEAVY, MIXES, MOSTLY_UI, Mix, Plan, WORKFLOW_HEAVY};
use algapsa::desk::{Act, Field, Happened, Row, Ticket, Way};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

fn from() -> Timestamp {
    "2026-08-24T06:00:00Z".parse().unwrap()
}

fn plan(seed: u64, mix: &'static Mix) -> Plan {
    Plan {
        seed,
        tickets: 300,
        changes: 1_500,
        from: from(),
        within: SignedDuration::from_hours(10),
        mix,
    }
}

type State = HashMap<(Uuid, Field), Value>;

fn fields(ticket: &Ticket) -> impl Iterator<Item = ((Uuid, Field), Value)> {
    let id = ticket.id;
    let all = Field::OF_A_TICKET.into_iter();
    all.map(move |field| ((id, field), field.of(ticket)))
}

fn state(day: &Day) -> State {
    day.desk()
        .tickets()
        .flat_map(|ticket| fields(ticket))
        .collect()
}

#[test]
fn what_a_day_tells_leads_from_its_first_state_to_its_last() {
    for (seed, mix) in (1..).zip(MIXES) {
        let mut day = plan(seed, mix).day();
        let mut state_so_far = state(&day);
        while let Some(happened) = day.next() {
            for difference in &happened.differences {
                let key = (happened.ticket_id, difference.field);
                if difference.field == Field::Existence {
                    exists(
                        &mut state_so_far,
                        &day,
                        &happened,
                        difference.after == json!(true),
                    );
                    continue;
                }
                let before = state_so_far.insert(key, difference.after.clone());
                assert_eq!(before.as_ref(), Some(&difference.before), "{happened:?}");
                assert_ne!(difference.before, difference.after, "{happened:?}");
            }
        }
        assert!(state_so_far == state(&day), "{}", mix.name);
    }
}

fn exists(state: &mut State, day: &Day, happened: &Happened, is_there: bool) {
    if is_there {
        state.extend(fields(day.desk().ticket(happened.ticket_id).unwrap()));
    } else {
        state.retain(|(id, _), _| *id != happened.ticket_id);
    }
}

#[test]
fn what_a_day_tells_agrees_with_the_table() {
    let mut rolled_back = 0;
    for mix in MIXES {
        for happened in plan(3, mix).day() {
            let rows = happened
                .acts
                .iter()
                .map(|act| Row::of(happened.way, *act).unwrap());
            let rows: Vec<_> = rows.collect();
            let is_silent = rows
                .iter()
                .all(|row| row.within.is_empty() && row.after.is_empty());
            assert_eq!(happened.announced.is_empty(), is_silent, "{happened:?}");
            rolled_back += usize::from(happened.was_rolled_back);
            let at = happened
                .announced
                .iter()
                .map(|announced| announced.occurred_at);
            let longest = SignedDuration::from_secs(3);
            for at in at {
                assert!(
                    at.duration_since(happened.at).abs() <= longest,
                    "{happened:?}"
                );
            }
        }
    }
    assert!((4..60).contains(&rolled_back), "{rolled_back}");
}

#[test]
fn a_day_goes_forward_in_time_and_has_the_changes_that_were_asked_for_and_what_follows_from_them() {
    for mix in MIXES {
        let all: Vec<_> = plan(4, mix).day().collect();
        assert!(all.is_sorted_by_key(|happened| happened.at));
        let follows = |way| matches!(way, Way::Notifier | Way::Bundle | Way::Scheduler | Way::Rmm);
        let asked = all.iter().filter(|happened| !follows(happened.way));
        let asked = asked
            .filter(|happened| (happened.way, happened.acts[0]) != (Way::AutoClose, Act::Reply));
        let asked = asked.count();
        // A bulk change passes over what is closed, and over what is so already.
        assert!((1_100..=1_500).contains(&asked), "{}: {asked}", mix.name);
        let ids: HashSet<_> = all
            .iter()
            .flat_map(|happened| &happened.announced)
            .map(|announced| announced.event_id)
            .collect();
        let count: usize = all.iter().map(|happened| happened.announced.len()).sum();
        assert_eq!(ids.len(), count, "each event has an id of its own");
    }
}

#[test]
fn everything_that_a_mix_names_happens() {
    for mix in MIXES {
        let mut missing: HashSet<_> = mix
            .weights
            .iter()
            .map(|(_, way, act)| (*way, *act))
            .collect();
        for seed in 0..8 {
            for happened in plan(seed, mix).day() {
                for act in &happened.acts {
                    missing.remove(&(happened.way, *act));
                }
            }
        }
        assert_eq!(missing, HashSet::new(), "{}", mix.name);
    }
}

#[test]
fn a_mix_is_what_its_name_says() {
    let share = |mix: &'static Mix, of: &[Way]| {
        let all: Vec<_> = plan(5, mix)
            .day()
            .filter(|happened| happened.way != Way::Notifier)
            .collect();
        let those = all.iter().filter(|happened| of.contains(&happened.way));
        100 * those.count() / all.len()
    };
    let ui = share(&MOSTLY_UI, &[Way::Ui, Way::Bulk]);
    assert!(ui > 60, "{ui} %");
    let workflows = share(&WORKFLOW_HEAVY, &[Way::Workflow]);
    assert!((45..60).contains(&workflows), "{workflows} %");
    let integrations = share(
        &INTEGRATION_HEAVY,
        &[Way::Api, Way::InboundWebhook, Way::Rmm, Way::Import],
    );
    assert!(integrations > 65, "{integrations} %");
}

#[test]
fn the_same_plan_makes_the_same_day_and_another_seed_another() {
    let told = |seed| {
        let day = plan(seed, &MOSTLY_UI).day();
        let bodies = day
            .flat_map(|happened| happened.announced)
            .map(|announced| announced.event().body());
        bodies.take(500).collect::<Vec<_>>()
    };
    assert_eq!(told(6), told(6));
    assert_ne!(told(6), told(7));
}

#[test]
fn a_day_can_be_played_up_to_a_time_and_on_from_there() {
    let whole: Vec<_> = plan(8, &INTEGRATION_HEAVY)
        .day()
        .map(|happened| happened.at)
        .collect();
    let mut day = plan(8, &INTEGRATION_HEAVY).day();
    let mut parts = Vec::new();
    for minutes in (0..=720).step_by(7) {
        let now = from() + SignedDuration::from_mins(minutes);
        let part = day.until(now);
        assert!(part.iter().all(|happened| happened.at <= now));
        assert!(day.next_at().is_none_or(|next| next > now));
        parts.extend(part.into_iter().map(|happened| happened.at));
    }
    assert_eq!(parts, whole);
    assert_eq!(day.next_at(), None);
}

#[test]
fn mails_follow_what_was_announced_and_move_only_updated_at() {
    let all: Vec<_> = plan(9, &MOSTLY_UI).day().collect();
    let mails = all.iter().filter(|happened| happened.way == Way::Notifier);
    let mut count = 0;
    for mail in mails {
        assert!(mail.differences.is_empty() && mail.moved_updated_at);
        let soon = |at: Timestamp| (2..=32).contains(&mail.at.duration_since(at).as_secs());
        let cause = all.iter().any(|happened| {
            happened.ticket_id == mail.ticket_id
                && soon(happened.at)
                && !happened.announced.is_empty()
        });
        assert!(cause, "{mail:?}");
        count += 1;
    }
    assert!(count > 250, "{count}");
}

#[test]
fn bulk_changes_and_imports_come_at_once() {
    let bulk = |all: &[Happened], way: Way, within: i128| {
        let times = all
            .iter()
            .filter(|happened| happened.way == way)
            .map(|happened| happened.at);
        let times: Vec<_> = times.collect();
        let burst = |first: &Timestamp| {
            let near = times
                .iter()
                .filter(|at| (0..=within).contains(&at.duration_since(*first).as_millis()));
            near.count()
        };
        times.iter().map(burst).max().unwrap_or_default()
    };
    let all: Vec<_> = (0..10)
        .flat_map(|seed| plan(seed, &MOSTLY_UI).day().collect::<Vec<_>>())
        .collect();
    let most = bulk(&all, Way::Bulk, 1_000);
    assert!(most > 20, "{most}");
    let day = (0..20).find_map(|seed| {
        let mut day = plan(seed, &INTEGRATION_HEAVY).day();
        let all: Vec<_> = day.by_ref().collect();
        (bulk(&all, Way::Import, 0) > 100).then_some(day)
    });
    let day = day.expect("a large import in 20 days");
    let mut entered = HashMap::new();
    for ticket in day.desk().tickets() {
        *entered.entry(ticket.entered_at).or_insert(0) += 1;
    }
    let most = entered.values().max().unwrap();
    assert!(
        *most > 100,
        "more than a page with one time of entry, but {most}"
    );
}

#[test]
fn nothing_happens_on_an_idle_day_but_what_a_test_does() {
    let mut day = Day::idle(plan(10, &MOSTLY_UI).day().desk().clone(), from());
    assert!(day.next().is_none() && day.next_at().is_none());
    let ticket = day.desk().tickets().next().unwrap().id;
    let happened = day
        .desk_mut()
        .save(Way::Api, ticket, &[algapsa::desk::Change::Nothing], from());
    assert_eq!(happened[0].announced[0].event_type, "ticket.updated");
}
