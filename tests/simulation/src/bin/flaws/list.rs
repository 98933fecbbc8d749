//! The flaws: changes that break the code, and what the witness or a test says then.

/// One change that breaks the code.
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

const ADMIT: &str = "shared/src/inbox/admit.rs";
const DUE: &str = "shared/src/inbox/due.rs";
const SETTLE: &str = "shared/src/inbox/settle.rs";
const WATERMARK: &str = "shared/src/inbox/watermark.rs";
const QUEUE: &str = "shared/src/queue.rs";
const PLACE: &str = "shared/src/event/place.rs";
const RECEIVER: &str = "functions/receiver/src/lib.rs";
const RESPONSE: &str = "functions/receiver/src/response.rs";
const REACTOR: &str = "functions/reactor/src/lib.rs";
const EVENT_SERVED: &str = "functions/reactor/src/event.rs";
const STREAM: &str = "functions/reactor/src/stream.rs";
const SUSPECTS: &str = "functions/reactor/src/suspects.rs";
const BUS: &str = "functions/reactor/src/reaction/eventbridge.rs";
const SQS_MESSAGE: &str = "functions/reactor/src/reaction/sqs/message.rs";
const BATCH: &str = "functions/reactor/src/batch.rs";
const RETRY: &str = "shared/src/retry.rs";
const SWEEP: &str = "functions/reactor/src/sweep.rs";
const FAILURE: &str = "functions/reactor/src/failure.rs";

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
const LARGE: (&str, &str) = (
    "simulation",
    "an_event_with_a_large_body_survives_a_fault_of_its_body_and_any_other",
);
const TWICE: (&str, &str) = (
    "simulation",
    "an_event_whose_batches_are_handed_out_twice_survives_any_fault",
);
const OUT_OF_STEP: (&str, &str) = (
    "simulation",
    "what_is_out_of_step_within_the_hold_comes_in_order",
);
const LATE_WRITES: (&str, &str) = ("simulation", "what_lands_late_changes_nothing");
const TROUBLE: (&str, &str) = (
    "functions",
    "awss_own_trouble_is_no_attempt_of_the_event_however_long_it_lasts",
);
const TO_A_QUEUE: (&str, &str) = (
    "simulation",
    "an_event_that_goes_to_a_queue_survives_a_fault_of_its_reaction_and_any_other",
);
const HISTORIES: (&str, &str) = ("simulation", "hundreds_of_events_survive_whatever_happens");

