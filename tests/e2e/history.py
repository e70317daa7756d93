"""What a collector has stored, read with its own offline commands while it runs or not."""

import collections
import csv
import io
import subprocess

SERIES = ("station", "quantity", "fibre_pair", "channel", "element", "source", "component")


def rows(layout, *arguments, collector=0):
    """What a command prints as CSV, of the first or second collector's store."""
    store = layout.collector_store(collector)
    command = [layout.program("caspilink-collector"), *arguments, "--store", store]
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit status {done.returncode}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def batches(layout, collector=0):
    """{(station, boot): [sequence, ...]} as stored."""
    found = collections.defaultdict(list)
    for row in rows(layout, "batches", collector=collector):
        found[row["station"], row["boot"]].append(int(row["sequence"]))
    return found


def samples(layout):
    """{series: [time_unix_ns, ...]} as stored, each series ordered by time."""
    found = collections.defaultdict(list)
    for row in rows(layout, "history", "--format", "csv"):
        found[tuple(row[name] for name in SERIES)].append(int(row["time_unix_ns"]))
    return {series: sorted(times) for series, times in found.items()}


def widest_gap_s(times, begin_ns, end_ns):
    """Longest stretch without a sample between two moments, the edges included."""
    inside = [begin_ns, *(t for t in times if begin_ns <= t <= end_ns), end_ns]
    return max(later - earlier for earlier, later in zip(inside, inside[1:])) / 1e9
