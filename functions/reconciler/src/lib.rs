//! The reconciler: finds what `AlgaPSA` never announces, and announces it. Each run scans the tickets, compares them with the
//! last scan, explains the differences by the events that were kept, announces what stays unexplained, and remembers the scan.

mod announce;
pub mod comment;
mod comments;
mod compare;
pub mod difference;
mod explain;
pub mod field;
mod followed;
mod margins;
pub mod memory;
mod report;
mod run;
mod scan;
mod settings;
mod telling;
mod threads;
pub mod view;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use shared::alga_api::{AlgaApi, Connector};
use shared::aws::SdkConfig;
use shared::clock::Clock;
use shared::inbox::{Bodies, Inbox};
use shared::panics::caught;
use shared::queue::Queue;

use crate::announce::{Announcer, Finding, by_finding};
use crate::compare::{Compared, compare};
use crate::difference::Difference;
use crate::explain::{Explained, Explainer};
use crate::memory::{Memory, Ran, Remembered, Store};
use crate::report::Report;
pub use crate::run::{Mode, Run};
use crate::scan::{Scan, Scanner};
pub use crate::settings::Settings;
use crate::threads::Threads;

/// Everything that lives as long as the execution environment.
pub struct Reconciler {
    settings: Settings,
    api: AlgaApi,
    inbox: Inbox,
    queue: Queue,
    store: Store,
}

/// What a run has worked out, and does now.
struct Found {
    scan: Scan,
    compared: Compared,
    /// How many differences are new.
    differences: usize,
    explained: Explained,
    tenant_id: Option<String>,
    /// With the comment mode.
    threads: Option<Threads>,
}

