//! `alga-webhooks console`: a page on this machine that shows a stack at work.

mod act;
mod body;
pub mod chain;
mod curve;
pub mod entry;
mod feed;
mod guard;
mod health;
mod jobs;
mod live;
mod metrics;
mod page;
pub mod runbook;
mod server;
mod sheet;
mod ticket;
mod work;

use std::net::Ipv4Addr;
use std::pin::pin;

use anyhow::{Context as _, Result};
use clap::Args;
use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::signal;

use self::guard::Guard;
use crate::context::{Context, Outcome};
use crate::output::{self, hint};

/// Look at the stack in a browser: what arrives, what becomes of it, what waits or is parked, and the alarms.
///
/// It serves a page on 127.0.0.1 until Ctrl-C, with the AWS credentials of this tool. Only who has the address that it
/// prints can open it. It shows no content of an event unless you ask for that event's body.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("console.txt").trim_end())]
pub struct Console {
    /// The port of the page; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    port: u16,
    /// Only print the address; do not open a browser.
    #[arg(long)]
    no_open: bool,
}

const PORT: u16 = 4577;

impl Console {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await;
        let listener = listener.with_context(|| {
            let busy = format!("failed to listen on port {} of 127.0.0.1", self.port);
            format!("{busy}: give another one with --port, or --port 0 for any that is free")
        })?;
        let guard = Guard::new(listener.local_addr()?.port());
        let address = guard.address();
        let mut ended = pin!(signal::ctrl_c());
        let _ = ended.as_mut().now_or_never(); // from here on, Ctrl-C is heard
        output::line(format_args!("The console is at {address}"))?;
        output::note(hint("Ctrl-C ends it."));
        if !self.no_open && open::that_detached(&address).is_err() {
            output::note("No browser could be opened: open the address yourself.");
        }
        tokio::select! {
            served = server::serve(listener, stack, guard) => served?,
            _ = ended => {}
        }
        Ok(Outcome::Good)
    }
}
