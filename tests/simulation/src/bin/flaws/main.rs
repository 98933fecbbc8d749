//! Proves that the checks can see: puts one flaw after the other into a copy of the code, and runs the check that must
//! catch it. Run it by `make flaws`; arguments choose flaws by their names.

mod flaw;
mod inbox;
mod reactor;
mod reconciler;
mod tree;

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{env, fs, io};

use crate::flaw::Flaw;
use crate::inbox::OF_THE_INBOX;
use crate::reactor::OF_THE_REACTOR;
use crate::reconciler::OF_THE_RECONCILER;
use crate::tree::Tree;

/// Enough for every flaw here, and quick.
const BOUNDS: [(&str, &str); 2] = [("FAULTS", "1"), ("HISTORIES", "6")];

enum Verdict {
    Caught,
    /// The check fails for another reason.
    Otherwise(String),
    Survived,
}

fn main() -> ExitCode {
    let chosen: Vec<String> = env::args().skip(1).collect();
    if chosen.iter().any(|argument| argument.starts_with('-')) {
        println!("usage: flaws [PART OF A NAME]…\n\nThe flaws:");
        for flaw in all() {
            println!("  {}", flaw.name);
        }
        return ExitCode::SUCCESS;
    }
    match try_all(&chosen) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(uncaught) => {
            eprintln!("error: {uncaught} flaws were not caught");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> impl Iterator<Item = &'static Flaw> {
    [OF_THE_INBOX, OF_THE_REACTOR, OF_THE_RECONCILER]
        .into_iter()
        .flatten()
}

/// Tries the flaws whose names contain one of these texts, or all. Gives the number of those that were not caught.
fn try_all(chosen: &[String]) -> io::Result<usize> {
    let tree = Tree::copied()?;
    let is_chosen =
        |flaw: &&Flaw| chosen.is_empty() || chosen.iter().any(|part| flaw.name.contains(part));
    let flaws: Vec<_> = all().filter(is_chosen).collect();
    if flaws.is_empty() {
        return Err(io::Error::other(
            "no flaw has such a name; --help lists them",
        ));
    }
    println!("The checks are built in a copy of the workspace: that takes minutes the first time.");
    sound_first(&tree, &flaws)?;
    let mut caught = 0;
    for (number, flaw) in flaws.iter().enumerate() {
        let started = Instant::now();
        let verdict = with(&tree, flaw)?;
        let progress = format!("{:2}/{}", number + 1, flaws.len());
        let seconds = started.elapsed().as_secs();
        match verdict {
            Verdict::Caught => {
                caught += 1;
                println!(
                    "{progress}  caught    {}: “{}” ({seconds} s)",
                    flaw.name, flaw.caught_by
                );
            }
            Verdict::Otherwise(told) => println!("{progress}  UNCLEAR   {}:\n{told}", flaw.name),
            Verdict::Survived => println!("{progress}  SURVIVED  {} ({seconds} s)", flaw.name),
        }
    }
    println!("{caught} of {} flaws caught", flaws.len());
    Ok(flaws.len() - caught)
}

/// A check that fails anyway would catch everything.
fn sound_first(tree: &Tree, flaws: &[&Flaw]) -> io::Result<()> {
    let proofs: BTreeSet<_> = flaws.iter().map(|flaw| flaw.proof).collect();
    for proof in proofs {
        let (passes, told) = run(tree, proof)?;
        // A name that no test has passes, and proves nothing.
        if !passes || !told.contains(&format!("{} ... ok", proof.1)) {
            let told = format!("{} does not pass on sound code:\n{told}", proof.1);
            return Err(io::Error::other(told));
        }
        println!("sound  {}", proof.1);
    }
    Ok(())
}

/// What becomes of a flaw. The copy is sound again afterwards.
fn with(tree: &Tree, flaw: &Flaw) -> io::Result<Verdict> {
    let file = tree.path(flaw.file);
    let sound = fs::read_to_string(&file)?;
    let times = sound.matches(flaw.sound).count();
    if times != 1 {
        let told = format!("{} holds {times} times what it should change", flaw.file);
        return Ok(Verdict::Otherwise(told));
    }
    fs::write(&file, sound.replace(flaw.sound, flaw.flawed))?;
    let checked = check(tree, flaw);
    fs::write(&file, sound)?;
    checked
}

fn check(tree: &Tree, flaw: &Flaw) -> io::Result<Verdict> {
    let (passes, told) = run(tree, flaw.proof)?;
    Ok(if passes {
        Verdict::Survived
    } else if told.contains(flaw.caught_by) {
        Verdict::Caught
    } else {
        let lines: Vec<_> = told.lines().rev().take(30).collect();
        Verdict::Otherwise(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    })
}

/// Whether a test passes in the copy, and what it tells. What is built lies in the copy too: to cargo its packages are those of the
/// workspace, so next to what was built of these it would be taken for it.
fn run(tree: &Tree, (package, test): (&str, &str)) -> io::Result<(bool, String)> {
    let run = Command::new("cargo")
        .args(["test", "-p", package, "--", test])
        .current_dir(tree.root())
        .env_remove("CARGO_TARGET_DIR")
        .envs(BOUNDS)
        .output()?;
    let told = [run.stdout, run.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    Ok((run.status.success(), told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flaw_has_a_place_in_the_code() {
        for flaw in all() {
            let file = tree::source().join(flaw.file);
            let code = fs::read_to_string(file).expect("the file is there");
            assert_eq!(code.matches(flaw.sound).count(), 1, "{}", flaw.name);
        }
    }
}
