//! Scanning the tickets by `AlgaPSA`'s API. A scan is whole, or it fails.

mod threads;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use shared::alga_api::{AlgaApi, Columns, Missing, Page};
use shared::clock::Clock;

use crate::comments::signs;
use crate::field::{self, Values};
use crate::memory::{Memory, View};

/// How many calls a run may make: what a key allows within a quarter of an hour, 120 at once and 60 a minute.
const MOST_CALLS: u32 = 1000;
/// The most rows that a page can have.
const LIMIT: usize = 100;
/// How far a scan looks back before the last one began: transactions are committed late, and clocks differ.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// How far the first scan looks back for closed tickets, so that it is known when one of them is changed.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What is left for the rest of a run when the last call may begin.
const RESERVE: SignedDuration = SignedDuration::from_secs(60);
/// How long a call that has failed waits before it is made again.
const AGAIN_AFTER: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
];

/// What a scan has found.
#[derive(Debug)]
pub struct Scan {
    pub view: View,
    /// When it began, by `AlgaPSA`'s clock.
    pub began_at: Timestamp,
    /// By their ids.
    pub tickets: HashMap<String, Seen>,
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
    /// By `AlgaPSA`'s clock.
    pub at: Timestamp,
    /// The whole row, of tickets that something waits for.
    pub row: Option<Columns>,
}

/// A list that is read from an oldest row on. A row that is touched meanwhile moves to the end or out of the list, so that
/// none is missed, which pages by number would do.
struct List {
    filter: &'static str,
    sort: &'static str,
    from: &'static str,
    to: &'static str,
}

const OPEN: List = List {
    filter: "is_open=true&",
    sort: "entered_at",
    from: "created_from",
    to: "created_to",
};
const CLOSED: List = List {
    filter: "",
    sort: "closed_at",
    from: "closed_from",
    to: "closed_to",
};
const TOUCHED: List = List {
    filter: "",
    sort: "updated_at",
    from: "updated_from",
    to: "updated_to",
};

/// What can be chosen and is needed.
const CHOSEN: &str = "&fields=ticket_id,ticket_number,title,status_id,status_name,status_is_closed,priority_name,\
    assigned_to_name,client_name,contact_name,updated_at,entered_at,closed_at,tags";

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
                tickets: HashMap::new(),
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
        for id in ids.filter(|id| !id.trim_matches('.').is_empty()) {
            self.look(id).await?;
        }
        // Without a ticket there is no answer with a time.
        self.scan.began_at = self.scan.began_at.min(self.clock.now());
        Ok(self.scan)
    }

    async fn list(&mut self, list: &List, since: Option<Timestamp>) -> Result<()> {
        let mut from = since;
        loop {
            let page = self.page(list, list.sort, from, None, 1).await?;
            let (count, last) = (page.rows.len(), page.rows.last());
            let last = last.and_then(|row| time(row, list.sort));
            self.take(page);
            if count < LIMIT {
                return Ok(());
            }
            from = match last {
                Some(last) if from.is_none_or(|from| last > from) => Some(last),
                // A whole page of one moment: an import.
                Some(moment) => Some(self.moment(list, moment).await?),
                // Rows without a value come last. They are open or were closed, and so on another list.
                None => return Ok(()),
            };
        }
    }

    /// Everything of that millisecond, by pages, and the next millisecond. The pages are right if they hold as many
    /// different tickets as they should.
    async fn moment(&mut self, list: &List, moment: Timestamp) -> Result<Timestamp> {
        let next = moment + SignedDuration::from_millis(1);
        for _ in 0..3 {
            let (mut ids, mut total) = (HashSet::new(), 0);
            for number in 1.. {
                let page = self
                    .page(list, "ticket_id", Some(moment), Some(next), number)
                    .await?;
                let rows = page.rows.iter().filter_map(id_of);
                ids.extend(rows.map(str::to_owned));
                total = page.total;
                let is_last = page.rows.len() < LIMIT;
                self.take(page);
                if is_last {
                    break;
                }
            }
            if ids.len() >= total {
                return Ok(next);
            }
        }
        bail!("the tickets of {moment} changed while they were listed, three times")
    }

    async fn page(
        &mut self,
        list: &List,
        sort: &str,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        number: u32,
    ) -> Result<Page> {
        let List { filter, .. } = list;
        let fields = match self.scan.view {
            View::Columns => "",
            View::Chosen => CHOSEN,
        };
        let mut query =
            format!("{filter}sort={sort}&order=asc&limit={LIMIT}&page={number}{fields}");
        for (name, time) in [(list.from, from), (list.to, to)] {
            if let Some(time) = time {
                query += &format!("&{name}={time:.3}");
            }
        }
        let (api, clock) = (self.api, self.clock);
        let page = self.call(async || api.tickets(&query, clock).await).await;
        page.map_err(|failed| anyhow!(failed.why).context("failed to list the tickets"))
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
            at,
            row: self.wanted.contains(id.as_str()).then_some(row),
        };
        self.scan.tickets.insert(id, seen);
    }

    /// Makes a call, and makes it again after a failure that may pass. Waits for the rate limit.
    async fn call<T>(
        &mut self,
        mut ask: impl AsyncFnMut() -> Result<T, Missing>,
    ) -> Result<T, Failed> {
        let mut waits = AGAIN_AFTER.into_iter();
        loop {
            self.may_go_on(Duration::ZERO)?;
            self.scan.calls += 1;
            let wait = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(Missing::NotYet(wait)) => {
                    self.scan.calls -= 1; // it was not made, or not counted
                    wait
                }
                Err(Missing::Unavailable(error)) => return Err(Failed::of(format!("{error:#}"))),
                Err(Missing::Failed { why, after, status }) => {
                    let passes = status.is_none_or(|status| status == 401 || status >= 500);
                    match waits.next().filter(|_| passes) {
                        Some(wait) => wait.max(after.unwrap_or_default()),
                        None => return Err(Failed { why, status }),
                    }
                }
            };
            self.may_go_on(wait)?;
            tokio::time::sleep(wait).await;
        }
    }

    fn may_go_on(&self, wait: Duration) -> Result<(), Failed> {
        if self.scan.calls >= MOST_CALLS {
            return Err(Failed::of(format!(
                "a run may make {MOST_CALLS} calls, and they are used up"
            )));
        }
        if self.clock.now() + wait + RESERVE > self.deadline {
            return Err(Failed::of("the time of a run is up".into()));
        }
        Ok(())
    }
}

/// Why a call has failed for good.
#[derive(Debug)]
struct Failed {
    why: String,
    status: Option<u16>,
}

impl Failed {
    fn of(why: String) -> Self {
        Self { why, status: None }
    }
}

fn id_of(row: &Columns) -> Option<&str> {
    row.get("ticket_id")?.as_str()
}

fn time(row: &Columns, column: &str) -> Option<Timestamp> {
    row.get(column)?.as_str()?.parse().ok()
}
