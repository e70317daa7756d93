"""Where everything lives and listens."""

import dataclasses
import pathlib
import socket

from .errors import BAD_INPUT, DemoError

HOST = "127.0.0.1"
DEFAULT_FIRST_PORT = 9500
# Ports of one system, as offsets from the first one.
PORT_SPAN = 200
# Relays take one port a fibre pair.
MOST_FIBRE_PAIRS = 50
# One at each operator: collectors, and the Prometheus servers beside them.
MOST_COLLECTORS = 2


def numbered(name, index):
    """The first of its kind has the plain name."""
    return name if index == 0 else f"{name}-{index + 1}"


@dataclasses.dataclass(frozen=True)
class Port:
    number: int
    purpose: str
    kind: socket.SocketKind = socket.SOCK_STREAM

    @property
    def address(self):
        return f"{HOST}:{self.number}"

    @property
    def url(self):
        return f"http://{self.address}"

    def is_free(self):
        with socket.socket(socket.AF_INET, self.kind) as probe:
            if self.kind == socket.SOCK_STREAM:
                # A connection that lingers from the last run does not keep a server from starting.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.number))
            except OSError:
                return False
            return True


@dataclasses.dataclass(frozen=True)
class CollectorPorts:
    grpc: Port
    http: Port
    query: Port


class Ports:
    """Every port of one system. Index 0 is the plant's first station, 1 its second; with two
    collectors, each has a Prometheus beside it."""

    def __init__(self, first=DEFAULT_FIRST_PORT, collectors=1):
        assert 1 <= collectors <= MOST_COLLECTORS
        if not 1024 <= first <= 65536 - PORT_SPAN:
            raise DemoError(
                f"--ports-from {first}: must be from 1024 to {65536 - PORT_SPAN}", BAD_INPUT
            )
        self.first = first
        ends = ("first station", "second station")
        self.collectors = [
            CollectorPorts(
                Port(first + 5 * i, f"{numbered('collector', i)}, gRPC"),
                Port(first + 5 * i + 1, f"{numbered('collector', i)}, HTTP"),
                Port(first + 5 * i + 2, f"{numbered('collector', i)}, queries"),
            )
            for i in range(collectors)
        ]
        self.agent_http = [Port(first + 11 + i, f"agent, HTTP, {ends[i]}") for i in (0, 1)]
        self.gnmi = [Port(first + 21 + i, f"gNMI, {ends[i]}") for i in (0, 1)]
        self.grafana = Port(first + 30, "Grafana")
        self.reflector = [
            Port(first + 31 + i, f"STAMP reflector, {ends[i]}", socket.SOCK_DGRAM) for i in (0, 1)
        ]
        self.prometheuses = [
            Port(first + 90 + i, numbered("Prometheus", i)) for i in range(collectors)
        ]
        self.alertmanager = Port(first + 93, "Alertmanager")

    @property
    def collector_grpc(self):
        return self.collectors[0].grpc

    @property
    def collector_http(self):
        return self.collectors[0].http

    @property
    def prometheus(self):
        return self.prometheuses[0]

    def relay(self, station, fibre_pair):
        """The relay that holds datagrams sent by a station over a fibre pair (both by index)."""
        number = self.first + 100 + station * MOST_FIBRE_PAIRS + fibre_pair
        return Port(number, "path relay", socket.SOCK_DGRAM)

    def all(self, fibre_pairs, grafana):
        fixed = [
            *(port for c in self.collectors for port in (c.grpc, c.http, c.query)),
            *self.agent_http, *self.gnmi, *self.reflector, *self.prometheuses, self.alertmanager,
        ]  # fmt: skip
        if grafana:
            fixed.append(self.grafana)
        relays = [self.relay(station, i) for station in (0, 1) for i in range(fibre_pairs)]
        return fixed + relays

    def require_free(self, fibre_pairs=0, grafana=False):
        taken = [port for port in self.all(fibre_pairs, grafana) if not port.is_free()]
        if taken:
            names = ", ".join(f"{port.number} ({port.purpose})" for port in taken[:4])
            more = f" and {len(taken) - 4} more" if len(taken) > 4 else ""
            raise DemoError(
                f"port {names}{more} on {HOST} is already in use; "
                "end what listens there, or choose others with --ports-from"
            )


@dataclasses.dataclass(frozen=True)
class Layout:
    """The files of one system. `root` is the source tree, `bin` our programs, `dir` its state."""

    root: pathlib.Path
    bin: pathlib.Path
    dir: pathlib.Path

    def program(self, name):
        return self.bin / name

    @property
    def pki(self):
        return self.dir / "pki"

    @property
    def config(self):
        return self.dir / "config"

    @property
    def logs(self):
        return self.dir / "log"

    @property
    def line(self):
        return self.dir / "line.json"

    @property
    def store(self):
        return self.collector_store(0)

    def collector_store(self, index):
        return self.dir / numbered("collector", index)

    def agent_state(self, station):
        return self.dir / f"agent-{station}"

    def prometheus_data(self, index):
        return self.dir / numbered("prometheus", index)

    @property
    def alertmanager_data(self):
        return self.dir / "alertmanager"

    @property
    def grafana_data(self):
        return self.dir / "grafana"

    def make(self, stations, collectors=1):
        # Keys and state are nobody else's business.
        for path in (
            self.dir, self.config, self.logs, self.alertmanager_data,
            *(self.collector_store(i) for i in range(collectors)),
            *(self.prometheus_data(i) for i in range(collectors)),
            *(self.agent_state(s) for s in stations),
        ):  # fmt: skip
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
