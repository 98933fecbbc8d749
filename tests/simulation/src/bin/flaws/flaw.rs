//! What a flaw is, and the tests that prove several of them.

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

pub const ANY_FAULT: (&str, &str) = ("simulation", "an_event_survives_any_two_faults");
pub const REFUSED: (&str, &str) = (
    "simulation",
    "an_event_that_is_refused_for_good_survives_any_fault",
);
pub const RINGS: (&str, &str) = (
    "functions",
    "every_ring_is_heard_also_for_the_same_place_within_five_minutes",
);
pub const KILLER: (&str, &str) = (
    "simulation",
    "a_reaction_that_kills_the_function_delays_other_tickets_twice_at_most",
);
pub const LARGE: (&str, &str) = (
    "simulation",
    "an_event_with_a_large_body_survives_a_fault_of_its_body_and_any_other",
);
pub const TWICE: (&str, &str) = (
    "simulation",
    "an_event_whose_batches_are_handed_out_twice_survives_any_fault",
);
pub const OUT_OF_STEP: (&str, &str) = (
    "simulation",
    "what_is_out_of_step_within_the_hold_comes_in_order",
);
pub const LATE_WRITES: (&str, &str) = ("simulation", "what_lands_late_changes_nothing");
pub const TROUBLE: (&str, &str) = (
    "functions",
    "awss_own_trouble_is_no_attempt_of_the_event_however_long_it_lasts",
);
pub const TO_A_QUEUE: (&str, &str) = (
    "simulation",
    "an_event_that_goes_to_a_queue_survives_a_fault_of_its_reaction_and_any_other",
);
pub const HISTORIES: (&str, &str) = ("simulation", "hundreds_of_events_survive_whatever_happens");
