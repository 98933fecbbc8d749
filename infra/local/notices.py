"""The licences of all that is compiled into what is published; most of them ask to be passed on with it."""

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path

from places import FUNCTIONS, ROOT, TOOL, Trouble

IS_LICENCE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


def text():
    """Each licence once, after the names of the packages that come with it."""
    under = defaultdict(list)
    for package in packages():
        for licence in licences(package):
            under[licence].append(f"{package['name']} {package['version']}")
    parts = (f"{', '.join(names)}\n\n{licence}\n" for licence, names in sorted(under.items(), key=lambda each: each[1]))
    return f"\n{'-' * 100}\n\n".join(parts)


def packages():
    """What the functions and the tool are made of, on any system, apart from this repository."""
    chosen = [word for name in (*FUNCTIONS, TOOL) for word in ("--package", name)]
    tree = cargo("tree", "--target", "all", "--edges", "normal", "--prefix", "none", "--format", "{p}", *chosen)
    compiled = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    known = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    return [each for each in known if each["source"] and (each["name"], f"v{each['version']}") in compiled]


def licences(package):
    """The texts in a package; where it has none, what it says of its licence."""
    folder = Path(package["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if file.is_file() and IS_LICENCE.match(file.name))
    return [file.read_text(errors="replace").strip() for file in files] or [
        f"{package['license']}, by {', '.join(package['authors']) or package['repository']}"
    ]


def cargo(*words):
    told = subprocess.run(["cargo", *words], cwd=ROOT, capture_output=True, text=True)
    if told.returncode != 0:
        raise Trouble(f"cargo {words[0]} failed: {told.stderr}")
    return told.stdout
