//! How the API answers when it does not answer as it should.

use std::time::Duration;

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
    Silent,
}
