"""Writes RESULTS.md out of what was measured."""

import platform
import subprocess
from statistics import median

import cost
import goals
import instructions
import words
from figures import (
    FLOOR, NODE, ONE, ONE_TICKET, OURS, TEN_TICKETS, asked, busy, cold, cpu, delayed, listed, ms, ratio, ratios, spread, table, time, to_queue, trips, warm,
)


def written(measured):
    """The text, and what the cost chart shows."""
    names = [contender["name"] for contender in measured["about"]]
    charted = {name: costs(measured, name, "2 kB", 10) for name in names if name != FLOOR}
    sections = [
        words.HEAD.format(minutes=round(measured["took_s"] / 60)),
        in_short(measured, names, charted),
        goals.written(measured),
        machine(measured),
        receivers(measured, names),
        sizes(measured, names),
        reactors(measured, names),
        growth(measured),
        counted(measured, names),
        charged(measured, names),
        steps(measured["steps"]),
        instructions.written(),
        words.noticed(),
        words.compared(keeps_objects(measured)),
        words.limits(),
    ]
    return "\n\n".join(section.strip() for section in sections) + "\n", charted


def in_short(measured, names, charted):
    kinds = [("receivers", "new 2 kB", "keeps a delivery of 2 kB"), ("reactors", "1 event 2 kB", "reacts to an event")]
    lines = []
    for kind, scenario, does in kinds:
        took = median(cpu(measured, kind, OURS, scenario)) / 1000
        others = [name for name in names if name not in (OURS, FLOOR)]
        than = [f"{median(ratio(measured, kind, name, OURS, scenario)):.1f} times ours in {name}" for name in others]
        times = median(ratio(measured, kind, OURS, FLOOR, scenario))
        line = f"- The {kind[:-1]} {does} with {took:.2f} ms of CPU: {times:.2f} times what a bare function in Rust takes (*floor*)"
        lines.append(line + ("; a usual handler takes " + ", and ".join(than) if than else "") + ".")
    lines.append(waits(measured, others))
    starts = {name: median(measured["receivers"][name]["cold_starts_us"]) / 1000 for name in names}
    beside = ", ".join(f"{value:.0f} ms for {name}" for name, value in starts.items() if name != OURS)
    lines.append(f"- A cold receiver is ready after {starts[OURS]:.0f} ms of its own ({beside}), which Lambda's own start is added to.")
    totals = {name: sum(parts.values()) for name, parts in charted.items() if parts}
    beside = ", ".join(f"{value:.2f} USD with {name}" for name, value in totals.items() if name != OURS)
    lines.append(
        f"- A million events of 2 kB, a tenth of the deliveries duplicates, cost about {totals[OURS]:.2f} USD"
        + (f" ({beside}, which promise less: see [below](#what-is-compared))." if beside else ".")
    )
    lines.append(crowd(measured))
    return "## In short\n\n" + "\n".join(line for line in lines if line)


def waits(measured, others):
    scenario = delayed(ONE)
    took = {name: median(time(measured, "reactors", name, scenario)) / 1000 for name in (OURS, *others)}
    than = [f"{took[name]:.0f} ms in {name}" for name in others]
    beside = f" ({listed(than)})" if than else ""
    return (
        f"- When AWS answers after 4 ms, the reactor takes {took[OURS]:.0f} ms for an event in a batch of its own{beside}, "
        f"and waits for {trips(measured, OURS, scenario):.1f} answers in a row."
    )


def crowd(measured):
    waiting, values = busy(measured)
    if not values:
        return ""
    return (
        f"- With {waiting:,} events waiting for one ticket, an event takes {median(values):.2f} times the CPU of one among "
        f"{waiting:,} quiet tickets."
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
        f"scenario; {plan['deliveries']:,} deliveries a round and scenario, fewer of the large ones{slower(plan)}; "
        f"{plan['cold_starts'] + plan['rounds']} cold starts of each receiver, {plan['cold_starts']} of each reactor",
        "- Figures are medians over the rounds, with the lowest and the highest round in brackets",
        f"- Load of the machine in the minute before: {measured['load']:.2f} processes",
        *[f"- {sentence}" for sentence in measured["missing"]],
    ]
    return "## Where and how\n\n" + "\n".join(lines)


def slower(plan):
    fewer = [f"for {held['name']} {held['slower']} times fewer" for held in plan["contenders"] if held["slower"] > 1]
    return f", and {listed(fewer)}" if fewer else ""


def receivers(measured, names):
    head = ["receiver", "cold start, ms", "to floor", "first delivery, ms", "warm, ms", "p99, ms", "CPU, ms", "CPU to floor", "memory, MB", "zip, MB"]
    rows = [function_row(measured, "receivers", name, "new 2 kB", 0) for name in names]
    return f"## Receiver\n\n{words.RECEIVER.strip()}\n\n{table(head, rows)}\n\n{words.COLD.strip().format(ready=ready(measured, 'receivers', names))}"


