//! `alga-webhooks secret`.

pub mod check;
pub mod offered;
pub mod put;
pub mod rotate;
pub mod set;
pub mod value;

use anyhow::Result;
use clap::Subcommand;

use crate::context::{Context, Outcome};

/// Set the signing secret, or change it without losing a delivery.
///
/// The tool asks for the secret without showing it, or reads it from standard input. It is never an argument, and is never
/// printed.
#[derive(Debug, Subcommand)]
pub enum Secret {
    Set(set::Set),
    Rotate(rotate::Rotate),
}

impl Secret {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        match self {
            Self::Set(set) => set.run(context).await,
            Self::Rotate(rotate) => rotate.run(context).await,
        }
    }
}
