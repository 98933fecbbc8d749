"""Checks that no dependency is compiled twice: once for what runs locally, once more for all tests or for those of one level.

Cargo compiles a package again, with everything that depends on it, when two commands want different features of it.
"""

import subprocess
from collections import defaultdict

from places import ROOT, Trouble


LEVELS = ("functions", "laws", "pipeline", "simulation")


def check():
    """Fails if the features of any package differ."""
    tested = features()
    same("`cargo build`", features("--edges", "normal,build"), tested)
    for level in LEVELS:
        same(f"`cargo test -p {level}`", features("--package", level), tested)


def same(command, some, tested):
    others = sorted(package for package in some if some[package] - tested[package])
    if others:
        raise Trouble(
            f"{command} compiles {', '.join(others)} with other features than `cargo test`, so all of it is compiled twice. "
            "`cargo tree -e features -i PACKAGE` shows what asks for them: ask for the same in tests/support/Cargo.toml."
        )


def features(*edges):
    """The features that each package outside this repository is built with, `{name and version: {features}}`."""
    tree = ["cargo", "tree", "--locked", "--prefix", "none", "--format", "{p};{f}", *edges]
    told = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True)
    if told.returncode != 0:
        raise Trouble(f"cargo tree failed: {told.stderr}")
    found = defaultdict(set)
    for line in filter(None, told.stdout.splitlines()):
        package, wanted = line.removesuffix(" (*)").split(";")  # the mark of what has been listed before
        found[package.removesuffix(" (proc-macro)")].add(wanted)
    return {package: wanted for package, wanted in found.items() if "(/" not in package}
