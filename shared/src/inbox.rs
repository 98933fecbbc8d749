//! The inbox: every authentic event, kept once, and what has become of it.
//!
//! One item per event. It holds `due`, its position, exactly while it waits, so the sparse index `due` is the work to do; it
//! holds `parked_at` exactly while it is parked; with neither it is settled, and only then does it expire. A large body is an object in a bucket, and the item names it.

mod admit;
mod bodies;
pub mod body;
mod due;
mod order;
mod quarantine;
mod records;
mod settle;
mod table;
mod watermark;
mod write;

pub use self::admit::Admission;
pub use self::bodies::Bodies;
pub use self::due::{Due, Kept, Loaded, Part, Waiting};
pub use self::order::Order;
pub use self::quarantine::Quarantined;
pub use self::records::{Find, Record, State};
pub use self::table::{Cursor, INDEX, Inbox};
pub use self::watermark::{Announced, Announcement, Watermark, Watermarks};
