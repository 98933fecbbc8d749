"""Writes RESULTS.md out of what was measured."""

import platform
import subprocess
from statistics import median

import cost
import words

OURS = "alga-webhooks"
FLOOR = "floor"


def written(measured):
    """The text, and what the cost chart shows."""
    names = [contender["name"] for contender in measured["about"]]
    charted = {name: costs(measured, name, "2 kB", 10) for name in names if name != FLOOR}
    sections = [
        words.HEAD,
        in_short(measured, names, charted),
        machine(measured),
        receivers(measured, names),
        sizes(measured, names),
        reactors(measured, names),
        growth(measured),
        counted(measured, names),
        charged(measured, names),
        steps(measured["steps"]),
        words.COMPARED,
        words.LIMITS,
    ]
    return "\n\n".join(section.strip() for section in sections) + "\n", charted


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(values, form="{:.2f}"):
    """Median, lowest and highest."""
    values = list(values)
    return f"{form.format(median(values))} ({form.format(min(values))}–{form.format(max(values))})"


def ms(micros):
    return [value / 1000 for value in micros]


def warm(measured, kind, name, scenario):
    return measured[kind][name]["warm"].get(scenario)


def cpu(measured, kind, name, scenario):
    rounds = warm(measured, kind, name, scenario)
    return [one["cpu_us"] for one in rounds] if rounds else None


def ratio(measured, kind, name, other, scenario):
    """Round by round, since what disturbs a round disturbs both."""
    ours, theirs = cpu(measured, kind, name, scenario), cpu(measured, kind, other, scenario)
    return [a / b for a, b in zip(ours, theirs)]


def in_short(measured, names, charted):
    kinds = [("receivers", "new 2 kB", "keeps a delivery of 2 kB"), ("reactors", "1 event 2 kB", "reacts to an event")]
    lines = []
    for kind, scenario, does in kinds:
        took = median(cpu(measured, kind, OURS, scenario)) / 1000
        others = [name for name in names if name not in (OURS, FLOOR)]
        than = [f"{median(ratio(measured, kind, name, OURS, scenario)):.1f} times ours in {name}" for name in others]
        times = median(ratio(measured, kind, OURS, FLOOR, scenario))
        line = f"- The {kind[:-1]} {does} with {took:.2f} ms of CPU: {times:.2f} times what the bare minimum in Rust takes"
        lines.append(line + ("; a usual handler takes " + ", and ".join(than) if than else "") + ".")
    starts = {name: median(measured["receivers"][name]["cold_starts_us"]) / 1000 for name in names}
    listed = ", ".join(f"{value:.0f} ms for {name}" for name, value in starts.items() if name != OURS)
    lines.append(f"- A cold receiver is ready after {starts[OURS]:.0f} ms of its own ({listed}), which Lambda's own start is added to.")
    totals = {name: sum(parts.values()) for name, parts in charted.items() if parts}
    listed = ", ".join(f"{value:.2f} USD with {name}" for name, value in totals.items() if name != OURS)
    lines.append(
        f"- A million events of 2 kB, a tenth of the deliveries duplicates, cost about {totals[OURS]:.2f} USD"
        + (f" ({listed}, which promise less: see [below](#what-is-compared))." if listed else ".")
    )
    lines.append(busy(measured))
    return "## In short\n\n" + "\n".join(line for line in lines if line)


def busy(measured):
    largest = max((point["waiting"] for point in measured["growth"]), default=None)
    if largest is None:
        return ""
    at = {point["way"]: point["cpu_us"] for point in measured["growth"] if point["waiting"] == largest}
    hot = at["one busy ticket"] / at["quiet tickets"]
    return (
        f"- With {largest:,} events waiting for one ticket, an event takes {hot:.2f} times the CPU of one among "
        f"{largest:,} quiet tickets."
    )


def machine(measured):
    version = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    cpus = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    plan = measured["plan"]
    versions = ", ".join(f"{held['name']} {held['version'].removeprefix(held['name']).strip(' v')}" for held in measured["about"] if held["version"])
    lines = [
        f"- {len(cpus)} cores, {cpus[0]}, {platform.machine()}, Linux {platform.release()}",
        f"- {version('rustc', '--version')}{', ' if versions else ''}{versions}",
        f"- {plan['rounds']} rounds, in each of which every function is started again and all take turns, scenario by "
        f"scenario; {plan['deliveries']:,} deliveries a round and scenario, fewer of the large ones, a fifth for Python; "
        f"{plan['cold_starts'] + plan['rounds']} cold starts of each receiver, {plan['cold_starts']} of each reactor",
        "- Figures are medians over the rounds, with the lowest and the highest round in brackets",
        *[f"- {sentence}" for sentence in measured["missing"]],
    ]
    return "## Where and how\n\n" + "\n".join(lines)


def receivers(measured, names):
    head = ["receiver", "cold start, ms", "first delivery, ms", "warm, ms", "p99, ms", "CPU, ms", "CPU to floor", "memory, MB", "zip, MB"]
    rows = [function_row(measured, "receivers", name, "new 2 kB", 0) for name in names]
    return f"## Receiver\n\n{words.RECEIVER.strip()}\n\n{table(head, rows)}\n\n{words.COLD.strip()}"


