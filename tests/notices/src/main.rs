//! What each way of listening notices of a working day. `make notices` runs it.

mod client;
mod kind;
mod measure;
mod notebook;
mod options;
mod page;
mod score;
mod table;
mod truth;
mod ways;

use anyhow::Result;
use clap::Parser;

use crate::measure::measured;
use crate::options::Options;
use crate::ways::reconciled;

fn main() -> Result<()> {
    let options = Options::parse();
    if !reconciled::is_possible() {
        eprintln!(
            "There is no local AWS, and so no row of the reconciler: `make notices` starts one."
        );
    }
    let mixes = options.mixes().into_iter();
    let tables = mixes.map(|mix| measured(&options, mix));
    let tables = tables.collect::<Result<Vec<_>>>()?.join("\n");
    if options.write {
        return page::write(&tables);
    }
    print!("{tables}");
    Ok(())
}
