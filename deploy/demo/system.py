"""The whole system: started together, watched, ended together. The quickstart and the end-to-end
tests are both built on this."""

import fcntl
import os
import time

from . import configuration, prometheus
from .errors import DemoError
from .processes import Process, is_answering, stop_all

MARGINS = (
    "count by (direction) (count by (direction, fibre_pair) (caspilink_direction_margin_decibels))"
)
SCRAPED = "min(up)"
STARTS_WITHIN_S = 90
TICK_S = 0.2
# How long a part may stop answering before it counts as unhealthy.
UNHEALTHY_AFTER_S = 10


class Died(DemoError):
    """A component ended that should not have."""

    def __init__(self, process):
        super().__init__(
            f"{process.name} ended ({process.how_it_ended()}); the end of {process.log}:\n"
            + process.last_lines()
        )
        self.process = process


class System:
    """Use as a context manager: leaving it ends every process that was started."""

    def __init__(self, layout, ports, plant, grafana_program=None):
        self.layout = layout
        self.ports = ports
        self.plant = plant
        self.grafana_program = grafana_program
        self.processes = []
        self.started = None
        self._lock = None
        self._last_answer = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def process(self, name):
        return next(process for process in self.processes if process.name == name)

    def start(self):
        """Everything that can be refused is refused before the first process is started."""
        self.layout.make(self.plant.stations, len(self.ports.collectors))
        self._take_lock()
        self.ports.require_free(len(self.plant.fibre_pairs), self.grafana_program is not None)
        # Faults injected in the last run are not this run's.
        self.layout.line.unlink(missing_ok=True)
        parts = configuration.components(
            self.layout, self.ports, self.plant, self.grafana_program
        )
        configuration.check(self.layout, parts)
        self.started = time.monotonic()
        for part in parts:
            self.processes.append(Process(part, self.layout.logs / f"{part.name}.log"))

    def _take_lock(self):
        self._lock = (self.layout.dir / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            raise DemoError(
                f"already running in {self.layout.dir} (pid {self._lock.read().strip() or '?'}); "
                "end it, or choose another --dir and --ports-from"
            ) from None
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()

    def raise_if_died(self):
        for process in self.processes:
            if process.expected_to_run and not process.is_running():
                raise Died(process)

    def wait_until(self, condition, within_s, what):
        """Asks `condition` until it is true; ends early when a component dies."""
        deadline = time.monotonic() + within_s
        while True:
            self.raise_if_died()
            try:
                told = condition()
            except prometheus.QueryError:
                told = None
            if told:
                return told
            if time.monotonic() > deadline:
                raise DemoError(f"{what}: not within {within_s:.0f} s; logs are in {self.layout.logs}")
            time.sleep(TICK_S)

    def query(self, expression):
        return prometheus.query(self.ports.prometheus.url, expression)

    def wait_for_margins(self):
        """Returns (seconds to the first margin in Prometheus, seconds to all of them)."""
        pairs = len(self.plant.fibre_pairs)
        first = None

        def complete():
            nonlocal first
            counts = self.query(MARGINS)
            if counts and first is None:
                first = time.monotonic() - self.started
            return len(counts) == 2 and all(count == pairs for _, count in counts)

        try:
            self.wait_until(complete, STARTS_WITHIN_S, "margins from both stations in Prometheus")
        except Died:
            raise
        except DemoError as error:
            raise DemoError(f"{error}{self._what_is_amiss()}") from None
        return first, time.monotonic() - self.started

    def _what_is_amiss(self):
        told = [f"{p.name} does not answer" for p in self.processes if not p.is_healthy()]
        try:
            for target in prometheus.targets(self.ports.prometheus.url):
                if target["health"] != "up":
                    told.append(f"scrape of {target['scrapeUrl']}: {target['lastError'] or 'none yet'}")
        except prometheus.QueryError as error:
            told.append(f"Prometheus: {error}")
        return "".join(f"\n    {line}" for line in told)

    def unhealthy(self):
        """Names of parts that are running but have not answered for a while."""
        now = time.monotonic()
        silent = []
        for process in self.processes:
            if process.is_healthy():
                self._last_answer[process.name] = now
                continue
            patience = max(UNHEALTHY_AFTER_S, process.started + process.component.patience_s - now)
            if now - self._last_answer.get(process.name, process.started) > patience:
                silent.append(process.name)
        return silent

    def final_complaints(self):
        """What is not as it should be at the end of a healthy run."""
        complaints = [f"{p.name} does not answer" for p in self.processes if not p.is_healthy()]
        for process in self.processes:
            url = process.component.health_url
            if process.component.is_ours and url:
                if not is_answering(url.replace("/healthz", "/readyz")):
                    complaints.append(f"{process.name} is not ready")
        try:
            for labels, value in self.query("up == 0"):
                complaints.append(f"Prometheus cannot scrape {labels.get('job')} {value:.0f}")
            if len(self.query(MARGINS)) != 2:
                complaints.append("Prometheus has lost the margins of a direction")
        except prometheus.QueryError as error:
            complaints.append(f"Prometheus does not answer: {error}")
        return complaints

    def stop(self):
        stubborn = stop_all(self.processes)
        self.processes = []
        if self._lock:
            self._lock.close()
            self._lock = None
        return stubborn
