//! Reading the comments of tickets, with what is left of a run's calls and time.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, anyhow};
use jiff::{SignedDuration, Timestamp};
use shared::alga_api::{AlgaApi, COMMENTS_AT_ONCE};
use shared::clock::Clock;

use super::{Scan, Scanner, time};
use crate::comment::{Comment, Thread};
use crate::threads::{Threads, Wanted};

/// How long before it is published a comment may be written. Only if 200 others are newer does that matter.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What came of looking at comments.
pub struct Looked {
    pub scan: Scan,
    pub threads: Threads,
    /// The tickets whose comments `AlgaPSA` would not show.
    pub refused: Vec<String>,
}

/// What came of looking at those of one ticket.
enum Look {
    Read(Thread),
    /// The ticket or its comments are gone or hidden.
    Refused,
    /// Calls or time are used up: a later run has to do it.
    Later,
}

impl<'a> Scanner<'a> {
    /// One that goes on after a scan.
    pub fn after(scan: Scan, api: &'a AlgaApi, clock: &'a Clock, deadline: Timestamp) -> Self {
        Self {
            api,
            clock,
            deadline,
            wanted: HashSet::new(),
            scan,
        }
    }

    /// Reads the comments of those tickets, the first ones first, as far as calls and time suffice.
    pub async fn threads(mut self, wanted: &[Wanted]) -> Result<Looked> {
        let (mut threads, mut refused) = (Threads::default(), Vec::new());
        for ticket in wanted {
            let id = ticket.ticket_id.clone();
            match self.thread(ticket).await? {
                Look::Read(thread) => {
                    threads.0.insert(id, thread);
                }
                Look::Refused => refused.push(id),
                Look::Later => {}
            }
        }
        Ok(Looked {
            scan: self.scan,
            threads,
            refused,
        })
    }

    async fn thread(&mut self, wanted: &Wanted) -> Result<Look> {
        let (api, clock, id) = (self.api, self.clock, wanted.ticket_id.as_str());
        let (mut comments, mut read, mut began_at) = (Vec::new(), 0, None);
        while self.may_go_on(Duration::ZERO).is_ok() {
            let page = self
                .call(async || api.comments(id, read, clock).await)
                .await;
            let page = match page {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Look::Refused),
                Err(failed) if matches!(failed.status, Some(400 | 403)) => {
                    return Ok(Look::Refused);
                }
                Err(failed) => {
                    let what = format!("failed to read the comments of the ticket {id}");
                    return Err(anyhow!(failed.why).context(what));
                }
            };
            read += page.rows.len();
            let read_at = *began_at.get_or_insert(page.read_at);
            let is_told = |id| wanted.told.contains(&id);
            let published = page.rows.iter();
            comments.extend(published.filter_map(|row| Comment::of(row, is_told)));
            let oldest = page.rows.last().and_then(|row| time(row, "created_at"));
            let is_enough = oldest.is_some_and(|oldest| oldest < wanted.since - LONGEST_AHEAD);
            if page.rows.len() < COMMENTS_AT_ONCE || is_enough {
                // One more comment meanwhile, and the next page begins with the last one of this.
                comments.sort_by_key(|comment| (comment.shown_at, comment.id));
                comments.dedup_by_key(|comment| comment.id);
                return Ok(Look::Read(Thread { comments, read_at }));
            }
        }
        Ok(Look::Later)
    }
}
