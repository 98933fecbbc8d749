//! What is remembered of a scan: one object, replaced only if nobody else has replaced it.

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::aws::SdkConfig;
use shared::bucket::{Bucket, Written};

use crate::difference::{Difference, What};
use crate::field::Values;
use crate::followed::Followed;
use crate::view::View;

/// The form that is written. Another one is not read.
const VERSION: u32 = 1;
/// How hard it is packed: half a second for 20,000 tickets.
const LEVEL: i32 = 6;
/// How long a closed ticket that nobody touches is remembered.
pub const CLOSED_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many runs are remembered: a month of hours.
const MOST_RUNS: usize = 31 * 24;

/// Everything that a run needs to know of those before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    /// When the last scan began, by `AlgaPSA`'s clock.
    pub scanned_at: Timestamp,
    /// The same of the last scan in each view.
    pub viewed_at: BTreeMap<View, Timestamp>,
    /// Whose tickets these are.
    pub tenant_id: Option<String>,
    /// How many scans there have been.
    pub scans: u64,
    /// By their ids.
    pub tickets: BTreeMap<String, Known>,
    /// What no event has explained yet.
    pub waiting: Vec<Difference>,
    /// What events have explained of late, so that none explains two differences of a field.
    pub spent: Vec<Spent>,
    /// The last runs, the latest last.
    pub runs: VecDeque<Ran>,
}

/// A ticket as it was when it was seen last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub values: Values,
    /// When each part of the values was seen, by `AlgaPSA`'s clock.
    pub seen: BTreeMap<View, Timestamp>,
    pub is_open: bool,
    /// With the comment mode: which of its comments have been compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<Followed>,
}

/// An event that has explained a difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    pub ticket_id: String,
    pub what: What,
    /// `{event_id}/{event_type}`.
    pub event: String,
    pub occurred_at: Timestamp,
}

/// What a run did, for reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    pub at: Timestamp,
    pub calls: u32,
    pub tickets: usize,
    pub differences: usize,
    pub explained: usize,
    pub superseded: usize,
    pub waiting: usize,
    /// How many events were announced.
    pub announced: usize,
    /// The differences that they told of, by the name of the field, `created`, `deleted` or
    /// `comment`.
    pub fields: BTreeMap<String, usize>,
}

/// Where it is kept.
#[derive(Clone, Debug)]
pub struct Store {
    bucket: Bucket,
    object: String,
}

/// What was found there.
#[derive(Debug)]
pub struct Remembered {
    /// `None` if this is the first run, or as good as that.
    pub memory: Option<Memory>,
    /// What to replace.
    pub written: Written,
    /// Why what was there could not be read.
    pub lost: Option<String>,
}

impl Memory {
    pub fn new(scanned_at: Timestamp) -> Self {
        Self {
            version: VERSION,
            scanned_at,
            viewed_at: BTreeMap::new(),
            tenant_id: None,
            scans: 0,
            tickets: BTreeMap::new(),
            waiting: Vec::new(),
            spent: Vec::new(),
            runs: VecDeque::new(),
        }
    }

    /// Which columns the next scan shows. Only whole rows name the tenant.
    pub fn next_view(&self) -> View {
        if self.tenant_id.is_none() || self.scans.is_multiple_of(2) {
            View::Columns
        } else {
            View::Chosen
        }
    }

    pub fn ran(&mut self, ran: Ran) {
        self.runs.push_back(ran);
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
    }

    fn packed(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        zstd::bulk::compress(&json, LEVEL).context("the scan could not be packed")
    }

    fn read(packed: &[u8]) -> Result<Self> {
        let json = zstd::stream::decode_all(packed).context("it is not packed by zstd")?;
        // What is wrong is told by its place alone: the values are as private as bodies.
        let memory: Self = serde_json::from_slice(&json).map_err(|error| {
            anyhow::anyhow!(
                "it has another shape at line {}, column {}",
                error.line(),
                error.column()
            )
        })?;
        ensure!(
            memory.version == VERSION,
            "it has the version {}",
            memory.version
        );
        Ok(memory)
    }
}

impl Store {
    /// For the tickets that one API key shows, of that tenant if it was told.
    pub fn new(config: &SdkConfig, bucket: &str, tenant_id: Option<&str>) -> Self {
        let tenant_id = tenant_id.unwrap_or("tickets");
        Self {
            bucket: Bucket::new(config, bucket),
            object: format!("reconciler/{tenant_id}"),
        }
    }

    /// What the last run remembered. If that is damaged, the next run is a first one.
    pub async fn recall(&self) -> Result<Remembered> {
        let found = self.bucket.get_written(&self.object).await;
        let found = found.context("failed to read what the last scan has found")?;
        let Some((packed, written)) = found else {
            return Ok(Remembered {
                memory: None,
                written: Written::Never,
                lost: None,
            });
        };
        let (memory, lost) = match Memory::read(&packed) {
            Ok(memory) => (Some(memory), None),
            Err(why) => (None, Some(format!("{why:#}"))),
        };
        Ok(Remembered {
            memory,
            written,
            lost,
        })
    }

    /// Replaces what was recalled, and says how large it is, in bytes. Fails if another run was faster.
    pub async fn remember(&self, memory: &Memory, instead: &Written) -> Result<usize> {
        let packed = memory.packed()?;
        let size = packed.len();
        let replaced = self
            .bucket
            .replace(&self.object, packed.into(), instead)
            .await;
        let replaced = replaced.context("failed to remember the scan")?;
        ensure!(
            replaced,
            "another run has remembered its scan meanwhile; this one is dropped"
        );
        Ok(size)
    }
}
