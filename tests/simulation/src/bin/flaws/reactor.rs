//! The flaws of the reactor: what would react twice, out of order or never, or let one ticket hold up others.

use super::flaw::{ANY_FAULT, Flaw, HISTORIES, KILLER, REFUSED, TO_A_QUEUE, TROUBLE, TWICE};

const REACTOR: &str = "functions/reactor/src/lib.rs";
const EVENT_SERVED: &str = "functions/reactor/src/event.rs";
const STREAM: &str = "functions/reactor/src/stream.rs";
const SUSPECTS: &str = "functions/reactor/src/suspects.rs";
const BUS: &str = "functions/reactor/src/reaction/eventbridge.rs";
const SQS_MESSAGE: &str = "functions/reactor/src/reaction/sqs/message.rs";
const BATCH: &str = "functions/reactor/src/batch.rs";
const SWEEP: &str = "functions/reactor/src/sweep.rs";
const FAILURE: &str = "functions/reactor/src/failure.rs";

pub const OF_THE_REACTOR: &[Flaw] = &[
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
        name: "what the list showed is always taken to hold",
        file: EVENT_SERVED,
        sound: "        let loaded = if announced.is_first {",
        flawed: "        let loaded = if announced.number > 0 {",
        proof: TWICE,
        caught_by: "a settled event was reacted to",
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