def ready(measured, kind, names):
    """What each has asked for when it is ready, by what they have in common."""
    by_calls = {}
    for name in names:
        by_calls.setdefault(asked(measured[kind][name]["cold_calls"]), []).append(name)
    return "; ".join(f"{listed(those)}: {calls}" for calls, those in by_calls.items())


def packing(measured):
    """What compression takes and gives, at 50 kB."""
    size = "new 50 kB"
    units = [cost.invocation(warm(measured, "receivers", name, size))["write_units"] for name in (OURS, FLOOR)]
    gives = f"A new delivery of 50 kB takes {units[0]:.0f} write units, and {units[1]:.0f} with *floor*, which compresses nothing"
    if not measured["steps"]:
        return f"{gives}."
    packed = measured["steps"]["compress"]["50000"]["median"] / 1000
    took = median(cpu(measured, "receivers", OURS, size)) / 1000
    return f"{gives}; compressing it takes {packed:.2f} ms of our {took:.2f} ms."


def reactors(measured, names):
    head = ["reactor", "cold start, ms", "to floor", "first batch, ms", "warm, ms", "p99, ms", "CPU, ms", "CPU to floor", "memory, MB", "zip, MB"]
    rows = [function_row(measured, "reactors", name, "1 event 2 kB", 1) for name in names]
    scenarios = [TEN_TICKETS, ONE_TICKET]
    batches = []
    for name in names:
        cells = [spread(ms(cpu(measured, "reactors", name, scenario))) for scenario in scenarios]
        cells.insert(1, spread(ratio(measured, "reactors", name, FLOOR, TEN_TICKETS)))
        cells += [spread(ms(time(measured, "reactors", name, scenario))) for scenario in scenarios]
        batches.append([name, *cells])
    more = ["reactor, ms for each event", "CPU, 10 tickets", "to floor", "CPU, 1 ticket", "time, 10 tickets", "time, 1 ticket"]
    tables = [table(head, rows), words.REACTOR_COLD.strip().format(ready=ready(measured, "reactors", names))]
    tables += [f"Batches of ten:\n\n{table(more, batches)}", waiting(measured, names), sent(measured)]
    return f"## Reactor\n\n{words.REACTOR.strip()}\n\n" + "\n\n".join(filter(None, tables))


def sent(measured):
    """What it takes to send events to a queue; nothing if that was not measured."""
    took = {scenario: cpu(measured, "reactors", OURS, to_queue(scenario)) for scenario in (ONE, ONE_TICKET)}
    if not all(took.values()):
        return ""
    one, ten = (median(ms(values)) for values in took.values())
    than = median(ratios(took[ONE], cpu(measured, "reactors", OURS, ONE)))
    return words.SENT.strip().format(one=f"{one:.2f}", ten=f"{ten:.2f}", than=f"{than:.2f}")


def waiting(measured, names):
    """With an AWS that takes its time."""
    wanted = {"batch of one": ONE, "ten, 10 tickets": TEN_TICKETS, "ten, 1 ticket": ONE_TICKET}
    head = ["reactor, ms for each event"]
    for how in wanted:
        head += [f"time, {how}", *([f"to {NODE}"] if NODE in names else []), "answers in a row"]
    rows = []
    for name in names:
        cells = []
        for scenario in map(delayed, wanted.values()):
            cells.append(spread(ms(time(measured, "reactors", name, scenario)), "{:.1f}"))
            if NODE in names:
                cells.append(spread(ratio(measured, "reactors", name, NODE, scenario, time)))
            cells.append(f"{trips(measured, name, scenario):.1f}")
        rows.append([name, *cells])
    return f"{words.DELAYED.strip()}\n\n{table(head, rows)}"


