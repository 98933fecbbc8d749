"""Draws the plots of RESULTS.md: `plots.py MEASURED COSTS FOLDER`. They are read on white and on dark paper."""

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK = "#7d8590"  # legible on both
COLOURS = ["#e8590c", "#868e96", "#2f9e44", "#4c8dd6", "#b5179e"]
MARKS = "osD^v"
SIZES = {"0.3 kB": 0.3, "2 kB": 2, "10 kB": 10, "50 kB": 50, "200 kB": 200, "600 kB": 600}
STYLE = {
    "font.size": 11,
    "svg.hashsalt": "alga-webhooks",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}


def main(measured, costs, folder):
    pyplot.rcParams.update(STYLE)
    measured, costs, folder = json.loads(Path(measured).read_text()), json.loads(Path(costs).read_text()), Path(folder)
    save(sizes({held["name"]: measured["receivers"][held["name"]] for held in measured["about"]}), folder / "sizes.svg")
    save(cost(costs), folder / "cost.svg")
    if measured["growth"]:
        save(growth(measured["growth"]), folder / "growth.svg")


def save(figure, path):
    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


def plain(axis):
    """Numbers as people write them, at 1, 2 and 5 of each decade."""
    axis.set_major_locator(LogLocator(10, (1, 2, 5) if spans_little(axis) else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def spans_little(axis):
    low, high = axis.get_view_interval()
    return high / low < 300


def sizes(receivers):
    figure, axes = pyplot.subplots(figsize=(7.2, 4))
    for n, (name, held) in enumerate(receivers.items()):
        found = [(kb, held["warm"].get(f"new {size}")) for size, kb in SIZES.items()]
        points = [(kb, median(one["cpu_us"] for one in rounds) / 1000) for kb, rounds in found if rounds]
        line = "--" if name == "floor" else "-"
        axes.plot(*zip(*points), line, marker=MARKS[n % 5], markersize=5, color=COLOURS[n % 5], label=name, linewidth=1.8)
    axes.set(xscale="log", yscale="log", xlabel="size of the body, kB", ylabel="CPU of one delivery, ms")
    axes.set_xticks(list(SIZES.values()), [f"{kb:g}" for kb in SIZES.values()])
    axes.xaxis.set_minor_formatter(NullFormatter())
    plain(axes.yaxis)
    axes.grid(True)
    axes.legend()
    return figure


def growth(points):
    figure, panels = pyplot.subplots(1, 2, figsize=(9.6, 3.8))
    ways = list(dict.fromkeys(point["way"] for point in points))
    what = (("cpu_us", "CPU of one event, ms"), ("time_us", "time for one event, ms"))
    for axes, (name, label) in zip(panels, what):
        for n, way in enumerate(ways):
            known = [(point["waiting"], middle(point[name]) / 1000) for point in points if point["way"] == way and point[name]]
            colour = COLOURS[(3, 0, 2)[n % 3]]
            axes.plot(*zip(*known), marker=MARKS[n], markersize=5, color=colour, label=way, linewidth=1.8)
        axes.set(xscale="log", xlabel="events waiting", ylabel=label)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_ylim(bottom=0)
        axes.grid(True)
    panels[0].legend()
    figure.tight_layout(w_pad=2)
    return figure


def middle(found):
    """Of runs, or what was measured once."""
    return median(found) if isinstance(found, list) else found


def cost(costs):
    costs = {name: parts for name, parts in costs.items() if parts}
    paid = [part for part in next(iter(costs.values())) if any(parts[part] for parts in costs.values())]
    figure, axes = pyplot.subplots(figsize=(7.2, 0.7 * len(costs) + 1.2))
    left = dict.fromkeys(costs, 0.0)
    for n, part in enumerate(paid):
        widths = [parts[part] for parts in costs.values()]
        axes.barh(list(costs), widths, left=list(left.values()), color=COLOURS[n % 5], label=part, height=0.6)
        left = {name: left[name] + width for name, width in zip(costs, widths)}
    for row, total in enumerate(left.values()):
        axes.text(total + 0.05, row, f"{total:.2f}", va="center")
    axes.invert_yaxis()
    axes.set(xlabel="USD for a million events of 2 kB, a tenth of the deliveries duplicates")
    axes.legend(ncols=5, loc="lower center", bbox_to_anchor=(0.45, 1.0), fontsize=9.5, columnspacing=1.2, handlelength=1.2)
    return figure


if __name__ == "__main__":
    main(*sys.argv[1:])
