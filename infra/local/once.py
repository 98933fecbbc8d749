"""Checks that no dependency is compiled twice: once for what runs locally, once more for all tests or for those of one level.

Cargo does that for a package, and for all that stands on it, when the one asks for other features than the other.
"""

import subprocess
from collections import defaultdict

from places import ROOT, Trouble


LEVELS = ("functions", "laws", "pipeline", "simulation")


def check():
    """Complains of packages whose features differ."""
    tested = features()
    same("`cargo build`", features("--edges", "normal,build"), tested)
    for level in LEVELS:
        same(f"`cargo test -p {level}`", features("--package", level), tested)


def same(command, some, tested):
    others = sorted(package for package in some if some[package] - tested[package])
    if others:
        raise Trouble(
            f"{command} compiles {', '.join(others)} with other features than `cargo test`, and again what stands on it. "
            "`cargo tree -e features -i PACKAGE` shows who asks for them: ask for the same in tests/support/Cargo.toml."
        )


def features(*edges):
    """The features that each package outside this repository is built with, `{name and version: {features}}`."""
    tree = ["cargo", "tree", "--locked", "--no-dedupe", "--prefix", "none", "--format", "{p};{f}", *edges]
    told = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True)
    if told.returncode != 0:
        raise Trouble(f"cargo tree failed: {told.stderr}")
    found = defaultdict(set)
    for line in filter(None, told.stdout.splitlines()):
        package, wanted = line.split(";")
        found[package.removesuffix(" (proc-macro)")].add(wanted)
    return {package: wanted for package, wanted in found.items() if "(/" not in package}
