"""Figures out of what was measured, and how they are written."""

from statistics import median

OURS = "alga-webhooks"
FLOOR = "floor"
NODE = "Node.js"

ONE = "1 event 2 kB"
TEN_TICKETS = "10 events of 10 tickets"
ONE_TICKET = "10 events of 1 ticket"


def delayed(scenario):
    """The same with an AWS that takes its time."""
    return f"{scenario}, delayed"


def to_queue(scenario):
    """The same with `Reaction=sqs`."""
    return f"{scenario}, to a queue"


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(values, form="{:.2f}"):
    """Median, lowest and highest."""
    values = list(values)
    return f"{form.format(median(values))} ({form.format(min(values))}–{form.format(max(values))})"


def listed(words):
    """As one says it: a, b and c."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def ms(micros):
    return [value / 1000 for value in micros]


def warm(measured, kind, name, scenario):
    """The rounds of a scenario; nothing if the contender cannot do it, or is not there."""
    return measured[kind].get(name, {"warm": {}})["warm"].get(scenario)


def each(measured, kind, name, scenario, what):
    """Microseconds for each event, round by round."""
    rounds = warm(measured, kind, name, scenario) or []
    return [one[what] * one["invocations"] / one["events"] for one in rounds]


def cpu(measured, kind, name, scenario):
    return each(measured, kind, name, scenario, "cpu_us")


def time(measured, kind, name, scenario):
    return each(measured, kind, name, scenario, "median_us")


def ratios(ours, theirs):
    """Round by round, since what disturbs a round disturbs both."""
    return [a / b for a, b in zip(ours, theirs)]


def ratio(measured, kind, name, other, scenario, what=cpu):
    return ratios(what(measured, kind, name, scenario), what(measured, kind, other, scenario))


def trips(measured, name, scenario):
    """How many answers of AWS a batch waits for in a row."""
    return median(one["trips"] for one in warm(measured, "reactors", name, scenario))


def cold(measured, kind, name, other):
    """As many ratios as there are rounds, each of the medians of some starts in turn: a single start says little."""
    ours, theirs = (grouped(measured[kind][held]["cold_starts_us"], measured["plan"]["rounds"]) for held in (name, other))
    return ratios(map(median, ours), map(median, theirs))


def grouped(values, groups):
    """In turn, as many in each, the rest in the last."""
    each = max(1, len(values) // groups)
    starts = range(0, each * min(groups, len(values)), each)
    return [values[start : start + each] if start != starts[-1] else values[start:] for start in starts]


def point(measured, way):
    """What was measured with the most events waiting in that way; nothing if nothing was."""
    points = [point for point in measured["growth"] if point["way"] == way]
    return max(points, key=lambda point: point["waiting"], default=None)


def busy(measured):
    """How many waited, and run by run the CPU of a busy ticket's event to that of a quiet one's."""
    hot, quiet = point(measured, "one busy ticket"), point(measured, "quiet tickets")
    return (hot["waiting"], ratios(hot["cpu_us"], quiet["cpu_us"])) if hot else (0, [])


def asked(calls):
    """Calls by name, as a list."""
    named = [f"{times:.2g} {name}" if abs(times - 1) > 0.01 else name for name, times in calls.items()]
    return listed(named) if named else "nothing"