def function_row(measured, kind, name, scenario, which):
    held, rounds = measured[kind][name], warm(measured, kind, name, scenario)
    about = next(contender for contender in measured["about"] if contender["name"] == name)
    return [
        name,
        spread(ms(held["cold_starts_us"]), "{:.1f}"),
        spread(cold(measured, kind, name, FLOOR)),
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
    return f"## By size and kind\n\n{words.SIZES.strip()} {packing(measured)}\n\n{table(head, rows)}\n\n{words.SIZES_PLOT.strip()}"


def growth(measured):
    if not measured["growth"]:
        return ""
    ways = list(dict.fromkeys(point["way"] for point in measured["growth"]))
    rows = []
    for waiting in dict.fromkeys(point["waiting"] for point in measured["growth"]):
        points = {point["way"]: point for point in measured["growth"] if point["waiting"] == waiting}
        cells = [spread(ms(points[way]["cpu_us"])) for way in ways]
        cells.insert(2, spread(ratios(*(points[way]["cpu_us"] for way in (ways[1], ways[0])))))
        cells += [f"{points[way]['time_us'] / 1000:.1f}" if points[way]["time_us"] else "–" for way in ways]
        cells += [f"{max(points[way]['peak_kb'] for way in ways) / 1024:.0f}"]
        rows.append([f"{waiting:,}", *cells])
    head = ["waiting", *[f"CPU, {way}" for way in ways], *[f"time, {way}" for way in ways], "memory, MB"]
    head.insert(3, "busy to quiet")
    runs = len(measured["growth"][0]["cpu_us"])
    return f"## One busy ticket\n\n{words.GROWTH.strip().format(runs=runs)}\n\n{table(head, rows)}\n\n{words.GROWTH_PLOT.strip()}"


def counted(measured, names):
    """By kind, word and size; a batch of ten only of events of 2 kB."""
    wanted = [("receivers", f"{word} {size}") for word in ("new", "duplicate") for size in cost.SIZES]
    wanted += [("reactors", f"1 event {size}") for size in cost.SIZES] + [("reactors", name) for name in (TEN_TICKETS, ONE_TICKET, to_queue(ONE), to_queue(ONE_TICKET))]
    rows = []
    for kind, scenario in wanted:
        for name in names:
            if name != FLOOR and (rounds := warm(measured, kind, name, scenario)):
                rows.append([f"{scenario}, {name}", *counts(cost.invocation(rounds))])
    head = ["one invocation", "calls", "write units", "read units", "SQS requests", "log, bytes"]
    return f"## What an invocation asks for\n\n{words.COUNTED.strip()}\n\n{table(head, rows)}"


def counts(took):
    whole = [took["write_units"], took["read_units"], took["queue_requests"], took["logged"]]
    return [asked(took["calls"]), *[f"{value:,.0f}" for value in whole]]


def costs(measured, name, size, duplicates, batched=False):
    return cost.of_events(measured["receivers"][name], measured["reactors"][name], size, duplicates, batched)


def charged(measured, names):
    names = [name for name in names if name != FLOOR]
    rows = []
    for size, batched in [*((size, False) for size in cost.SIZES), *((size, True) for size in cost.BATCHED)]:
        for name in names:
            found = [costs(measured, name, size, share, batched) for share in cost.DUPLICATES]
            if found[0]:
                parts = [f"{found[0][part]:.2f}" for part in cost.PARTS]
                how = f"{size} in batches of ten" if batched else size
                rows.append([f"{how}, {name}", *parts, *[f"**{sum(one.values()):.2f}**" for one in found]])
    shares = [f"{share} % duplicates" for share in cost.DUPLICATES]
    head = ["USD for a million events", *cost.PARTS, *shares]
    prices = [[name, shown, source] for name, (_, shown, source) in cost.PRICES.items()]
    tables = [table(head, rows), words.COST_PLOT.strip(), table(["price", "USD", "read in"], prices)]
    return f"## Cost\n\n{words.COST.strip()}\n\n{compared(measured, names)}\n\n" + "\n\n".join(tables)


def compared(measured, names):
    """What ours costs next to the others, and a large event next to a small one, without duplicates."""
    ours = costs(measured, OURS, "2 kB", 0)
    lines = [f"- An event of 2 kB costs {difference(ours, costs(measured, name, '2 kB', 0))} with {name}." for name in names if name != OURS]
    large = costs(measured, OURS, "600 kB", 0)
    if large:
        lines.append(f"- An event of 600 kB costs {difference(large, ours)} one of 2 kB. {words.LARGE}")
    return f"{words.DEARER.strip()}\n\n" + "\n".join(lines)


def difference(parts, others):
    """In dollars for a million events, the largest part first."""
    by_part = {part: parts[part] - others[part] for part in parts}
    shown = sorted((part for part in by_part if abs(by_part[part]) >= 0.005), key=lambda part: -abs(by_part[part]))
    total = sum(by_part.values())
    more = f"{abs(total):.2f} USD {'more' if total >= 0 else 'less'}"
    return f"{more} ({listed([f'{part} {by_part[part]:+.2f}' for part in shown])}) than" if shown else "as much as"


def keeps_objects(measured):
    """Whether ours puts large bodies into S3."""
    rounds = measured["receivers"][OURS]["warm"].values()
    return any("PutObject" in one["calls"] for held in rounds for one in held)


def steps(found):
    sizes = list(next(iter(found.values())))
    head = ["µs, median (fastest)", *[f"{int(size) / 1000:g} kB" for size in sizes]]
    rows = []
    for step, held in found.items():
        rows.append([step, *[f"{held[size]['median']:.1f} ({held[size]['fastest']:.1f})" for size in sizes]])
    return f"## Steps\n\n{words.STEPS.strip()}\n\n{table(head, rows)}"
