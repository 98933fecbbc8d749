//! The tool as an operator runs it, against stacks on the local AWS.

mod alone;
mod command;
mod events;
mod looking;
mod quarantine;
mod readme;
mod redrive;
mod replay;
mod secret;
mod send;
mod verify;
