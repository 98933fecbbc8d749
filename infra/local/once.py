"""Checks that no dependency is compiled twice: once for what runs locally, once more for `cargo test`.

Cargo does that for a package, and for all that stands on it, when features are asked for by dev-dependencies alone.
"""

import subprocess
from collections import defaultdict

from places import ROOT, Trouble


def check():
    """Complains of packages whose features are others in the tests."""
    run, tested = features("--edges", "normal,build"), features()
    others = sorted(package for package in run if run[package] != tested[package])
    if others:
        raise Trouble(
            f"`cargo test` would compile {', '.join(others)} with other features than `cargo build`, and again what stands on "
            "it. `cargo tree -e features -i PACKAGE` shows who asks for them: name that crate in [dependencies] of a crate under tests/."
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