/// All of them.
pub const FLAWS: [Flaw; 41] = [
    Flaw {
        name: "admission ignores what was there before",
        file: ADMIT,
        sound: "Some(seen) => Admission::of(&event.place, &seen),",
        flawed: "Some(_) => Admission::Settled,",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a doorbell for new events only",
        file: QUEUE,
        sound: "Admission::New(place) | Admission::Waiting(place) => self.ring(place).await,",
        flawed: "Admission::New(place) => self.ring(place).await,\n            Admission::Waiting(_) => Ok(()),",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a doorbell that could not be rung does not matter",
        file: RECEIVER,
        sound: "self.queue.ring_for(&admission).await?;",
        flawed: "let _ = self.queue.ring_for(&admission).await;",
        proof: ANY_FAULT,
        caught_by: "acknowledged without a doorbell",
    },
    Flaw {
        name: "a fixed deduplication id",
        file: QUEUE,
        sound: ".message_deduplication_id(Uuid::new_v4().to_string())",
        flawed: ".message_deduplication_id(hex::encode(Sha256::digest(bell.place.position.as_str())))",
        proof: RINGS,
        caught_by: "every_ring_is_heard_also_for_the_same_place_within_five_minutes",
    },
    Flaw {
        name: "settle before react",
        file: EVENT_SERVED,
        sound: "        events.reaction.react(&attempt).await?;\n        let settled = self.settle(&kept, announced.order).await;\n",
        flawed: "        let settled = self.settle(&kept, announced.order).await;\n        events.reaction.react(&attempt).await?;\n",
        proof: ANY_FAULT,
        caught_by: "settled without a reaction",
    },
    Flaw {
        name: "announced after the reaction",
        file: EVENT_SERVED,
        sound: "        let (now, until) = (self.now(), self.time.ends_at());\n",
        flawed: "        if let (Loaded::Kept(kept), Ok(ticket)) = (events.inbox.load(place).await?, &ticket) {\n            let event = Event::kept(place.clone(), kept.body.clone())?;\n            let attempt = Attempt {\n                event: &event,\n                order: Order::InOrder,\n                number: 1,\n                webhook_id: None,\n                stale: false,\n                unannounced: false,\n                ticket: *ticket,\n                replayed_at: None,\n                at: self.now(),\n            };\n            if let Err(failure) = events.reaction.react(&attempt).await {\n                return Ok(Served::Failed { failure, attempt: 1, retry_in: Duration::from_secs(5), failing_for: SignedDuration::ZERO, unnoted: None });\n            }\n            events.watermarks.announce(place, name, self.now(), self.now()).await?;\n            events.inbox.settle(place, None, Order::InOrder, self.now(), events.retention).await?;\n            return Ok(Served::Gone);\n        }\n        let (now, until) = (self.now(), self.time.ends_at());\n",
        proof: HISTORIES,
        caught_by: "tried too often",
    },
    Flaw {
        name: "settle without its condition",
        file: SETTLE,
        sound: "\"attribute_exists(#due) AND attribute_not_exists(#replayed_at)\"",
        flawed: "\"attribute_exists(#due) OR attribute_not_exists(#replayed_at)\"",
        proof: (
            "functions",
            "an_event_that_was_parked_in_the_meantime_is_not_settled",
        ),
        caught_by: "an_event_that_was_parked_in_the_meantime_is_not_settled",
    },
    Flaw {
        name: "park before the dead letter",
        file: EVENT_SERVED,
        sound: "        events.dead_letters.unpark(place).await?;\n        events.watermarks.clear(place, announced).await?;\n        events.inbox.park(place, &why, self.now()).await?;",
        flawed: "        events.watermarks.clear(place, announced).await?;\n        events.inbox.park(place, &why, self.now()).await?;\n        events.dead_letters.unpark(place).await?;",
        proof: REFUSED,
        caught_by: "parked without a dead letter",
    },
    Flaw {
        name: "parking by receive count",
        file: STREAM,
        sound: "            let retry_in = if time.is_enough() {",
        flawed: "            if stream.receives() > 1 {\n                events.dead_letters.unpark(&due.place).await?;\n                events.inbox.park(&due.place, \"received twice\", time.clock.now()).await?;\n                continue;\n            }\n            let retry_in = if time.is_enough() {",
        proof: HISTORIES,
        caught_by: "an innocent event was parked",
    },
    Flaw {
        name: "a drain that ignores the due bound",
        file: DUE,
        sound: "string(up_to.position.as_str()))\n            .consistent_read(true)",
        flawed: "string(format!(\"9{}\", up_to.position)))\n            .consistent_read(true)",
        proof: OUT_OF_STEP,
        caught_by: "out of order",
    },
    Flaw {
        name: "times compared by the second",
        file: PLACE,
        sound: "Self(format!(\"{at:.9}/{rank}/{event_id}/{event_type}\"))",
        flawed: "let at = Timestamp::from_second(at.as_second()).expect(\"a time\");\n        Self(format!(\"{at:.9}/{rank}/{event_id}/{event_type}\"))",
        proof: HISTORIES,
        caught_by: "out of order",
    },
    Flaw {
        name: "no sweep",
        file: SWEEP,
        sound: "= overdue(waiting, before).collect();",
        flawed: "= overdue(Vec::new(), before).collect();",
        proof: ANY_FAULT,
        caught_by: "an event was forgotten",
    },
    Flaw {
        name: "what is late is dropped",
        file: EVENT_SERVED,
        sound: "        events.reaction.react(&attempt).await?;\n",
        flawed: "        if announced.order == Order::InOrder {\n            events.reaction.react(&attempt).await?;\n        }\n",
        proof: HISTORIES,
        caught_by: "settled without a reaction",
    },
    Flaw {
        name: "a stream goes on after a failure",
        file: STREAM,
        sound: "        Served::Failed { retry_in, .. }\n        | Served::PutOff",
        flawed: "        Served::Failed { .. } => None,\n        Served::PutOff",
        proof: HISTORIES,
        caught_by: "a doorbell was let go while its event waits",
    },
    Flaw {
        name: "a stream that could not be read counts as done",
        file: BATCH,
        sound: "first_left.is_none_or(|position| bell.doorbell.place.position >= *position)",
        flawed: "first_left.is_some_and(|position| bell.doorbell.place.position >= *position)",
        proof: ANY_FAULT,
        caught_by: "a doorbell was let go while its event waits",
    },
    Flaw {
        name: "attempts are not counted",
        file: WATERMARK,
        sound: "number: 1 + if was_attempted { attempts(seen) } else { 0 },",
        flawed: "number: 1 + if was_attempted { attempts(seen).min(3) } else { 0 },",
        proof: HISTORIES,
        caught_by: "tried too often",
    },
    Flaw {
        name: "an announcement that lands late counts as an attempt",
        file: WATERMARK,
        sound: "\"#by = :before\"",
        flawed: "\"attribute_exists(#by) OR #by = :before\"",
        proof: LATE_WRITES,
        caught_by: "parked too soon",
    },
    Flaw {
        name: "AWS's trouble uses up an attempt",
        file: EVENT_SERVED,
        sound: "            Err(error) => match watermarks.take_back(place, name, self.now()).await {",
        flawed: "            Err(error) => match watermarks.take_back(place, Watermarks::name(), self.now()).await {",
        proof: TROUBLE,
        caught_by: "awss_own_trouble_is_no_attempt_of_the_event_however_long_it_lasts",
    },
    Flaw {
        name: "a secret that cannot be read uses up an attempt",
        file: FAILURE,
        sound: "        if unread.is_outage() {",
        flawed: "        if unread.is_outage() && why.is_empty() {",
        proof: (
            "functions",
            "a_secret_that_cannot_be_read_is_no_attempt_of_the_event",
        ),
        caught_by: "a_secret_that_cannot_be_read_is_no_attempt_of_the_event",
    },
    Flaw {
        name: "a dead letter does not unpark",
        file: EVENT_SERVED,
        sound: "        events.dead_letters.unpark(place).await?;",
        flawed: "        events.dead_letters.ring(place).await?;",
        proof: REFUSED,
        caught_by: "parked without a dead letter",
    },
    Flaw {
        name: "a parked event is brought back by halves",
        file: SETTLE,
        sound: "\"SET #due = #parked_due REMOVE #parked_due, #parked_at, #parked_because\",",
        flawed: "\"SET #due = #parked_due REMOVE #parked_due, #parked_because\",",
        proof: REFUSED,
        caught_by: "both waiting and parked",
    },
    Flaw {
        name: "what may kill the function is served with the others",
        file: SUSPECTS,
        sound: "    if streams.len() < 2 {",
        flawed: "    if streams.len() < 20 {",
        proof: KILLER,
        caught_by: "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most ... FAILED",
    },
    Flaw {
        name: "finished streams keep their doorbells while suspects are served",
        file: REACTOR,
        sound: "        let lets_go = !suspects.is_empty();",
        flawed: "        let lets_go = suspects.len() > 100;",
        proof: KILLER,
        caught_by: "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most ... FAILED",
    },
    Flaw {
        name: "nothing is let in",
        file: RECEIVER,
        sound: "            Ok(delivery) => delivery,",
        flawed: "            Ok(delivery) if delivery.body().is_empty() => delivery,\n            Ok(_) => return (Answer::Unavailable, None),",
        proof: ANY_FAULT,
        caught_by: "nothing was kept",
    },
    Flaw {
        name: "three attempts instead of twelve",
        file: RETRY,
        sound: "pub const MOST_ATTEMPTS: u32 = 12;",
        flawed: "pub const MOST_ATTEMPTS: u32 = 3;",
        proof: KILLER,
        caught_by: "parked too soon",
    },
    Flaw {
        name: "what could not be kept is acknowledged",
        file: RESPONSE,
        sound: "                Self::Unavailable\n            }\n        }\n    }",
        flawed: "                Self::Receipt(Receipt::Test)\n            }\n        }\n    }",
        proof: ANY_FAULT,
        caught_by: "acknowledged without being kept",
    },
    Flaw {
        name: "signatures are not checked",
        file: "shared/src/signature.rs",
        sound: "made.verify_slice(&self.mac).is_ok()",
        flawed: "made.verify_slice(&self.mac).is_ok() || !body.is_empty()",
        proof: HISTORIES,
        caught_by: "a forgery was let in",
    },
    Flaw {
        name: "an error without a context is told as it is",
        file: FAILURE,
        sound: "    words.find(|words| *words == outermost)\n",
        flawed: "    words.find(|words| *words == outermost).or_else(|| Some(format!(\"{error:#}\")))\n",
        proof: (
            "functions",
            "nothing_private_is_told_however_code_of_the_users_own_fails",
        ),
        caught_by: "canary-5b1f is told",
    },
    Flaw {
        name: "a settlement that AWS refuses is written once only",
        file: EVENT_SERVED,
        sound: "        if settle().await.is_ok() {\n            return Ok(());\n        }\n",
        flawed: "        settle().await?;\n        if !place.stream.as_str().is_empty() {\n            return Ok(());\n        }\n",
        proof: (
            "functions",
            "a_settlement_that_is_refused_for_a_moment_does_not_repeat_the_reaction",
        ),
        caught_by: "a_settlement_that_is_refused_for_a_moment_does_not_repeat_the_reaction",
    },
    Flaw {
        name: "the SDK puts an event onto a bus again",
        file: BUS,
        sound: "        .retry_config(RetryConfig::disabled())",
        flawed: "        .retry_config(RetryConfig::standard())",
        proof: (
            "functions",
            "an_event_whose_answer_was_lost_is_not_put_again_at_once",
        ),
        caught_by: "an_event_whose_answer_was_lost_is_not_put_again_at_once",
    },
    Flaw {
        name: "an attempt more is another message of the queue",
        file: SQS_MESSAGE,
        sound: "{replay}\", place.stream, place.event()))",
        flawed: "{replay} {}\", place.stream, place.event(), attempt.number))",
        proof: TO_A_QUEUE,
        caught_by: "in the queue twice within five minutes",
    },
    Flaw {
        name: "a queue takes a replay for a repetition",
        file: SQS_MESSAGE,
        sound: "    let replay = attempt.replay().unwrap_or_default();\n",
        flawed: "    let replay = String::new();\n",
        proof: ("reactor", "attempts_share_an_id_and_nothing_else_does"),
        caught_by: "attempts_share_an_id_and_nothing_else_does",
    },
    Flaw {
        name: "all tickets share one group of the queue",
        file: SQS_MESSAGE,
        sound: "            group: group(&attempt.event.place.stream),",
        flawed: "            group: hashed(attempt.event.tenant_id()),",
        proof: HISTORIES,
        caught_by: "two tickets in one group",
    },
    Flaw {
        name: "each event has a group of its own in the queue",
        file: SQS_MESSAGE,
        sound: "            group: group(&attempt.event.place.stream),",
        flawed: "            group: hashed(attempt.event.place.position.as_str()),",
        proof: HISTORIES,
        caught_by: "a ticket in two groups",
    },
    Flaw {
        name: "suspects share the time of the others",
        file: REACTOR,
        sound: "serve(stream, &time).await;",
        flawed: "serve(stream, &shared).await;",
        proof: (
            "functions",
            "a_suspect_has_its_turn_next_to_a_ticket_whose_target_never_answers",
        ),
        caught_by: "a_suspect_has_its_turn_next_to_a_ticket_whose_target_never_answers",
    },
    Flaw {
        name: "the sweep ignores its deadline",
        file: SWEEP,
        sound: "time.left() < ENDS_BEFORE;",
        flawed: "time.left() < Duration::ZERO;",
        proof: (
            "functions",
            "a_sweep_without_time_ends_in_order_and_others_begin_elsewhere",
        ),
        caught_by: "a_sweep_without_time_ends_in_order_and_others_begin_elsewhere",
    },
    Flaw {
        name: "a replay does not know its own repetition",
        file: SETTLE,
        sound: ".then_some(place))\n",
        flawed: ".then_some(place).filter(|_| false))\n",
        proof: ("functions", "a_replay_whose_answer_was_lost_is_a_replay"),
        caught_by: "a_replay_whose_answer_was_lost_is_a_replay",
    },
    Flaw {
        name: "an event is kept before its large body",
        file: ADMIT,
        sound: "        self.bodies.put(&object, packed).await?;\n        item.insert(\"object\".into(), string(object));\n        self.put_once(item).await\n",
        flawed: "        item.insert(\"object\".into(), string(object.clone()));\n        let seen = self.put_once(item).await?;\n        self.bodies.put(&object, packed).await?;\n        Ok(seen)\n",
        proof: LARGE,
        caught_by: "an innocent event was parked",
    },
    Flaw {
        name: "what the list showed is always taken to hold",
        file: EVENT_SERVED,
        sound: "        let loaded = if announced.is_first {",
        flawed: "        let loaded = if announced.number > 0 {",
        proof: TWICE,
        caught_by: "a settled event was reacted to",
    },
    Flaw {
        name: "an attempt of another reactor is announced over",
        file: WATERMARK,
        sound: "    let may_run = until > now && until",
        flawed: "    let may_run = until < now && until",
        proof: TWICE,
        caught_by: "a reaction was repeated without cause",
    },
    Flaw {
        name: "every lease is taken to be long enough",
        file: "functions/reactor/src/lease.rs",
        sound: "ends_at >= time.ends_at() + GRACE",
        flawed: "ends_at >= now - VISIBILITY",
        proof: (
            "functions",
            "a_stream_whose_receipt_has_expired_is_left_alone",
        ),
        caught_by: "a_stream_whose_receipt_has_expired_is_left_alone",
    },
];
