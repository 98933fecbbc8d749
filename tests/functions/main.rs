//! The functions, called in this process: what they answer, keep and report, next to a local AWS.

mod inbox;
mod reactor;
mod receiver;
