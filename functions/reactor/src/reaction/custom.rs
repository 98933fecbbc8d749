//! Your own code: fill in [`react`] and deploy with `Reaction=custom`. functions/reactor/README.md has an example to begin with.

#![warn(missing_docs)]

use super::attempt::Attempt;
use crate::failure::Failure;

/// Reacts to one event. It has 10 seconds. [`Attempt::payload`] has what the event says.
///
/// `Ok` settles the event: it never comes again. Any error that `?` passes on is a failure, and the event is attempted again, with
/// this event's ticket waiting for it; the log has the error's outermost context, and nothing of an error that has none.
/// [`Failure::last`] gives the event up and parks it. If the function dies before `Ok` is recorded, the event comes again
/// with the same `event_id` and `event_type`.
#[expect(clippy::unused_async, reason = "yours will await something")]
pub async fn react(attempt: &Attempt<'_>) -> Result<(), Failure> {
    let Attempt { event, order, .. } = attempt;
    let _ = (event, order);
    Err(Failure::again(
        "functions/reactor/src/reaction/custom.rs is not filled in yet",
    ))
}
