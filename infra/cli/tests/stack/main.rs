//! The tool as an operator runs it, against stacks on the local AWS.

mod alone;
mod command;
mod connect;
mod console;
mod docs;
mod events;
mod looking;
mod quarantine;
mod reconcile;
mod redrive;
mod replay;
mod secret;
mod send;
mod terminal;
mod verify;