def reactors(measured, names):
    head = ["reactor", "cold start, ms", "first batch, ms", "warm, ms", "p99, ms", "CPU, ms", "CPU to floor", "memory, MB", "zip, MB"]
    rows = [function_row(measured, "reactors", name, "1 event 2 kB", 1) for name in names]
    scenarios = ["10 events of 10 tickets", "10 events of 1 ticket"]
    batches = []
    for name in names:
        cells = [spread([one["cpu_us"] / 10_000 for one in warm(measured, "reactors", name, scenario)]) for scenario in scenarios]
        cells += [spread([one["median_us"] / 10_000 for one in warm(measured, "reactors", name, scenario)]) for scenario in scenarios]
        batches.append([name, *cells])
    more = ["reactor, ms for each event", "CPU, 10 tickets", "CPU, 1 ticket", "time, 10 tickets", "time, 1 ticket"]
    return f"## Reactor\n\n{words.REACTOR.strip()}\n\n{table(head, rows)}\n\nBatches of ten:\n\n{table(more, batches)}"


def function_row(measured, kind, name, scenario, which):
    held, rounds = measured[kind][name], warm(measured, kind, name, scenario)
    about = next(contender for contender in measured["about"] if contender["name"] == name)
    return [
        name,
        spread(ms(held["cold_starts_us"]), "{:.1f}"),
        spread(ms(held["first_us"]), "{:.1f}"),
        spread(ms(one["median_us"] for one in rounds)),
        spread(ms(one["p99_us"] for one in rounds)),
        spread(ms(one["cpu_us"] for one in rounds)),
        spread(ratio(measured, kind, name, FLOOR, scenario)),
        f"{max(peaks[1] for peaks in held['peaks_kb']) / 1024:.0f}",
        f"{about['zips'][which] / 1e6:.2f}",
    ]


def sizes(measured, names):
    scenarios = [f"new {size}" for size in ("0.3 kB", "2 kB", "10 kB", "50 kB", "200 kB", "600 kB")]
    rows = []
    for name in names:
        found = [cpu(measured, "receivers", name, scenario) for scenario in scenarios]
        rows.append([name, *[f"{median(held) / 1000:.2f}" if held else "refused" for held in found]])
    others = ["duplicate 2 kB", "forged 2 kB"]
    for name, row in zip(names, rows):
        found = [cpu(measured, "receivers", name, scenario) for scenario in others]
        row.extend(f"{median(held) / 1000:.2f}" if held else "–" for held in found)
    head = ["CPU, ms", *[scenario.removeprefix("new ") for scenario in scenarios], *others]
    return f"## By size and kind\n\n{words.SIZES.strip()}\n\n{table(head, rows)}\n\n{words.SIZES_PLOT.strip()}"


def growth(measured):
    if not measured["growth"]:
        return ""
    ways = list(dict.fromkeys(point["way"] for point in measured["growth"]))
    rows = []
    for waiting in dict.fromkeys(point["waiting"] for point in measured["growth"]):
        points = {point["way"]: point for point in measured["growth"] if point["waiting"] == waiting}
        cells = [f"{points[way]['cpu_us'] / 1000:.2f}" for way in ways]
        cells += [f"{points[way]['time_us'] / 1000:.1f}" if points[way]["time_us"] else "–" for way in ways]
        cells += [f"{max(points[way]['peak_kb'] for way in ways) / 1024:.0f}"]
        rows.append([f"{waiting:,}", *cells])
    head = ["waiting", *[f"CPU, {way}" for way in ways], *[f"time, {way}" for way in ways], "memory, MB"]
    return f"## One busy ticket\n\n{words.GROWTH.strip()}\n\n{table(head, rows)}\n\n{words.GROWTH_PLOT.strip()}"


def counted(measured, names):
    rows = []
    for kind, wanted in (("receivers", ("new", "duplicate")), ("reactors", ("1 event",))):
        for scenario in (f"{word} {size}" for word in wanted for size in cost.SIZES):
            for name in names:
                if name != FLOOR and (rounds := warm(measured, kind, name, scenario)):
                    rows.append([f"{scenario}, {name}", *counts(cost.invocation(rounds))])
    head = ["one invocation", "calls", "write units", "read units", "SQS requests", "log, bytes"]
    return f"## What an invocation asks for\n\n{words.COUNTED.strip()}\n\n{table(head, rows)}"


def counts(took):
    whole = [took["write_units"], took["read_units"], took["queue_requests"], took["logged"]]
    calls = ", ".join(f"{times:.0f} {name}" if times > 1 else name for name, times in took["calls"].items())
    return [calls or "none", *[f"{value:,.0f}" for value in whole]]


def costs(measured, name, size, duplicates):
    return cost.of_events(measured["receivers"][name], measured["reactors"][name], size, duplicates)


def charged(measured, names):
    rows = []
    for size in cost.SIZES:
        for name in names:
            found = [costs(measured, name, size, share) for share in cost.DUPLICATES]
            if name != FLOOR and found[0]:
                parts = [f"{found[0][part]:.2f}" for part in cost.PARTS]
                rows.append([f"{size}, {name}", *parts, *[f"**{sum(one.values()):.2f}**" for one in found]])
    shares = [f"{share} % duplicates" for share in cost.DUPLICATES]
    head = ["USD for a million events", *cost.PARTS, *shares]
    prices = [[name, shown, source] for name, (_, shown, source) in cost.PRICES.items()]
    listed = table(["price", "USD", "read in"], prices)
    return f"## Cost\n\n{words.COST.strip()}\n\n{table(head, rows)}\n\n{words.COST_PLOT.strip()}\n\n{listed}"


def steps(found):
    sizes = list(next(iter(found.values())))
    head = ["µs, median (fastest)", *[f"{int(size) / 1000:g} kB" for size in sizes]]
    rows = []
    for step, held in found.items():
        rows.append([step, *[f"{held[size]['median']:.1f} ({held[size]['fastest']:.1f})" for size in sizes]])
    return f"## Steps\n\n{words.STEPS.strip()}\n\n{table(head, rows)}"
