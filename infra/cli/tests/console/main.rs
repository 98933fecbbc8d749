//! The console as people meet it: in a real browser.

mod accessible;
mod acts;
mod browser;
mod console;
mod control;
mod driver;
mod everybody;
mod harness;
mod hostile;
mod live;
mod look;
mod scene;
mod seen;
