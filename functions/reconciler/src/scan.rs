//! Scanning the tickets by `AlgaPSA`'s API. A scan is whole, or it fails.

mod call;
mod list;
mod threads;

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use shared::alga_api::{AlgaApi, Columns, Page, is_readable};
use shared::clock::Clock;

use self::list::{CLOSED, OPEN, TOUCHED};
pub use self::threads::Looked;
use crate::field::{self, Values};
use crate::followed::signs;
use crate::margins::OVERLAP;
use crate::memory::Memory;
use crate::view::View;

/// How far the first scan looks back for closed tickets, so that it is known when one of them is changed.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a scan has found.
#[derive(Debug)]
pub struct Scan {
    pub view: View,
    /// When it began, by `AlgaPSA`'s clock.
    pub began_at: Timestamp,
    /// By their ids.
    pub tickets: BTreeMap<String, Seen>,
    /// Tickets that were open in the last scan and do not exist any more, and when that was seen.
    pub gone: Vec<(String, Timestamp)>,
    /// Tickets that the key may not read any more.
    pub hidden: Vec<String>,
    /// The tenant, if a row names it.
    pub tenant_id: Option<String>,
    pub calls: u32,
}

/// A ticket as a scan has seen it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub values: Values,
    pub view: View,
    pub is_open: bool,
    /// What may hint at a comment.
    pub signs: Columns,
    pub entered_at: Option<Timestamp>,
    /// `updated_at`, which moves with what is changed silently, but for SLAs and tags.
    pub touched_at: Option<Timestamp>,
    /// By `AlgaPSA`'s clock.
    pub at: Timestamp,
    /// The whole row, of tickets that something waits for.
    pub row: Option<Columns>,
}

/// A scan that is under way.
pub struct Scanner<'a> {
    api: &'a AlgaApi,
    clock: &'a Clock,
    deadline: Timestamp,
    /// The tickets whose rows are wanted whole.
    wanted: HashSet<&'a str>,
    scan: Scan,
}

impl<'a> Scanner<'a> {
    /// One that must end by `deadline`, after what `memory` remembers.
    pub fn new(
        api: &'a AlgaApi,
        clock: &'a Clock,
        deadline: Timestamp,
        memory: Option<&'a Memory>,
    ) -> Self {
        let waiting = memory.into_iter().flat_map(|memory| &memory.waiting);
        Self {
            api,
            clock,
            deadline,
            wanted: waiting.map(|one| one.ticket_id.as_str()).collect(),
            scan: Scan {
                view: memory.map_or(View::Columns, Memory::next_view),
                began_at: Timestamp::MAX,
                tickets: BTreeMap::new(),
                gone: Vec::new(),
                hidden: Vec::new(),
                tenant_id: None,
                calls: 0,
            },
        }
    }

    /// Every ticket that is open, was closed or touched since the last scan, or was open then.
    pub async fn everything(mut self, memory: Option<&Memory>) -> Result<Scan> {
        self.list(&OPEN, None).await?;
        // What changed since the last scan that showed the same columns: it is not open, so the next one may not show it.
        let last = memory.map(|memory| {
            let viewed_at = memory.viewed_at.get(&self.scan.view);
            *viewed_at.unwrap_or(&memory.scanned_at) - OVERLAP
        });
        let now = self.scan.began_at.min(self.clock.now());
        let since = last.unwrap_or(now - FIRST_LOOK);
        self.list(&CLOSED, Some(since)).await?;
        if let Some(memory) = memory {
            self.list(&TOUCHED, Some(since)).await?;
            for (id, known) in &memory.tickets {
                if known.is_open && !self.scan.tickets.contains_key(id) {
                    self.look(id).await?;
                }
            }
        }
        Ok(self.scan)
    }

    /// Just these tickets. Ids of projects and tasks are passed over.
    pub async fn these(mut self, ids: impl Iterator<Item = &str>) -> Result<Scan> {
        for id in ids.filter(|id| is_readable(id)) {
            self.look(id).await?;
        }
        if self.scan.tickets.is_empty() && !self.scan.hidden.is_empty() {
            bail!("the key may read none of the watched tickets");
        }
        // Without a ticket there is no answer with a time.
        self.scan.began_at = self.scan.began_at.min(self.clock.now());
        Ok(self.scan)
    }

    /// Reads one ticket by its id.
    async fn look(&mut self, id: &str) -> Result<()> {
        let (api, clock) = (self.api, self.clock);
        let ticket = self.call(async || api.ticket(id, clock).await).await;
        match ticket {
            Ok(ticket) => {
                self.scan.began_at = self.scan.began_at.min(ticket.read_at);
                match ticket.fields {
                    Some(row) => self.see(row, View::Columns, ticket.read_at),
                    None => self.scan.gone.push((id.to_owned(), ticket.read_at)),
                }
            }
            Err(failed) if matches!(failed.status, Some(400 | 403)) => {
                self.scan.hidden.push(id.to_owned());
            }
            Err(failed) => {
                return Err(anyhow!(failed.why).context(format!("failed to read the ticket {id}")));
            }
        }
        Ok(())
    }

    fn take(&mut self, page: Page) {
        self.scan.began_at = self.scan.began_at.min(page.read_at);
        for row in page.rows {
            self.see(row, self.scan.view, page.read_at);
        }
    }

    /// What was read later counts.
    fn see(&mut self, row: Columns, view: View, at: Timestamp) {
        let Some(id) = id_of(&row).map(str::to_owned) else {
            return;
        };
        if let Some(tenant_id) = row.get("tenant").and_then(|tenant| tenant.as_str()) {
            self.scan
                .tenant_id
                .get_or_insert_with(|| tenant_id.to_owned());
        }
        let is_closed = row
            .get("status_is_closed")
            .and_then(serde_json::Value::as_bool);
        let seen = Seen {
            values: field::values(&row),
            view,
            is_open: !is_closed.unwrap_or_else(|| time(&row, "closed_at").is_some()),
            signs: signs(&row),
            entered_at: time(&row, "entered_at"),
            touched_at: time(&row, "updated_at"),
            at,
            row: self.wanted.contains(id.as_str()).then_some(row),
        };
        self.scan.tickets.insert(id, seen);
    }
}

fn id_of(row: &Columns) -> Option<&str> {
    row.get("ticket_id")?.as_str()
}

fn time(row: &Columns, column: &str) -> Option<Timestamp> {
    row.get(column)?.as_str()?.parse().ok()
}
