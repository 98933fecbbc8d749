//! AlgaPSA: its sender, and its driver over HTTP.

mod api;
mod day;
mod desk;
mod driver;
mod program;
mod sender;
