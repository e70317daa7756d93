#!/usr/bin/python3
"""Many cables on one machine: a collector each, two agents each, as deploy/cables lays them out.

    tests/bench/fleet/run.py [--cables 100] [--seconds 60] [--bin build/bench/bin]

Prints what the collectors, all together and each, took of processor and memory while the agents
reported once a second, and how long they waited for their acknowledgements."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests/support")]

from demo.processes import Component, Process, stop_all  # noqa: E402
from demo.settings import Port  # noqa: E402

PLANT = ROOT / "deploy/plants/trans_caspian_repeatered.yaml"
PORTS_FROM = 20000
PORTS_EACH = 5
SCRAPE_EVERY_S = 15
TICKS = os.sysconf("SC_CLK_TCK")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cables", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bench/bin")
    return parser.parse_args()


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid, what):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{what}:\s+(\d+) kB", text, re.M)[1]) / 1024


def proportional_mib(pid):
    """What is shared with other processes, above all the program itself, counted in part."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M)[1]) / 1024


def get(port, path):
    with urllib.request.urlopen(f"{port.url}{path}", timeout=10) as answer:
        return answer.read().decode()


def lay_out(folder, cables):
    """Plants with stations of their own, the configurations of deploy/cables, certificates."""
    text = PLANT.read_text()
    rows, stations = [], []
    for number, cable in enumerate(cables):
        plant = folder / f"{cable}.yaml"
        own = text
        for end, station in (("a", "sumgait"), ("b", "aktau")):
            own, count = re.subn(rf"(\bid: ){station}\b", rf"\g<1>{cable}-{end}", own)
            assert count == 1, station
            stations.append(f"{cable}-{end}")
        plant.write_text(own)
        rows.append(f"{cable},here,{plant},127.0.0.1,{PORTS_FROM + PORTS_EACH * number}\n")
    cables_file = folder / "cables.csv"
    cables_file.write_text("".join(rows))
    pki, state = folder / "pki", folder / "state"
    for command in (
        [ROOT / "deploy/cables/make-cables", cables_file, folder / "out", "--pki", pki, "--state", state],
        [
            ROOT / "deploy/pki/make-certificates", pki, "--stations", ",".join(stations),
            "--collectors", ",".join(f"collector-{cable}" for cable in cables),
        ],
    ):  # fmt: skip
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    state.mkdir()
    return folder / "out/127.0.0.1/collectors"


def scrape_until(stop, ports):
    """As a Prometheus would, the targets spread over its interval."""
    while not stop.is_set():
        for port in ports:
            if stop.wait(SCRAPE_EVERY_S / len(ports)):
                return
            get(port, "/metrics")


def stored_samples(ports):
    return sum(
        float(value)
        for port in ports
        for value in re.findall(r"^caspilink_collector_samples_total\{.*\} (\S+)$", get(port, "/metrics"), re.M)
    )


def verdicts(ports):
    pattern = r'^caspilink_direction_verdict\{.*verdict="within_budget"\} 1$'
    return sum(len(re.findall(pattern, get(port, "/metrics"), re.M)) for port in ports)


def main():
    options = arguments()
    cables = [f"c{number:03}" for number in range(1, options.cables + 1)]
    ports = [Port(PORTS_FROM + PORTS_EACH * i + 1, "HTTP") for i in range(len(cables))]
    taken = [p.number for i, p in enumerate(ports) if not (p.is_free() and Port(p.number - 1, "").is_free())]
    if taken:
        sys.exit(f"run.py: ports {taken} are in use")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        configurations = lay_out(folder, cables)
        processes = []
        try:
            for cable, port in zip(cables, ports):
                command = [options.bin / "caspilink-collector", "--config", configurations / f"{cable}.yaml"]
                part = Component(cable, command, f"{port.url}/healthz")
                processes.append(Process(part, folder / f"{cable}.log"))
            deadline = time.monotonic() + 120
            while not all(p.is_healthy() for p in processes):
                if time.monotonic() > deadline or not all(p.is_running() for p in processes):
                    sys.exit("run.py: not every collector came up")
                time.sleep(0.5)
            idle_from = [cpu_s(p.pid) for p in processes]
            time.sleep(10)
            idle = sum(cpu_s(p.pid) for p in processes) - sum(idle_from)
            print(f"idle: {idle / 10 / len(cables) * 100:.2f} % of a core a collector", flush=True)

            fleet = "".join(
                f"{cable}-{end} {end} {folder / cable}.yaml 127.0.0.1:{port.number - 1} "
                f"collector-{cable} {folder / 'pki'}\n"
                for cable, port in zip(cables, ports)
                for end in "ab"
            )
            stop = threading.Event()
            scraper = threading.Thread(target=scrape_until, args=(stop, ports), daemon=True)
            scraper.start()
            before = [cpu_s(p.pid) for p in processes]
            begin = time.monotonic()
            load = subprocess.Popen(
                [options.bin / "fleet_load", str(options.seconds)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            load.stdin.write(fleet)
            load.stdin.close()
            while load.poll() is None and time.monotonic() < begin + 0.8 * options.seconds:
                time.sleep(0.5)
            judged = verdicts(ports)
            told = json.loads(load.stdout.read() or "{}")
            load.wait()
            took = time.monotonic() - begin
            used = [cpu_s(p.pid) - b for p, b in zip(processes, before)]
            stop.set()
            scraper.join()
            resident = [memory_mib(p.pid, "VmRSS") for p in processes]
            peak = [memory_mib(p.pid, "VmHWM") for p in processes]
            shared = [proportional_mib(p.pid) for p in processes]
            stored = stored_samples(ports)
        finally:
            stubborn = stop_all(processes)
        bytes_stored = sum(f.stat().st_size for f in (folder / "state").rglob("*") if f.is_file())

    print(json.dumps(told))
    rate = told["samples"] / told["seconds"]
    print(
        f"{told['agents']} agents, {len(cables)} collectors, {took:.0f} s: {rate:.0f} samples/s offered, "
        f"{stored:.0f} of {told['samples']} stored, {judged} of {32 * len(cables)} directions within budget\n"
        f"processor: {sum(used) / took:.2f} cores together, {sum(used) / took / len(cables) * 100:.2f} % of a core "
        f"a collector, {sum(used) / told['samples'] * 1e9:.0f} ns a sample "
        f"({sum(used) / told['samples'] * 1e6 / 10:.3f} % of a core for 1,000 samples/s)\n"
        f"memory: {statistics.median(resident):.1f} MiB resident a collector (median; peak {max(peak):.1f}), "
        f"{sum(shared):.0f} MiB of all together ({sum(shared) / len(cables):.1f} a collector)\n"
        f"disk: {bytes_stored / told['samples']:.1f} bytes a sample"
    )
    if stubborn or load.returncode != 0 or stored != told["samples"] or judged != 32 * len(cables):
        sys.exit(1)


if __name__ == "__main__":
    main()
