//! The console as people meet it: in a real browser.

mod accessible;
mod browser;
mod control;
mod driver;
mod harness;
mod look;
mod seen;
