"""Starting processes so that none outlives us, watching them, and ending exactly those."""

import ctypes
import dataclasses
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
STOP_WITHIN_S = 10


@dataclasses.dataclass
class Component:
    name: str
    command: list
    health_url: str = ""  # empty: alive is healthy
    environment: dict = dataclasses.field(default_factory=dict)
    patience_s: float = 20  # how long after its start it may be unhealthy

    @property
    def is_ours(self):
        return os.path.basename(str(self.command[0])).startswith("caspilink-")


def is_answering(url, timeout_s=2):
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


class Process:
    """A component that was started. Its output is in `log`; the last run's beside it as .1."""

    def __init__(self, component, log):
        self.component = component
        self.log = log
        if log.exists():
            log.replace(log.with_name(log.name + ".1"))
        self._start()

    def _start(self):
        parent = os.getpid()

        def in_the_child():
            # However we end, kill -9 included, the child ends with us. Killed rather than asked:
            # what is ours survives that by design, and nobody would be there to insist.
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in self.component.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.component.environment},
                # Ctrl-C is for us alone; we end the children in order.
                process_group=0,
                preexec_fn=in_the_child,
            )
        self.started = time.monotonic()
        self.expected_to_run = True

    @property
    def name(self):
        return self.component.name

    @property
    def pid(self):
        return self._popen.pid

    def is_running(self):
        return self._popen.poll() is None

    def is_healthy(self):
        return self.is_running() and (
            not self.component.health_url or is_answering(self.component.health_url)
        )

    def how_it_ended(self):
        status = self._popen.returncode
        return f"killed by signal {-status}" if status < 0 else f"exit status {status}"

    def last_lines(self, count=15):
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-count:])

    def kill(self):
        """As a crash would: no warning. For tests; nothing is reported as dead."""
        self.expected_to_run = False
        self._popen.kill()
        self._popen.wait()

    def restart(self):
        assert not self.is_running()
        self._start()

    def ask_to_stop(self):
        self.expected_to_run = False
        if self.is_running():
            self._popen.terminate()

    def insist(self, deadline):
        """Waits for the end until `deadline`, then kills the process and whatever it started."""
        try:
            self._popen.wait(max(0.0, deadline - time.monotonic()))
            return True
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
            return False


def stop_all(processes):
    """Ends them in reverse order of starting; returns the names of those that had to be killed."""
    stubborn = []
    deadline = time.monotonic() + STOP_WITHIN_S
    for process in reversed(processes):
        process.ask_to_stop()
    for process in reversed(processes):
        if not process.insist(deadline):
            stubborn.append(process.name)
    return stubborn
