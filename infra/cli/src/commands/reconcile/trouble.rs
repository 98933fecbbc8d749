//! Why a run was not whole, and what to do about it.

/// What those words are about, and what to do. The first that is found counts.
const KNOWN: [(&[&str], &str); 6] = [
    (
        &["the key of the ticket API is empty"],
        "Make a key in AlgaPSA that may read tickets, and put it in: KEY",
    ),
    (&["answered 401"], "Put the right key in: KEY"),
    (
        &["answered 403", "may read none of the watched"],
        "Let the key's user read tickets in AlgaPSA, or put in the key of one who may: KEY",
    ),
    (
        &["another run has remembered"],
        "There is nothing to fix: run it again, and it begins where the other one has ended.",
    ),
    (
        &["set TicketApiTenant"],
        "Deploy with TicketApiTenant=ID. It is the tenant_id of AlgaPSA's events, and the first part of a stream's name, as \
         in alga-webhooks waiting",
    ),
    (
        &["could not be reached", "no answer from the ticket API"],
        "Is TicketApiUrl right, and can this machine reach it?",
    ),
];

/// `putting` is how to put a key in.
pub fn what_to_do(why: &str, putting: &str) -> String {
    let is_known = |(words, _): &&(&[&str], &str)| words.iter().any(|word| why.contains(word));
    let known = KNOWN.iter().find(is_known);
    let what = known.map_or(
        "Fix that, and run it again: the next run finds the same, and more.",
        |(_, what)| what,
    );
    what.replace("KEY", putting)
}
