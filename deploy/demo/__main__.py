"""Command line of the supervisor; `deploy/quickstart` is what people type."""

import argparse
import pathlib
import shutil
import signal
import sys
import time

from . import configuration, plant, prometheus, settings, system, table
from .errors import BAD_INPUT, FAILED, DemoError

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEALTH_EVERY_S = 2


class Interrupted(Exception):
    pass


def say(text=""):
    print(text, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="quickstart", allow_abbrev=False)
    parser.add_argument("task", choices=("preflight", "run"))
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path)
    parser.add_argument("--plant", type=pathlib.Path)
    parser.add_argument("--ports-from", type=int, default=settings.DEFAULT_FIRST_PORT)
    parser.add_argument("--two-collectors", action="store_true")
    parser.add_argument("--for", type=float, dest="seconds")
    return parser.parse_args()


def ports_of(options):
    return settings.Ports(options.ports_from, 2 if options.two_collectors else 1)


def shell_path(path):
    """As short as it can be typed from where we are."""
    path, here = path.resolve(), pathlib.Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def hints(line):
    layout, ports = line.layout, line.ports
    pair = line.plant.fibre_pairs[min(2, len(line.plant.fibre_pairs) - 1)]
    inject = f"{shell_path(layout.program('caspilink-simulator'))} inject --line {shell_path(layout.line)}"
    say("Look at it:")
    for each in ports.collectors:
        say(f"  Status page   {each.http.url}/")
    for port in ports.prometheuses:
        say(f"  Prometheus    {port.url}/alerts")
    say(f"  Alertmanager  {ports.alertmanager.url}")
    for each in ports.collectors:
        say(f"  Collector     {each.http.url}/metrics")
    for station, port in zip(line.plant.stations, ports.agent_http):
        say(f"  Agent         {port.url}/metrics  ({station})")
    if line.grafana_program:
        say(f"  Grafana       {ports.grafana.url}/d/caspilink-cable-overview")
    else:
        say("  Grafana       not installed, and not part of Debian 12. Install grafana-server from its")
        say("                makers' packages and start this again: it comes up with our dashboard. Or")
        say("                import deploy/grafana/dashboards/cable_overview.json into a Grafana you have,")
        say(f"                with {ports.prometheus.url} as its Prometheus data source.")
    ctl = f"{shell_path(layout.program('caspictl'))} --config {shell_path(layout.config)}/caspictl.yaml"
    say("Ask it, and do what an operator does:")
    say(f"  {ctl} status")
    say(f"  {ctl} watch")
    say("Break it, in another terminal:")
    say(f"  {inject} cut --fibre-pair {pair} --at-km 120")
    say(f"  {inject} restore --all")
    say(f"Logs are in {shell_path(layout.logs)}.")


def watch(line, seconds):
    """Until asked to end, or for so many seconds. True if every part was healthy to the end."""
    healthy = True
    deadline = None if seconds is None else line.started + seconds
    next_health = 0.0
    complained = set()
    while deadline is None or time.monotonic() < deadline:
        try:
            line.raise_if_died()
        except system.Died as death:
            say(f"\n{death}")
            # Once only; the others go on, as they would in a station.
            death.process.expected_to_run = False
            healthy = False
            if seconds is not None:
                return False
        if time.monotonic() >= next_health:
            next_health = time.monotonic() + HEALTH_EVERY_S
            running = {p.name for p in line.processes if p.expected_to_run}
            for name in running.intersection(line.unhealthy()) - complained:
                say(f"\n{name} runs but does not answer; its log: {line.process(name).log}")
                complained.add(name)
                healthy = False
        time.sleep(system.TICK_S)
    complaints = line.final_complaints()
    for complaint in complaints:
        say(complaint)
    return healthy and not complaints


def run(options):
    layout = settings.Layout(ROOT, options.bin.resolve(), options.dir.resolve())
    ports = ports_of(options)
    for program in ("prometheus", "prometheus-alertmanager", "openssl"):
        if shutil.which(program) is None:
            raise DemoError(f"{program} is missing; deploy/packages run installs it")
    for program in ("linkbudget", "caspilink-agent", "caspilink-collector", "caspilink-simulator"):
        if not layout.program(program).is_file():
            raise DemoError(f"{layout.program(program)} is missing; build it first")
    cable = plant.load(layout, options.plant.resolve())
    interrupted = False
    with system.System(layout, ports, cable, configuration.find_grafana()) as line:
        try:
            line.start()
            say(f"{cable.name}: started {len(line.processes)} processes; waiting for margins from both stations")
            first, complete = line.wait_for_margins()
            say(f"First margin in Prometheus after {first:.1f} s, all of them after {complete:.1f} s.\n")
            say(table.render(table.cells(ports.prometheus.url, cable)) + "\n")
            hints(line)
            if options.seconds is None:
                say("Ctrl-C ends it all.")
            healthy = watch(line, options.seconds)
        except Interrupted:
            interrupted = True
            healthy = all(p.is_running() for p in line.processes)
            say("\nEnding what was started.")
        # Asked twice is not asked otherwise.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stubborn = line.stop()
    if stubborn:
        say(f"Had to be killed: {', '.join(stubborn)}")
    well = healthy and not stubborn
    if options.seconds is not None and not interrupted:
        say("Every part was healthy to the end." if well else "Not every part was healthy to the end.")
    return 0 if well else FAILED


def interrupt(*_):
    raise Interrupted


def main():
    options = arguments()
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if options.task == "preflight":
            # The plant's own ports are looked at when it can be read.
            ports_of(options).require_free(
                grafana=configuration.find_grafana() is not None
            )
            return 0
        if options.plant is None or options.bin is None:
            raise DemoError("run wants --plant and --bin", BAD_INPUT)
        return run(options)
    except Interrupted:
        return FAILED
    except (DemoError, prometheus.QueryError) as error:
        print(f"quickstart: {error}", file=sys.stderr, flush=True)
        return getattr(error, "status", FAILED)


if __name__ == "__main__":
    sys.exit(main())
