//! The tool as an operator runs it, against stacks on the local AWS.

mod command;
mod completions;
mod events;
mod looking;
mod offered;
mod quarantine;
mod readme;
mod redrive;
mod replay;
mod rotate;
mod samples;
mod send;
mod set;
mod trouble;
mod unheard;
mod verify;
