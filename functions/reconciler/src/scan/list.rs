//! Lists, read from an oldest row on. A row that is touched meanwhile moves to the end or out of the list, so that none is
//! missed, which pages by number would do.

use std::collections::HashSet;
use std::fmt::Write;

use anyhow::{Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use shared::alga_api::Page;

use super::{Scanner, id_of, time};

/// The most rows that a page can have.
const LIMIT: usize = 100;

/// A list, and its parameters.
pub(super) struct List {
    filter: &'static str,
    sort: &'static str,
    from: &'static str,
    to: &'static str,
}

pub(super) const OPEN: List = List {
    filter: "is_open=true&",
    sort: "entered_at",
    from: "created_from",
    to: "created_to",
};
pub(super) const CLOSED: List = List {
    filter: "",
    sort: "closed_at",
    from: "closed_from",
    to: "closed_to",
};
pub(super) const TOUCHED: List = List {
    filter: "",
    sort: "updated_at",
    from: "updated_from",
    to: "updated_to",
};

impl Scanner<'_> {
    pub(super) async fn list(&mut self, list: &List, since: Option<Timestamp>) -> Result<()> {
        let mut from = since;
        loop {
            let page = self.page(list, list.sort, from, None, 1).await?;
            let is_last = page.rows.len() < LIMIT;
            let end = page.rows.last().and_then(|row| time(row, list.sort));
            self.take(page);
            if is_last {
                return Ok(());
            }
            from = match end {
                Some(end) if from.is_none_or(|from| end > from) => Some(end),
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
        let (filter, fields) = (list.filter, self.scan.view.parameter());
        let mut query =
            format!("{filter}sort={sort}&order=asc&limit={LIMIT}&page={number}{fields}");
        for (name, time) in [(list.from, from), (list.to, to)] {
            if let Some(time) = time {
                write!(query, "&{name}={time:.3}").expect("a string takes anything");
            }
        }
        let (api, clock) = (self.api, self.clock);
        let page = self.call(async || api.tickets(&query, clock).await).await;
        page.map_err(|failed| anyhow!(failed.why).context("failed to list the tickets"))
    }
}
