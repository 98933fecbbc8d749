"""Measures alga-webhooks next to what else one could run, and writes RESULTS.md and its plots. `make bench` runs it."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "infra" / "local"))

import prepare
from places import TARGET, Trouble

OUT = TARGET / "bench"


def main():
    arguments = parse()
    return prepare.inside(lambda: bench(arguments))


def bench(arguments):
    measured = OUT / "measured.json"
    if not arguments.report_only:
        found = measure(arguments)
        if arguments.only:
            return show(found)
        measured.write_text(json.dumps(found))
    return report(measured)


def parse():
    parser = argparse.ArgumentParser(prog="python3 tests/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured")
    parser.add_argument("--quick", action="store_true", help="a look at whether it runs; its figures say little")
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO", help="'new 2 kB' or growth, for example; writes no report")
    parser.add_argument("--report-only", action="store_true", help="write the report again from what was measured before")
    return parser.parse_args()


def measure(arguments):
    import contenders, kept, steps

    OUT.mkdir(parents=True, exist_ok=True)
    programs = contenders.built()
    chosen, missing = contenders.prepared(programs)
    if not arguments.only:
        steps.build()
    rounds = 2 if arguments.quick else arguments.rounds
    plan = {
        "rounds": rounds,
        "cold_starts": 2 if arguments.quick else 8 * rounds,
        "deliveries": 100 if arguments.quick else 1000,
        "batches": 40 if arguments.quick else 400,
        "growth": growth(arguments),
        "growth_events": 100 if arguments.quick else 300,
        "growth_runs": rounds,
        "only": arguments.only,
        "contenders": [contender["plan"] for contender in chosen],
    }
    (OUT / "plan.json").write_text(json.dumps(plan, indent=1))
    found = OUT / "found.json"
    load, started = os.getloadavg()[0], time.monotonic()
    if kept.run([programs / "bench", OUT / "plan.json", found], dict(os.environ)) != 0:
        raise Trouble("The bench stopped: see above.")
    found = json.loads(found.read_text())
    about = [{name: held for name, held in contender.items() if name != "plan"} for contender in chosen]
    micro = {} if arguments.only else steps.measured()
    took = {"load": load, "took_s": time.monotonic() - started}
    return {"plan": plan, "about": about, "missing": missing, "steps": micro, **took, **found}


def growth(arguments):
    """How many events wait."""
    if arguments.only and "growth" not in arguments.only:
        return []
    return [1, 10, 100] if arguments.quick else [1, 10, 100, 1000, 10000]


def show(found):
    """CPU and time of what was asked for, for tuning."""
    in_ms = lambda values: " ".join(f"{us / 1000:.3f}" for us in sorted(values))
    for kind in ("receivers", "reactors"):
        for name, held in found[kind].items():
            for scenario, rounds in held["warm"].items():
                cpu, time = (in_ms(one[what] for one in rounds) for what in ("cpu_us", "median_us"))
                print(f"{kind[:-1]:9} {name:14} {scenario:32} ms, lowest first: CPU {cpu}, time {time}")
    for point in found["growth"]:
        print(f"{point['waiting']:6} waiting, {point['way']:30} ms, lowest first: CPU {in_ms(point['cpu_us'])}")


def report(measured):
    import contenders, cost, monthly, report

    if not measured.exists():
        raise Trouble("Nothing was measured yet: run `make bench`.")
    plots = contenders.environment("plots", HERE / "requirements.txt", "what draws the plots")
    costs = OUT / "costs.json"
    found = json.loads(measured.read_text())
    text, chart = report.written(found)
    costs.write_text(json.dumps(chart))
    if subprocess.run([plots, "-B", HERE / "plots.py", measured, costs, HERE]).returncode != 0:
        raise Trouble("The plots could not be drawn: see above.")
    (HERE / "RESULTS.md").write_text(text)
    print(f"Written: {(HERE / 'RESULTS.md').relative_to(HERE.parents[1])}")
    monthly.MEASURED.write_text(json.dumps(cost.invocations(found, report.OURS), indent=1) + "\n")
    monthly.write()


if __name__ == "__main__":
    sys.exit(main())
