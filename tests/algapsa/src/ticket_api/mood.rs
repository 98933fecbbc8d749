//! How the API answers when it does not answer as it should.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::sender::Chance;

/// How it answers what it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    /// With that status, whatever was asked. 401 may be a fault of its database.
    Status(u16),
    /// With that status, asking to be left alone for that many seconds.
    Later(u16, u32),
    /// With that status and these words as `Retry-After`.
    Odd(u16, &'static str),
    /// As it should, saying that this many reads are left.
    Left(u32),
    /// With that status and the request's headers.
    Echo(u16),
    /// 200 with that body.
    Nonsense(&'static str),
    /// As it should, but the connection breaks after that many bytes of the body.
    Cut(usize),
    /// As it should, that much later.
    Slow(Duration),
    /// As it should, but not before the gate is open.
    Held(Gate),
    Silent,
    /// So to requests whose path ends so, and well to all others.
    Only(&'static str, Box<Mood>),
}

/// Holds answers back until it is opened. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    pub fn open(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}

impl Mood {
    /// What it is towards a request for that path.
    pub(super) fn towards(self, path: &str) -> Self {
        match self {
            Self::Only(end, mood) if path.ends_with(end) => *mood,
            Self::Only(..) => Self::Well,
            mood => mood,
        }
    }

    /// Trouble as it comes: the database's, the front end's, the network's, or a limit.
    pub(super) fn trouble(chance: &mut Chance) -> Self {
        match chance.below(8) {
            0 => Self::Status(401),
            1 => Self::Later(429, 2),
            2 => Self::Status(500),
            3 => Self::Status(502),
            4 => Self::Later(503, 5),
            5 => Self::Cut(chance.place(400)),
            6 => Self::Nonsense("<html><body>Bad gateway</body></html>"),
            _ => Self::Slow(Duration::from_secs(1)),
        }
    }
}
