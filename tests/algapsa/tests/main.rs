//! AlgaPSA: its sender, its driver over HTTP, and what reads its API.

mod api;
mod day;
mod desk;
mod driver;
mod program;
mod sender;
mod slow_read;
