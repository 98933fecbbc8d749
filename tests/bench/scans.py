"""What the reconciler takes a month next to the path of an event. What it announces costs what events cost."""

from cost import COLD_START_MS, GB, HOURS, OBJECTS, WARM_SECONDS

# The metrics of each run, and of one that finds something.
RUN_METRICS = ("TicketsScanned", "ReconcileCalls", "ReconcileTime", "ReconcileStateSize")
FOUND_METRICS = ("Differences", "Explained", "DifferencesWaiting", "Unannounced")

# Guesses at what a run takes, rather too high than too low.
SECONDS = 60
LOGGED = 2000  # bytes
READ_UNITS = 1000  # looks for the events of tickets that have changed, or were touched in the last hours
SECRETS = 2  # its own key, and if that has no value the other one


def used(minutes, memory_mb, events):
    """By the names in PRICES, with a run after so many minutes; its alarms and its secret are counted with all others."""
    runs = HOURS * 60 / minutes if minutes else 0
    spread = min(1, runs / HOURS)
    found = min(spread, events / HOURS)
    cold = runs if minutes * 60 > WARM_SECONDS else 0
    return {
        "Lambda request": runs,
        "Lambda GB-second, arm64": (runs * SECONDS + cold * COLD_START_MS / 1000) * memory_mb / 1024,
        "EventBridge Scheduler call": runs,
        "Secrets Manager call": runs * SECRETS,
        "KMS call": cold + runs * SECRETS,
        "DynamoDB read unit, on demand": runs * READ_UNITS,
        "CloudWatch Logs, GB taken in": runs * LOGGED / GB,
        "CloudWatch metric": len(RUN_METRICS) * spread + len(FOUND_METRICS) * found,
        **{price: runs for price in OBJECTS.values()},  # it reads what it remembers, and replaces it
    }


def facts(spent):
    """What COST.md says of it; `spent` gives the dollars by row for a stack with these parameters."""
    without, hourly, daily = (spent(f"TicketApiUrl=https://host.example {more}") for more in ("", "ReconcileMinutes=60", "ReconcileMinutes=1440"))
    more = lambda than: {row: than[row] - without[row] for row in without}
    return {
        "hourly_reconciled": f"{sum(more(hourly).values()):.2f}",
        "daily_reconciled": f"{sum(more(daily).values()):.2f}",
        **{f"reconciled_{row}": f"{dollars:.2f}" for row, dollars in more(hourly).items()},
        "run_seconds": SECONDS,
        "run_metrics": len({*RUN_METRICS, *FOUND_METRICS}),
    }
