"""What the demo needs to know of a plant, asked of `linkbudget` so that nothing here reads YAML."""

import dataclasses
import json
import subprocess

from .errors import DemoError
from .settings import MOST_FIBRE_PAIRS


@dataclasses.dataclass(frozen=True)
class Plant:
    path: str
    name: str
    stations: tuple  # ids, first and second
    fibre_pairs: tuple  # ids

    def other(self, station):
        first, second = self.stations
        return second if station == first else first


def load(layout, path):
    """Fails as linkbudget does: status 2 with file:line:column for a plant that is not valid."""
    done = subprocess.run(
        [layout.program("linkbudget"), "describe", path, "--format", "json"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise DemoError(lines[-1] if lines else f"linkbudget cannot read {path}", done.returncode)
    told = json.loads(done.stdout)
    plant = Plant(
        path=str(path),
        name=told["plant"],
        stations=tuple(station["id"] for station in told["stations"]),
        fibre_pairs=tuple(pair["id"] for pair in told["fibre_pairs"]),
    )
    if len(plant.fibre_pairs) > MOST_FIBRE_PAIRS:
        raise DemoError(
            f"{path}: the demo has ports for {MOST_FIBRE_PAIRS} fibre pairs, "
            f"this plant has {len(plant.fibre_pairs)}"
        )
    return plant
