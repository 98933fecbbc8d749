//! The reconciler: scan, compare, explain, announce, remember.

mod settings;

use jiff::Timestamp;
use serde::Serialize;
use shared::aws::SdkConfig;

pub use crate::settings::Settings;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {}

pub struct Reconciler {}

impl Reconciler {
    pub fn new(_config: &SdkConfig, _settings: Settings) -> Self {
        Self {}
    }

    pub async fn run(&self, _now: Timestamp, _deadline: Timestamp) -> Summary {
        Summary {}
    }
}
