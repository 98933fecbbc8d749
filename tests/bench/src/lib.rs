//! What the bench and the micro-benchmarks share.

mod bodies;

pub use bodies::Bodies;
