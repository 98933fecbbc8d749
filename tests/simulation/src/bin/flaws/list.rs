//! The flaws: what a careless hand could make of the code, and what the witness says of it.

/// One change for the worse.
pub struct Flaw {
    /// What is wrong.
    pub name: &'static str,
    /// Where.
    pub file: &'static str,
    /// What stands there; it is there once.
    pub sound: &'static str,
    /// What would stand there.
    pub flawed: &'static str,
    /// In which package the test is that fails, and its name.
    pub proof: (&'static str, &'static str),
    /// What the witness or the test says.
    pub caught_by: &'static str,
}

const INBOX: &str = "shared/src/inbox.rs";
const OUTCOME: &str = "shared/src/inbox/outcome.rs";
const HEAD: &str = "shared/src/head.rs";
const DOORBELL: &str = "shared/src/doorbell.rs";
const EVENT: &str = "shared/src/event.rs";
const RECEIVER: &str = "functions/receiver/src/lib.rs";
const REACTOR: &str = "functions/reactor/src/lib.rs";
const DRAIN: &str = "functions/reactor/src/drain.rs";
const BATCH: &str = "functions/reactor/src/batch.rs";
const SWEEP: &str = "functions/reactor/src/sweep.rs";

const ANY_FAULT: (&str, &str) = ("simulation", "an_event_survives_any_two_faults");
const REFUSED: (&str, &str) = (
    "simulation",
    "an_event_that_is_refused_for_good_survives_any_fault",
);
const RINGS: (&str, &str) = (
    "functions",
    "every_ring_is_heard_also_for_the_same_place_within_five_minutes",
);
const KILLER: (&str, &str) = (
    "simulation",
    "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most",
);
const OUT_OF_STEP: (&str, &str) = (
    "simulation",
    "what_is_out_of_step_within_the_hold_comes_in_order",
);
const LATE_WRITES: (&str, &str) = ("simulation", "what_lands_late_changes_nothing");
const HISTORIES: (&str, &str) = ("simulation", "hundreds_of_events_survive_whatever_happens");

