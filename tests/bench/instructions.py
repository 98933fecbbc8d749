"""Counts the instructions that a warm delivery of 2 kB takes, with valgrind's callgrind, and writes instructions.json for the
report. What it counts hardly varies from run to run, unlike times. It takes a minute, and the first build about ten."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "infra" / "local"))

import build
import callgrind
import contenders
import prepare
import words
from figures import FLOOR, OURS, table
from places import ROOT, TARGET, Trouble

KEPT = HERE / "instructions.json"
OUT = TARGET / "bench" / "instructions"
# A run and another of twice as many deliveries: the start takes the same in both, so it falls out of their difference.
DELIVERIES = 100
# Programs keep the names of their functions here, which the released ones do without.
NAMED = {"CARGO_TARGET_DIR": str(TARGET / "bench" / "named"), "CARGO_PROFILE_RELEASE_STRIP": "none"}


def main():
    parser = argparse.ArgumentParser(prog="python3 tests/bench/instructions.py", description=__doc__)
    parser.add_argument("--programs", type=Path, help="a folder of programs with symbols; they are built if it is not given")
    arguments = parser.parse_args()
    return prepare.inside(lambda: count(arguments.programs or built()))


def built():
    build.released("bench")
    for packages in (contenders.FUNCTIONS, ["floor"]):
        build.released(*packages, environment=NAMED)
    return Path(NAMED["CARGO_TARGET_DIR"]) / "release"


def count(programs):
    runs = [run(programs, deliveries) for deliveries in (DELIVERIES, 2 * DELIVERIES)]
    # Before the deliveries the bench warms up with a fifth of them.
    parts = {name: per_delivery(*(counted[name] for counted in runs), DELIVERIES * 6 / 5) for name in (OURS, FLOOR)}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    KEPT.write_text(json.dumps({"date": str(date.today()), "commit": commit, "parts": parts}, indent=1) + "\n")
    for name, held in parts.items():
        print(f"{name}: {sum(held['by_part'].values()):,} instructions for each delivery")


def run(programs, deliveries):
    """What callgrind has counted, by contender."""
    OUT.mkdir(parents=True, exist_ok=True)
    plan, found = OUT / "plan.json", OUT / "found.json"
    compared = [contenders.ours(programs)["plan"], contenders.floor(programs)["plan"]]
    counts = {contender["name"]: OUT / f"{contender['name']}-{deliveries}" for contender in compared}
    for contender in compared:
        counts[contender["name"]].unlink(missing_ok=True)
        contender["receiver"]["command"] = watched(contender["receiver"]["command"], counts[contender["name"]])
    nothing = {"cold_starts": 0, "batches": 1, "growth": [], "growth_events": 1, "growth_runs": 0}
    plan.write_text(json.dumps({"rounds": 1, "deliveries": deliveries, "only": ["new 2 kB"], "contenders": compared, **nothing}))
    if subprocess.run([build.RELEASE / "bench", plan, found]).returncode != 0:
        raise Trouble("The bench stopped: see above. This needs valgrind.")
    return {name: callgrind.read(finished(path)) for name, path in counts.items()}


def watched(command, counts):
    """Runs a function under callgrind. The bench ends the shell; the function ends by itself without its Runtime API."""
    script = f'valgrind --tool=callgrind --callgrind-out-file="{counts}" "$@" > "{counts}.log" 2>&1; true'
    return ["sh", "-c", script, "sh", *command]


def finished(counts):
    """The file, when callgrind has written it."""
    for _ in range(300):
        if counts.exists() and "\ntotals: " in counts.read_text(errors="replace"):
            return counts
        time.sleep(0.2)
    raise Trouble(f"callgrind has counted nothing: see {counts}.log.")


def per_delivery(few, many, deliveries):
    """Instructions by part, and those of SHA-256, which are in several parts."""
    more = [Counter({what: (after[what] - before[what]) / deliveries for what in after}) for before, after in zip(few, many)]
    parts = callgrind.by_part(*more)
    hashing = sum(count for function, count in more[0].items() if "sha256::compress" in function)
    return {"by_part": {part: round(count) for part, count in parts.most_common()}, "sha256": round(hashing)}


def written():
    """The section of the report."""
    counted = json.loads(KEPT.read_text())
    ours, floor = (counted["parts"][name] for name in (OURS, FLOOR))
    both = lambda part: (ours["by_part"].get(part, 0), floor["by_part"].get(part, 0))
    held = {part: both(part) for part in {**ours["by_part"], **floor["by_part"]}}
    held = dict(sorted(held.items(), key=lambda part: part[1][1] - part[1][0]))
    held["all"] = tuple(map(sum, zip(*held.values())))
    thousands = lambda count: f"{count / 1000:,.0f}"
    rows = [[part, *map(thousands, counts), f"{(counts[0] - counts[1]) / 1000:+,.0f}"] for part, counts in held.items() if max(counts) >= 500]
    hashed = {"ours": thousands(ours["sha256"]), "floor": thousands(floor["sha256"])}
    said = words.INSTRUCTIONS.format(date=counted["date"], commit=counted["commit"], **hashed)
    return f"## Instructions\n\n{said.strip()}\n\n{table(['', 'alga-webhooks', 'floor', 'more'], rows)}"


if __name__ == "__main__":
    sys.exit(main())
