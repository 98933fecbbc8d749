"""What the figures should be, whether they are, and what stands in the way of those that are not."""

from dataclasses import dataclass
from statistics import median

import cost
from figures import (
    FLOOR, NODE, ONE, ONE_TICKET, OURS, TEN_TICKETS, asked, busy, cold, cpu, delayed, listed, point, ratio, table, time, trips, warm,
)


@dataclass
class Goal:
    figure: str
    most: float
    form: str
    # Round by round, or one if it is counted; none if it was not measured.
    values: list
    # What stands in the way, asked for only if something does.
    obstacle: object

    def shown(self, value):
        return self.form.format(value)

    def is_met(self, value=None):
        """To the digits that are shown."""
        value = median(self.values) if value is None else value
        return float(self.shown(value)) <= self.most

    def row(self):
        if not self.values:
            return [self.figure, f"≤ {self.shown(self.most)}", "not measured", "–"]
        measured, rounds = self.shown(median(self.values)), len(self.values)
        if rounds > 1:
            measured += f" ({self.shown(min(self.values))}–{self.shown(max(self.values))})"
        so, met = sum(map(self.is_met, self.values)), self.is_met()
        word = ("yes, in" if met else "**no**, but in") if 0 < so < rounds else ""
        verdict = f"{word} {so} of {rounds}" if word else "yes" if met else "**no**"
        return [self.figure, f"≤ {self.shown(self.most)}", measured, verdict]


def written(measured):
    """The section, with a line for each figure that misses its goal."""
    wanted = goals(measured)
    rows = table(["figure", "goal", "measured", "met"], [goal.row() for goal in wanted])
    missed = [f"- **{goal.figure}**: {goal.obstacle()}." for goal in wanted if goal.values and not goal.is_met()]
    ways = "Every goal that was measured is met." if not missed else "What stands in the way of the others:\n\n" + "\n".join(missed)
    return f"## Goals\n\n{ABOUT.strip()}\n\n{rows}\n\n{ways}"


ABOUT = """
Ratios are taken round by round, both sides measured one after the other, and those of cold starts by the medians of as many groups
of starts: the median, and in brackets the lowest and the highest. *Met* goes by the median as it is shown here, and says in how many
rounds the goal was met if they differ. Dollars and units come from counted calls, and dollars from median CPU times too.
"""


def goals(measured):
    return [
        Goal("receiver's CPU for a delivery of 2 kB to floor's", 1.00, "{:.2f}", ratio(measured, "receivers", OURS, FLOOR, "new 2 kB"), lambda: receiver_cpu(measured)),
        Goal("reactor's CPU for an event to floor's, batch of one", 1.50, "{:.2f}", ratio(measured, "reactors", OURS, FLOOR, ONE), lambda: reactor_cpu(measured, ONE)),
        Goal("reactor's CPU for an event to floor's, batch of ten of ten tickets", 1.20, "{:.2f}", ratio(measured, "reactors", OURS, FLOOR, TEN_TICKETS), lambda: reactor_cpu(measured, TEN_TICKETS)),
        *[timed(measured, scenario, how) for scenario, how in TIMED.items()],
        *[started(measured, kind) for kind in ("receivers", "reactors")],
        zipped(measured),
        *[dollars(measured, size, most) for size, most in (("2 kB", 6.00), ("50 kB", 12.50), ("600 kB", 14.00))],
        dollars(measured, "2 kB", 4.75, batched=True),
        repeated(measured),
        crowded(measured),
    ]


def receiver_cpu(measured):
    ours, floor = (median(cpu(measured, "receivers", name, "new 2 kB")) / 1000 for name in (OURS, FLOOR))
    calls = [asked(counted(measured, "receivers", name, "new 2 kB")) for name in (OURS, FLOOR)]
    text = f"{ours - floor:.2f} ms more than floor's {floor:.2f} ms. Ours asks AWS for {calls[0]}, floor for {calls[1]}"
    steps = ("verify", "parse", "compress")
    if measured["steps"]:
        alone = sum(measured["steps"][step]["2000"]["median"] for step in steps) / 1000
        text += f"; to {listed(steps)} takes {alone:.2f} ms where nothing else runs in between, so that the dictionary stays in the cache"
    return text + "; [here](#instructions) is where the instructions go"


def reactor_cpu(measured, scenario):
    texts = []
    for name in (OURS, FLOOR):
        took = median(cpu(measured, "reactors", name, scenario)) / 1000
        calls = counted(measured, "reactors", name, scenario)
        texts.append(f"{took:.2f} ms with {sum(calls.values()):.1f} calls of AWS for each event ({asked(calls)})")
    return f"ours takes {texts[0]}, floor {texts[1]}"


