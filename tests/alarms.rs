//! Each alarm is made to ring by doing what it is about, and ended as its section in the runbook says.

#[path = "alarms/definition.rs"]
mod definition;
#[path = "alarms/reactor.rs"]
mod reactor;
#[path = "alarms/receiver.rs"]
mod receiver;
