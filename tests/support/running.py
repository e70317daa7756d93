"""For tests that start whole systems: free ports, who is still running, and waiting."""

import os
import pathlib
import random
import shutil
import sys
import time

from demo.errors import DemoError
from demo.settings import MOST_FIBRE_PAIRS, PORT_SPAN, Ports

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_first_port():
    """First port of a block that is free now, below the range the kernel hands out from."""
    blocks = list(range(10000, 32000, PORT_SPAN))
    random.shuffle(blocks)
    for first in blocks:
        try:
            Ports(first).require_free(MOST_FIBRE_PAIRS, grafana=True)
            return first
        except DemoError:
            continue
    raise AssertionError("no free block of ports")


def require_tools(*tools):
    """Skips the whole file, aloud, where a program it cannot do without is missing."""
    for tool in tools:
        if shutil.which(tool) is None:
            print(f"SKIPPED: {tool} is not installed")
            sys.exit(77)


def processes_mentioning(text):
    """{pid: command line} of other processes whose command line contains the text."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if text in command and state != "Z":
                found[int(entry.name)] = command
    return found


def wait_until(condition, within_s, what, every_s=0.1):
    """Returns the first true answer of the condition; fails the test when none comes in time."""
    deadline = time.monotonic() + within_s
    while True:
        told = condition()
        if told:
            return told
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s (last: {told!r})")
        time.sleep(every_s)
