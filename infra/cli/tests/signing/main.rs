//! The commands that sign as AlgaPSA does and look after its secret, against stacks on the local AWS.

mod command;
mod offered;
mod rotate;
mod send;
mod set;
#[path = "../tool/mod.rs"]
mod tool;
mod trouble;
mod unheard;
mod verify;
