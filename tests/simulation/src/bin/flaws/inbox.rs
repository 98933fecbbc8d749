//! The flaws of what receiver and reactor share, and of the receiver: what would lose an event, or let in a forged one.

use super::flaw::{
    ANY_FAULT, Flaw, HISTORIES, KILLER, LARGE, LATE_WRITES, OUT_OF_STEP, REFUSED, RINGS, TWICE,
};

const ADMIT: &str = "shared/src/inbox/admit.rs";
const DUE: &str = "shared/src/inbox/due.rs";
const SETTLE: &str = "shared/src/inbox/settle.rs";
const WATERMARK: &str = "shared/src/inbox/watermark.rs";
const QUEUE: &str = "shared/src/queue.rs";
const PLACE: &str = "shared/src/event/place.rs";
const RECEIVER: &str = "functions/receiver/src/lib.rs";
const RESPONSE: &str = "functions/receiver/src/response.rs";
const RETRY: &str = "shared/src/retry.rs";

pub const OF_THE_INBOX: &[Flaw] = &[
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
        name: "a parked event is brought back by halves",
        file: SETTLE,
        sound: "\"SET #due = #parked_due REMOVE #parked_due, #parked_at, #parked_because\",",
        flawed: "\"SET #due = #parked_due REMOVE #parked_due, #parked_because\",",
        proof: REFUSED,
        caught_by: "both waiting and parked",
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
        name: "an attempt of another reactor is announced over",
        file: WATERMARK,
        sound: "    let may_run = until > now && until",
        flawed: "    let may_run = until < now && until",
        proof: TWICE,
        caught_by: "a reaction was repeated without cause",
    },
];
