"""Runs the micro-benchmarks and reads the table that divan prints."""

import os
import re
import subprocess

from places import ROOT, TARGET, Trouble

UNITS = {"ns": 1e-3, "µs": 1.0, "ms": 1e3, "s": 1e6}
ROW = re.compile(r"(\d+)\s+([\d.]+) (\S+)\s+│ ([\d.]+) (\S+)\s+│ ([\d.]+) (\S+)")


def build():
    """Before anything is measured, so that the compiler disturbs nothing."""
    bench("--no-run")


def measured():
    """Microseconds by step and size: the fastest and the median."""
    print("Micro-benchmarks …", flush=True)
    return read(bench())


def bench(*how):
    command = ["cargo", "bench", "--package", "bench", "--bench", "steps", *how]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        raise Trouble("The micro-benchmarks failed: see above.")
    return ran.stdout


def read(table):
    found, step = {}, ""
    for line in table.splitlines():
        words = line.lstrip("│├╰─ ")
        row = ROW.match(words)
        if row:
            size, fastest, unit, _, _, median, median_unit = row.groups()
            of_step = found.setdefault(step, {})
            of_step[size] = {"fastest": float(fastest) * UNITS[unit], "median": float(median) * UNITS[median_unit]}
        elif words:
            step = words.split()[0]
    if not found:
        raise Trouble("The micro-benchmarks printed no table that can be read.")
    return found
