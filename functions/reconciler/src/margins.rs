//! How far times may be apart that belong together: clocks differ, transactions take time, and answers are cached.

use jiff::SignedDuration;

/// How far a scan looks back before the last one began: transactions are committed late, and clocks differ.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// How long before the earlier scan an event may have occurred whose change only the later one shows: it was sent from a
/// transaction that was open for that long.
pub const BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// How long after the later scan an event may occur whose change that one shows.
pub const AFTER: SignedDuration = SignedDuration::from_mins(1);
/// How far apart the events of one save may be. A scan that falls between two of them must not leave the second one to explain
/// what happens next.
pub const SAVE: SignedDuration = SignedDuration::from_secs(1);
/// How long before its grace is over a difference may be told, or half as long as two runs are apart. A grace of so many runs is
/// then over at the last of them, whichever of its seconds that one looks in.
pub const EARLY: SignedDuration = SignedDuration::from_mins(10);
/// For how long `AlgaPSA` sends an event again, and some time to spare.
pub const RETRIED_FOR: SignedDuration = SignedDuration::from_hours(3);
/// For how long `AlgaPSA` tells what it has told before, and some time to spare.
pub const CACHED_FOR: SignedDuration = SignedDuration::from_secs(90);
