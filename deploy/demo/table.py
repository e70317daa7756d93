"""The line at a glance, from what Prometheus holds."""

import dataclasses

from . import prometheus

DIRECTIONS = ("a-b", "b-a")
NOTE = (
    "Receive power: mean over the lit channels. Q and margin: worst lit channel. "
    "Delay: measured from the sending station."
)


@dataclasses.dataclass(frozen=True)
class Column:
    title: str
    unit: str
    decimals: int
    scale: float = 1
    expression: str = ""
    by_station: bool = False  # by the sending station rather than by the direction


COLUMNS = (
    Column("Rx", "dBm", 2, expression="avg by (fibre_pair, direction) (caspilink_channel_input_power_dbm)"),
    Column("expected", "dBm", 2, expression="avg by (fibre_pair, direction) (caspilink_expected_channel_input_power_dbm)"),
    Column("Q", "dB", 2, expression="min by (fibre_pair, direction) (caspilink_q_value_decibels)"),
    Column("expected", "dB", 2, expression="min by (fibre_pair, direction) (caspilink_expected_q_value_decibels)"),
    Column("margin", "dB", 2, expression="min by (fibre_pair, direction) (caspilink_direction_margin_decibels)"),
    Column("RTT", "ms", 3, 1e3, "max by (fibre_pair, station) (caspilink_round_trip_delay_seconds)", True),
    Column("budget", "ms", 3, 1e3, "max by (fibre_pair, station) (caspilink_expected_round_trip_delay_seconds)", True),
)  # fmt: skip
VERDICT = "caspilink_direction_verdict == 1"


def cells(base_url, plant):
    """One row a fibre pair and direction; what Prometheus does not hold is shown as '-'."""
    answers = [
        prometheus.query_by(
            base_url, column.expression, "fibre_pair", "station" if column.by_station else "direction"
        )
        for column in COLUMNS
    ]
    verdicts = {
        (labels["fibre_pair"], labels["direction"]): labels["verdict"]
        for labels, _ in prometheus.query(base_url, VERDICT)
    }
    rows = []
    for pair in plant.fibre_pairs:
        for sender, direction in zip(plant.stations, DIRECTIONS):
            row = [pair, direction]
            for column, answer in zip(COLUMNS, answers):
                value = answer.get((pair, sender if column.by_station else direction))
                row.append("-" if value is None else f"{value * column.scale:.{column.decimals}f}")
            rows.append([*row, verdicts.get((pair, direction), "-")])
    return rows


def render(rows):
    head = [
        ["fibre pair", "direction", *(column.title for column in COLUMNS), "verdict"],
        ["", "", *(column.unit for column in COLUMNS), ""],
    ]
    widths = [max(len(row[i]) for row in head + rows) for i in range(len(head[0]))]
    text_columns = {0, 1, len(widths) - 1}

    def line(row):
        return "  ".join(
            cell.ljust(width) if i in text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()

    return "\n".join(line(row) for row in head + rows) + "\n" + NOTE