/// All of them.
pub const FLAWS: [Flaw; 25] = [
    Flaw {
        name: "admission ignores what was there before",
        file: INBOX,
        sound: "Some(seen) => Admission::of(&event.place.stream, &seen),",
        flawed: "Some(_) => Admission::Settled,",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a doorbell for new events only",
        file: DOORBELL,
        sound: "Admission::New(place) | Admission::Waiting(place) => self.ring(place).await,",
        flawed: "Admission::New(place) => self.ring(place).await, Admission::Waiting(_) => Ok(()),",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a doorbell that could not be rung does not matter",
        file: RECEIVER,
        sound: "self.doorbells.ring_for(&admission).await?;",
        flawed: "let _ = self.doorbells.ring_for(&admission).await;",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a fixed deduplication id",
        file: DOORBELL,
        sound: ".message_deduplication_id(Uuid::new_v4().to_string())",
        flawed: ".message_deduplication_id(group(&bell.place.due))",
        proof: RINGS,
        caught_by: "every_ring_is_heard_also_for_the_same_place_within_five_minutes",
    },
    Flaw {
        name: "settle before react",
        file: DRAIN,
        sound: "        self.reaction.react(&attempt).await?;\n        self.inbox\n            .settle(place, &kept, turn.placement, time.now(), self.retention)\n            .await?;",
        flawed: "        self.inbox\n            .settle(place, &kept, turn.placement, time.now(), self.retention)\n            .await?;\n        self.reaction.react(&attempt).await?;",
        proof: ANY_FAULT,
        caught_by: "settled without a reaction",
    },
    Flaw {
        name: "head after react",
        file: DRAIN,
        sound: "        let turn = match self.heads.advance(place, time.now()).await {",
        flawed: "        let first = Turn { placement: shared::head::Placement::Next, tries: 1, announced_as: uuid::Uuid::nil() };\n        if let Ok(ticket) = looked {\n            let taken = self.take(place, first, Ok(ticket), time, report).await;\n            let _ = self.heads.advance(place, time.now()).await;\n            return taken.map_err(|failure| again_in(place, 1, &failure, report));\n        }\n        let turn = match self.heads.advance(place, time.now()).await {",
        proof: HISTORIES,
        caught_by: "tried too often",
    },
    Flaw {
        name: "settle without its condition",
        file: OUTCOME,
        sound: ".condition_expression(\"attribute_exists(#due) AND attribute_not_exists(#replayed_at)\")",
        flawed: ".condition_expression(\"attribute_exists(#due) OR attribute_not_exists(#replayed_at)\")",
        proof: REFUSED,
        caught_by: "what is not settled expires",
    },
    Flaw {
        name: "park before the dead letter",
        file: DRAIN,
        sound: "        self.dead_letters.revive(place).await?;\n        self.heads.clear(place, turn).await?;\n        self.inbox.park(place, why, time.now()).await?;",
        flawed: "        self.heads.clear(place, turn).await?;\n        self.inbox.park(place, why, time.now()).await?;\n        self.dead_letters.revive(place).await?;",
        proof: REFUSED,
        caught_by: "parked without a dead letter",
    },
    Flaw {
        name: "parking by receive count",
        file: DRAIN,
        sound: "                let again_in = if time.is_enough() {",
        flawed: "                if stream.is_redelivered() {\n                    let turn = self.heads.advance(&place, time.now()).await?;\n                    let _ = self.park(&place, turn, \"received twice\", time, report).await;\n                    continue;\n                }\n                let again_in = if time.is_enough() {",
        proof: HISTORIES,
        caught_by: "an innocent event was parked",
    },
    Flaw {
        name: "a drain that ignores the due bound",
        file: INBOX,
        sound: "AttributeValue::S(up_to.due.clone()))\n            .consistent_read(true)",
        flawed: "AttributeValue::S(format!(\"9{}\", up_to.due)))\n            .consistent_read(true)",
        proof: OUT_OF_STEP,
        caught_by: "out of order",
    },
    Flaw {
        name: "times compared as text of different precision",
        file: EVENT,
        sound: "format!(\"{clamped:.9}/{rank}/{event_id}/{event_type}\")",
        flawed: "format!(\"{clamped}/{rank}/{event_id}/{event_type}\")",
        proof: HISTORIES,
        caught_by: "out of order",
    },
    Flaw {
        name: "no sweep",
        file: SWEEP,
        sound: "let rung = stream::iter(overdue(waiting, before))",
        flawed: "let rung = stream::iter(overdue(Vec::new(), before))",
        proof: ANY_FAULT,
        caught_by: "an event was forgotten",
    },
    Flaw {
        name: "what is late is dropped",
        file: DRAIN,
        sound: "        match self.attempt(place, turn, ticket?, time, report).await {",
        flawed: "        if turn.placement == shared::head::Placement::Late {\n            let kept = self.inbox.load(place).await?.ok_or_else(|| Failure::last(\"gone\"))?;\n            self.inbox.settle(place, &kept, turn.placement, time.now(), self.retention).await?;\n            return Ok(());\n        }\n        match self.attempt(place, turn, ticket?, time, report).await {",
        proof: HISTORIES,
        caught_by: "settled without a reaction",
    },
    Flaw {
        name: "a stream goes on after a failure",
        file: DRAIN,
        sound: "                    self.serve(&place, &mut ticket, time, report).await.err()",
        flawed: "                    { let _ = self.serve(&place, &mut ticket, time, report).await; None }",
        proof: HISTORIES,
        caught_by: "a doorbell was let go while its event waits",
    },
    Flaw {
        name: "a stream that could not be read counts as done",
        file: BATCH,
        sound: "first_left.is_none_or(|place| bell.doorbell.place.due >= place.due)",
        flawed: "first_left.is_some_and(|place| bell.doorbell.place.due >= place.due)",
        proof: ANY_FAULT,
        caught_by: "a doorbell was let go while its event waits",
    },
    Flaw {
        name: "tries are not counted",
        file: HEAD,
        sound: "        let tries = before + 1;",
        flawed: "        let tries = before.min(3) + 1;",
        proof: HISTORIES,
        caught_by: "tried too often",
    },
    Flaw {
        name: "an announcement that lands late counts as a try",
        file: HEAD,
        sound: ".condition_expression(\"#by = :before\")",
        flawed: ".condition_expression(\"attribute_exists(#by) OR #by = :before\")",
        proof: LATE_WRITES,
        caught_by: "parked too soon",
    },
    Flaw {
        name: "a dead letter does not revive",
        file: DRAIN,
        sound: "        self.dead_letters.revive(place).await?;",
        flawed: "        self.dead_letters.ring(place).await?;",
        proof: REFUSED,
        caught_by: "parked without a dead letter",
    },
    Flaw {
        name: "a parked event is revived by halves",
        file: OUTCOME,
        sound: "\"SET #due = #parked_due REMOVE #parked_due, #parked_at, #parked_because\",",
        flawed: "\"SET #due = #parked_due REMOVE #parked_due, #parked_because\",",
        proof: REFUSED,
        caught_by: "both waiting and parked",
    },
    Flaw {
        name: "what may kill the function is served with the others",
        file: REACTOR,
        sound: "        if streams.len() < 2 {",
        flawed: "        if streams.len() < 20 {",
        proof: KILLER,
        caught_by: "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most ... FAILED",
    },
    Flaw {
        name: "who is done keeps its doorbells while what may kill is served",
        file: REACTOR,
        sound: "            if drained == Drained::Done {",
        flawed: "            if drained == Drained::Done && stream.bells.is_empty() {",
        proof: KILLER,
        caught_by: "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most ... FAILED",
    },
    Flaw {
        name: "nothing is let in",
        file: RECEIVER,
        sound: "            Ok(delivery) => delivery,",
        flawed: "            Ok(delivery) if delivery.body().is_empty() => delivery,\n            Ok(_) => return Answer::Unavailable,",
        proof: ANY_FAULT,
        caught_by: "nothing was kept",
    },
    Flaw {
        name: "three tries instead of twelve",
        file: DRAIN,
        sound: "pub const MOST_TRIES: u32 = 12;",
        flawed: "pub const MOST_TRIES: u32 = 3;",
        proof: KILLER,
        caught_by: "parked too soon",
    },
    Flaw {
        name: "what could not be kept is acknowledged",
        file: RECEIVER,
        sound: "                Answer::Unavailable\n            }\n        }\n    }",
        flawed: "                Answer::Receipt(Receipt::Test)\n            }\n        }\n    }",
        proof: ANY_FAULT,
        caught_by: "acknowledged without being kept",
    },
    Flaw {
        name: "signatures are not checked",
        file: "shared/src/signature.rs",
        sound: "            .verify_slice(&self.mac)\n            .is_ok()",
        flawed: "            .verify_slice(&self.mac)\n            .is_ok() || !body.is_empty()",
        proof: HISTORIES,
        caught_by: "a forgery was let in",
    },
];