TIMED = {
    ONE: "batch of one",
    TEN_TICKETS: "batch of ten of ten tickets",
    ONE_TICKET: "batch of ten of one ticket",
}


def timed(measured, scenario, how):
    scenario, figure = delayed(scenario), f"reactor's time for an event to Node.js's, AWS answering after 4 ms, {how}"
    return Goal(figure, 1.50, "{:.2f}", ratio(measured, "reactors", OURS, NODE, scenario, time), lambda: round_trips(measured, scenario))


def round_trips(measured, scenario):
    ours, theirs = (trips(measured, name, scenario) for name in (OURS, NODE))
    took = [median(time(measured, "reactors", name, scenario)) / 1000 for name in (OURS, NODE)]
    return (
        f"a batch waits for {ours:.1f} answers of AWS in a row, Node.js's for {theirs:.1f}; "
        f"an event takes {took[0]:.1f} ms and {took[1]:.1f} ms"
    )


def started(measured, kind):
    return Goal(f"{kind[:-1]}'s cold start to floor's", 1.15, "{:.2f}", cold(measured, kind, OURS, FLOOR), lambda: cold_calls(measured, kind))


def cold_calls(measured, kind):
    ours, floor = (asked(measured[kind][name]["cold_calls"]) for name in (OURS, FLOOR))
    until = [[sum(both) for both in zip(*(measured[kind][name][what] for what in ("cold_starts_us", "first_us")))] for name in (OURS, FLOOR)]
    with_first = median(a / b for a, b in zip(*until))
    return f"by then ours has asked AWS for {ours}, floor for {floor}; up to the end of the first invocation it is {with_first:.2f} times floor's"


def zipped(measured):
    about = next(held for held in measured["about"] if held["name"] == OURS)
    largest = max(about["zips"]) / 1e6
    return Goal("zip of the larger function, MB", 3.40, "{:.2f}", [largest], lambda: f"{largest - 3.4:.2f} MB too much")


def dollars(measured, size, most, batched=False):
    receiver, reactor = measured["receivers"][OURS], measured["reactors"][OURS]
    parts = cost.of_events(receiver, reactor, size, 10, batched)
    how = "batches of ten" if batched else "batches of one"
    figure = f"USD for a million events of {size}, a tenth of the deliveries duplicates, {how}"
    values = [sum(parts.values())] if parts else []
    return Goal(figure, most, "{:.2f}", values, lambda: spent(parts, receiver, reactor, size, batched))


def spent(parts, receiver, reactor, size, batched):
    """Where the money goes, the dearest first."""
    dearest = sorted((part for part in parts if parts[part] >= 0.005), key=parts.get, reverse=True)
    together, reacts = (10, cost.BATCHED[size]) if batched else (1, f"1 event {size}")
    new, batch = cost.invocation(receiver["warm"][f"new {size}"]), cost.invocation(reactor["warm"][reacts])
    units = {name: new[name] + batch[name] / together for name in ("write_units", "read_units")}
    takes = [f"{units['write_units']:.1f} write units", f"{units['read_units']:.1f} read units"]
    takes += [f"{times:.0f} {name}" for took in (new, batch) for name, times in took["calls"].items() if name in cost.OBJECTS]
    return f"it goes to {listed([f'{part} {parts[part]:.2f}' for part in dearest])}; an event takes {listed(takes)}"


def repeated(measured):
    name = "duplicate 600 kB"
    rounds = warm(measured, "receivers", OURS, name)
    units = [cost.invocation(rounds)["write_units"]] if rounds else []
    calls = lambda: asked(counted(measured, "receivers", OURS, name))
    return Goal("write units of a duplicate of 600 kB", 1, "{:.0f}", units, lambda: f"it asks AWS for {calls()}")


def crowded(measured):
    waiting, values = busy(measured)
    figure = f"CPU for an event of one busy ticket with {waiting:,} waiting, to that of as many quiet tickets"
    return Goal(figure, 1.10, "{:.2f}", values, lambda: crowd(measured))


def crowd(measured):
    hot, quiet = (asked(point(measured, way)["calls"]) for way in ("one busy ticket", "quiet tickets"))
    return f"for each event the busy ticket's asks AWS for {hot}, the quiet ones' for {quiet}"


def counted(measured, kind, name, scenario):
    """Calls for each event."""
    first = warm(measured, kind, name, scenario)[0]
    return {call: times / first["events"] for call, times in first["calls"].items()}
