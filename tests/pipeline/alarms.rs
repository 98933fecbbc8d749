//! Each alarm is made to ring by causing what it warns of, and ended as its section in the runbook says.

mod definition;
mod lasting;
mod reactor;
mod receiver;
mod reconciler;
