//! The pages: each command in them works as it is printed, each link leads somewhere, and no block goes unchecked.

mod coverage;
mod links;
mod page;
mod run;
mod session;
mod settings;
