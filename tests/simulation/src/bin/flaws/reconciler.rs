//! The reconciler's flaws: what would make it announce twice, or hide what it should announce.

use super::flaw::Flaw;

const STORY: &str = "functions/reconciler/src/lib.rs";
const SCAN: &str = "functions/reconciler/src/scan.rs";
const LIST: &str = "functions/reconciler/src/scan/list.rs";
const COMPARE: &str = "functions/reconciler/src/compare.rs";
const EXPLAIN: &str = "functions/reconciler/src/explain.rs";
const TELLING: &str = "functions/reconciler/src/telling.rs";
const ANNOUNCE: &str = "functions/reconciler/src/announce.rs";
const COMMENT: &str = "functions/reconciler/src/comment.rs";

const DEATH: (&str, &str) = (
    "functions",
    "a_run_that_dies_at_any_call_is_made_up_for_by_the_next",
);
const IN_THE_PAGES: (&str, &str) = (
    "functions",
    "each_change_of_a_day_in_the_pages_is_told_once",
);
const WORKFLOWS: (&str, &str) = (
    "functions",
    "each_change_of_a_day_of_workflows_is_told_once",
);

pub const OF_THE_RECONCILER: &[Flaw] = &[
    Flaw {
        name: "a scan is remembered before what it found is announced",
        file: STORY,
        sound: "            Mode::Do => self.announce(&found, clock.now()).await?,\n            Mode::Look => 0,\n        };\n",
        flawed: "            Mode::Do | Mode::Look => 0,\n        };\n        let mut early = Memory::new(found.scan.began_at);\n        early.tickets.clone_from(&found.compared.tickets);\n        self.store.remember(&early, &written).await?;\n        self.announce(&found, clock.now()).await?;\n        let written = self.store.recall().await?.written;\n",
        proof: DEATH,
        caught_by: "after a death at call",
    },
    Flaw {
        name: "an announced event has an id of its time",
        file: ANNOUNCE,
        sound: "        compared_with,\n        ..\n    } = found;\n",
        flawed: "        ..\n    } = found;\n    let compared_with = Timestamp::now();\n",
        proof: DEATH,
        caught_by: "after a death at call",
    },
    Flaw {
        name: "any event of a ticket explains any difference",
        file: TELLING,
        sound: "    if !field.told_by().contains(&event_type) {\n        return None;\n    }\n",
        flawed: "    if field.is_named() || !field.is_named() {\n        return Some(Telling::Something);\n    }\n",
        proof: WORKFLOWS,
        caught_by: "is_told_once",
    },
    Flaw {
        name: "the window of an explanation grows while a difference waits",
        file: "functions/reconciler/src/difference.rs",
        sound: "self.until + AFTER",
        flawed: "self.until + AFTER * 600",
        proof: WORKFLOWS,
        caught_by: "is_told_once",
    },
    Flaw {
        name: "an event after the scan is left for what happens next, though it is of a save that the scan has seen",
        file: TELLING,
        sound: "event.occurred_at <= at + SAVE",
        flawed: "event.occurred_at <= at - SAVE",
        proof: (
            "functions",
            "a_close_around_a_scan_does_not_explain_a_silent_reopening",
        ),
        caught_by: "tenths of a second after the scan",
    },
    Flaw {
        name: "what was told and silently taken back between two scans is nothing new",
        file: "functions/reconciler/src/compare.rs",
        sound: "(is_touched && is_same).then(unchanged)",
        flawed: "(is_touched && !is_same).then(unchanged)",
        proof: (
            "functions",
            "what_is_told_and_silently_taken_back_before_a_scan_is_announced_once",
        ),
        caught_by: "the events are kept after",
    },
    Flaw {
        name: "an event may explain two differences of a field",
        file: EXPLAIN,
        sound: "            spent.event == event.key\n",
        flawed: "            spent.event != spent.event && spent.event == event.key\n",
        proof: (
            "functions",
            "a_change_right_after_a_scan_is_not_explained_by_an_event_before_it",
        ),
        caught_by: "a_change_right_after_a_scan_is_not_explained_by_an_event_before_it",
    },
    Flaw {
        name: "what the sender may still send again is not waited for",
        file: EXPLAIN,
        sound: "self.now < difference.until + self.grace",
        flawed: "self.now < difference.until",
        proof: IN_THE_PAGES,
        caught_by: "is_told_once",
    },
    Flaw {
        name: "a change that follows an untold one forgets it",
        file: EXPLAIN,
        sound: "                    next.follows = Some(Box::new(difference.clone()));\n",
        flawed: "                    next.follows = None;\n",
        proof: (
            "functions",
            "what_changed_twice_within_the_grace_is_told_with_what_was_before_both",
        ),
        caught_by: "what_changed_twice_within_the_grace_is_told_with_what_was_before_both",
    },
    Flaw {
        name: "lists are read by page numbers",
        file: LIST,
        sound: "        let mut from = since;\n        loop {\n            let page = self.page(list, list.sort, from, None, 1).await?;\n",
        flawed: "        let (mut from, mut number) = (since, 0);\n        loop {\n            number += 1;\n            let page = self.page(list, list.sort, from.and(since), None, number).await?;\n",
        proof: (
            "functions",
            "tickets_that_are_closed_while_they_are_listed_hide_no_others",
        ),
        caught_by: "was not seen again",
    },
    Flaw {
        name: "a scan that is not whole is remembered",
        file: LIST,
        sound: "            let page = self.page(list, list.sort, from, None, 1).await?;\n",
        flawed: "            let Ok(page) = self.page(list, list.sort, from, None, 1).await else {\n                return Ok(());\n            };\n",
        proof: ("functions", "a_run_that_is_not_whole_changes_nothing"),
        caught_by: "it was whole",
    },
    Flaw {
        name: "closed tickets are looked for since the last scan of any view",
        file: SCAN,
        sound: "*viewed_at.unwrap_or(&memory.scanned_at) - OVERLAP",
        flawed: "*viewed_at.map_or(&memory.scanned_at, |_| &memory.scanned_at) - OVERLAP",
        proof: (
            "functions",
            "a_closed_ticket_is_looked_at_in_each_view_once_it_was_touched",
        ),
        caught_by: "a_closed_ticket_is_looked_at_in_each_view_once_it_was_touched",
    },
    Flaw {
        name: "what may not be read any more is taken to be gone",
        file: SCAN,
        sound: "                self.scan.hidden.push(id.to_owned());\n",
        flawed: "                self.scan.gone.push((id.to_owned(), self.clock.now()));\n",
        proof: (
            "functions",
            "what_the_key_may_not_read_any_more_is_not_deleted",
        ),
        caught_by: "what_the_key_may_not_read_any_more_is_not_deleted",
    },
    Flaw {
        name: "every ticket that appears is announced",
        file: COMPARE,
        sound: "    if appeared.len() > MOST_APPEARING {",
        flawed: "    if appeared.len() > 1000 * MOST_APPEARING {",
        proof: (
            "functions",
            "many_old_tickets_that_appear_at_once_are_remembered_and_not_announced",
        ),
        caught_by: "many_old_tickets_that_appear_at_once_are_remembered_and_not_announced",
    },
    Flaw {
        name: "comments count before they are published",
        file: COMMENT,
        sound: "    if state.is_some_and(|state| state != \"published\") {",
        flawed: "    if state.is_some_and(|state| state == \"never\") {",
        proof: (
            "functions",
            "what_is_scheduled_cancelled_or_deleted_is_not_told_and_what_is_published_later_is_told_then",
        ),
        caught_by: "what_is_scheduled_cancelled_or_deleted_is_not_told_and_what_is_published_later_is_told_then",
    },
];
