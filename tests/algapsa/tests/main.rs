//! AlgaPSA's sender, and its driver over HTTP.

mod driver;
mod sender;
