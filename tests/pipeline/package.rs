//! What a tag publishes, made of the functions that were built for this machine: deployed without Rust, checked, made again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use algapsa::Ticket;
use sha2::{Digest, Sha256};
use support::template::{lint, python};
use support::{Stack, Target};

static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| make("package"));

const LOCAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/local");

fn run(words: &[&str]) -> String {
    let output = Command::new(python()).args(words).output();
    let output = output.expect("python can be run");
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {trouble}");
    String::from_utf8(output.stdout).expect("it prints text")
}

/// A package, made in a folder of this name.
fn make(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    run(&[LOCAL, "package", "--local", text(&folder)]);
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

/// All files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).expect("a file"))
    };
    paths.map(named).collect()
}

#[test]
fn a_package_deploys_without_rust_and_takes_and_reacts_to_a_delivery() {
    let target = Target::start();
    let parameters = format!("HoldSeconds=0 ReactionUrl={}", target.url);
    let stack = Stack::deploy_package(&parameters, &PACKAGE);
    let event = Ticket::new("Out of the box").event("ticket.created", 0);
    assert_eq!(stack.sender().send(&event).outcome(), "200 accepted");
    let call = target.wait_for_reaction(&event);
    assert!(call.is_signed_with(&stack.reaction_secret));
}

#[test]
fn the_packages_template_is_clean_to_cfn_lint() {
    assert_eq!(lint(&PACKAGE.join("template.yaml")), None);
}

#[test]
fn the_same_functions_make_the_same_package_to_the_byte_and_its_checksums_are_right() {
    let first = files(&PACKAGE);
    let again = files(&make("again"));
    assert!(first == again, "two packages of the same functions differ");
    let sums = String::from_utf8(first["SHA256SUMS"].clone()).unwrap();
    let others = first.iter().filter(|(name, _)| *name != "SHA256SUMS");
    let expected =
        others.map(|(name, data)| format!("{}  {name}\n", hex::encode(Sha256::digest(data))));
    assert_eq!(sums, expected.collect::<String>());
    assert_eq!(first.len(), 5, "{:?}", first.keys());
}

#[test]
fn other_functions_get_other_names_or_cloudformation_would_keep_the_old_ones() {
    let code = "import sys; sys.path.insert(0, sys.argv[1])
import package
for code in (b'old', b'new'):
    print(package.fingerprint({('receiver', 'arm64'): code}))";
    let printed = run(&["-B", "-c", code, LOCAL]);
    let [old, new] = printed.lines().collect::<Vec<_>>()[..] else {
        panic!("two names: {printed}")
    };
    assert_ne!(old, new);
}

#[test]
fn the_tools_archive_is_the_same_to_the_byte_whenever_it_is_made() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tool");
    let program = folder.join("alga-webhooks");
    fs::create_dir_all(&folder).unwrap();
    let archive = |content: &str| {
        fs::write(&program, content).unwrap();
        let path = run(&[
            "-B",
            &format!("{LOCAL}/archive.py"),
            text(&program),
            text(&folder),
        ]);
        fs::read(path.trim_end()).expect("the archive")
    };
    let first = archive("a program");
    assert_eq!(first[4..8], [0; 4], "gzip's header tells no time");
    assert_ne!(archive("another program"), first);
    assert!(
        archive("a program") == first,
        "the same program makes another archive"
    );
}
