//! Each alarm is made to ring by doing what it is about, and ended as its section in the runbook says.

mod definition;
mod reactor;
mod receiver;
