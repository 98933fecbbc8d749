//! Laws: what holds for any input of the code that reads foreign bytes. `tests/laws/tests/properties.rs` tries them on random
//! input, the targets in `tests/fuzz` on input that a fuzzer finds. Each panics when it is broken.

mod doorbell;
mod envelope;
mod lambda_event;
mod place;
mod secret;
mod signature;
mod stored;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

pub use self::doorbell::doorbell;
pub use self::envelope::envelope;
pub use self::lambda_event::lambda_event;
pub use self::place::place;
pub use self::secret::secret;
pub use self::signature::signature;
pub use self::stored::body;

/// When everything arrives.
pub fn now() -> Timestamp {
    "2026-08-24T15:05:00Z".parse().expect("it is a time")
}

/// The members of a JSON object, read without the code under test; of two of one name the last.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

fn text(members: &Members, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}
