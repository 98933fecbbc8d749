//! Your own code: fill in [`react`] and deploy with `Reaction=custom`.

use crate::reaction::{Attempt, Failure};

/// Reacts to one event. It has 10 seconds.
///
/// `Ok` settles the event: it never comes again. Any error that `?` passes on is a failure that is tried again, with
/// this event's ticket waiting for it; [`Failure::last`] gives the event up and parks it. If the function dies before
/// `Ok` is recorded, the event comes again with the same `event_id` and `event_type`.
///
/// # Errors
/// Whatever kept you from reacting.
#[expect(clippy::unused_async, reason = "yours will await something")]
pub async fn react(attempt: &Attempt<'_>) -> Result<(), Failure> {
    let Attempt { event, turn, .. } = attempt;
    let _ = (event, turn.placement);
    Err(Failure::again(
        "functions/reactor/src/custom.rs is not filled in yet",
    ))
}
