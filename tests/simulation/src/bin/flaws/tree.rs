//! A copy of the workspace, in which anything may be broken.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// What is not code.
const LEFT_OUT: [&str; 3] = ["target", ".git", "tests/bench/peers/node/node_modules"];

/// The copy.
pub struct Tree {
    root: PathBuf,
}

/// The workspace itself.
pub fn source() -> PathBuf {
    let simulation = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = simulation.ancestors().nth(2);
    workspace.expect("the workspace").to_owned()
}

impl Tree {
    /// Copies the workspace as it is now. What did not change since the last copy stays, and need not be built again.
    pub fn copied() -> io::Result<Self> {
        let root = source().join("target/flaws");
        copy(&source(), &root)?;
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            let is = |left_out: &&str| entry.path() == source().join(left_out);
            if !LEFT_OUT.iter().any(is) {
                copy(&entry.path(), &to)?;
            }
        } else if fs::read(&to).ok() != Some(fs::read(entry.path())?) {
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
