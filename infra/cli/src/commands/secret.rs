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

/// Put the signing secret in, or change it without a break.
///
/// The secret is asked for without being shown, or read from standard input; it is never an argument, never printed.
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