impl Reconciler {
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        let bodies = Bodies::new(config, &settings.bodies_bucket);
        Self {
            api: AlgaApi::new(config, settings.tickets.clone()),
            inbox: Inbox::new(config, settings.inbox_table.clone(), bodies),
            queue: Queue::new(config, settings.queue_url.clone()),
            store: Store::new(
                config,
                &settings.bodies_bucket,
                settings.tickets.tenant_id(),
            ),
            settings,
        }
    }

    /// Asks `AlgaPSA` through that connector, which may know a proxy.
    #[must_use]
    pub fn through(self, connector: Connector) -> Self {
        let api = self.api.through(connector);
        Self { api, ..self }
    }

    /// Reconciles once, beginning `now`, and reports on it. A run that Lambda ends at `deadline` ends well before that.
    pub async fn run(&self, now: Timestamp, deadline: Timestamp, mode: Mode) -> Run {
        let report = Report::start(self.settings.every);
        let clock = Clock::starting_at(now);
        let mut run = Run::default();
        let going = self.reconcile(&clock, deadline, mode, &mut run);
        let ended = caught("the reconciler", going).await;
        if let Err(error) = ended.map_err(anyhow::Error::from).flatten() {
            run.not_whole = Some(format!("{error:#}"));
            run.ran = None;
        }
        if mode == Mode::Do {
            report.finish(&run, clock.now());
        }
        run
    }

    /// The story. What fails on the way ends the run: the next one finds the same again, under the same ids.
    async fn reconcile(
        &self,
        clock: &Clock,
        deadline: Timestamp,
        mode: Mode,
        run: &mut Run,
    ) -> Result<()> {
        let Remembered {
            memory,
            written,
            lost,
        } = self.store.recall().await?;
        (run.is_first, run.lost) = (memory.is_none(), lost);
        run.compared_with = memory.as_ref().map(|memory| memory.scanned_at);
        let mut found = self.find(clock, deadline, memory.as_ref()).await?;
        let announced = match mode {
            Mode::Do => self.announce(&found, clock.now()).await?,
            Mode::Look => 0,
        };
        let unannounced = std::mem::take(&mut found.explained.unexplained);
        let (next, ran) = found.remembered(memory, announced, clock.now(), &unannounced);
        if mode == Mode::Do {
            run.state_size = Some(self.store.remember(&next, &written).await?);
        }
        (run.ran, run.waiting, run.unannounced) = (Some(ran), next.waiting, unannounced);
        Ok(())
    }

    /// Scan, compare, explain.
    async fn find(
        &self,
        clock: &Clock,
        deadline: Timestamp,
        memory: Option<&Memory>,
    ) -> Result<Found> {
        let scanner = Scanner::new(&self.api, clock, deadline, memory);
        let mut ids = self.settings.filter.ids().peekable();
        let scan = match ids.peek() {
            Some(_) => scanner.these(ids).await?,
            None => scanner.everything(memory).await?,
        };
        let mut compared = compare(memory, &scan);
        if compared.appeared > 0 {
            let tickets = compared.appeared;
            tracing::warn!(
                tickets,
                "many old tickets appeared at once; they are remembered, and not announced"
            );
        }
        let commented = self.comments(scan, memory, &mut compared, clock, deadline);
        let (scan, threads) = commented.await?;
        let known = memory.and_then(|memory| memory.tenant_id.clone());
        let named = self.settings.tickets.tenant_id().map(str::to_owned);
        let tenant_id = named.or(known).or_else(|| scan.tenant_id.clone());
        let differences = compared.differences.len();
        let unchanged = std::mem::take(&mut compared.unchanged);
        let explained = match memory {
            // Without anything to explain nobody needs to know whose tickets these are.
            Some(memory) if differences + memory.waiting.len() + unchanged.len() > 0 => {
                let needed = "AlgaPSA does not say whose tickets these are: set TicketApiTenant";
                let explainer = Explainer {
                    inbox: &self.inbox,
                    tenant_id: tenant_id.as_deref().context(needed)?,
                    grace: self.settings.patience(),
                    threads: threads.as_ref(),
                    now: clock.now(),
                    clock,
                    deadline,
                };
                let new = std::mem::take(&mut compared.differences);
                explainer
                    .explain(memory, new, unchanged, |one| {
                        compared.still_is(one, threads.as_ref())
                    })
                    .await?
            }
            Some(memory) => Explained {
                spent: memory.spent.clone(),
                ..Explained::default()
            },
            None => Explained::default(),
        };
        compared.was_told(&explained.told);
        Ok(Found {
            scan,
            compared,
            differences: differences + explained.taken_back,
            explained,
            tenant_id,
            threads,
        })
    }

    async fn announce(&self, found: &Found, now: Timestamp) -> Result<usize> {
        let announcer = Announcer {
            inbox: &self.inbox,
            queue: &self.queue,
            filter: &self.settings.filter,
            tenant_id: found.tenant_id.as_deref().unwrap_or_default(),
            base: self.settings.tickets.base(),
            now,
        };
        let mut count = 0;
        for differences in by_finding(&found.explained.unexplained) {
            let id = &differences[0].ticket_id;
            let seen = found.scan.tickets.get(id);
            let finding = Finding {
                known: found.compared.tickets.get(id),
                row: seen.and_then(|seen| seen.row.as_ref()),
                threads: found.threads.as_ref(),
                differences,
            };
            count += announcer.announce(&finding).await?;
        }
        Ok(count)
    }
}

impl Found {
    /// What the next run is to know, and what this one did.
    fn remembered(
        self,
        memory: Option<Memory>,
        announced: usize,
        now: Timestamp,
        unannounced: &[Difference],
    ) -> (Memory, Ran) {
        let mut fields: BTreeMap<String, usize> = BTreeMap::new();
        for one in unannounced {
            *fields.entry(one.what.to_string()).or_default() += 1;
        }
        let (scan, explained) = (self.scan, self.explained);
        let ran = Ran {
            at: now,
            calls: scan.calls,
            tickets: scan.tickets.len(),
            differences: self.differences,
            explained: explained.explained,
            superseded: explained.superseded,
            waiting: explained.waiting.len(),
            announced,
            fields,
        };
        let mut next = memory.unwrap_or_else(|| Memory::new(scan.began_at));
        next.scanned_at = scan.began_at;
        next.viewed_at.insert(scan.view, scan.began_at);
        next.scans += 1;
        next.tenant_id = self.tenant_id;
        next.tickets = self.compared.tickets;
        next.waiting = explained.waiting;
        next.spent = explained.spent;
        next.ran(ran.clone());
        (next, ran)
    }
}
