"""Writes what every part is told: its configuration file, and the command it is started with."""

import json
import shutil
import string
import subprocess
import sys

from .errors import DemoError
from .processes import Component
from .settings import numbered

SCRAPE_INTERVAL = "1s"
# STAMP probes per second and session are the reciprocal of this.
PROBE_INTERVAL_MS = 200
# Who may use the query API of the demo.
OPERATOR = "demo"
VIEWER = "screen"
# Where the simulated stations have their power feed equipment, which OpenConfig has no model of.
PFE = "/components/component[name=pfe-1]/power-supply/state/"
PFE_LEAVES = {
    "output-voltage": "power_feed_voltage",
    "output-current": "power_feed_current",
}


def q(value):
    """A YAML scalar: JSON's strings are YAML's."""
    return json.dumps(str(value))


def write(path, text):
    path.write_text(text)
    return path


def render(template, **values):
    """Fills a template of the deploy folder; a name it does not know is a programming error."""
    return string.Template(template.read_text()).substitute(values)


def make_certificates(layout, plant, collectors):
    done = subprocess.run(
        [
            layout.root / "deploy/pki/make-certificates", layout.pki,
            "--stations", ",".join(plant.stations),
            "--collectors", ",".join(numbered("collector", i) for i in range(collectors)),
            "--operator", OPERATOR, "--viewer", VIEWER,
        ],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        raise DemoError(done.stderr.strip() or "make-certificates failed")


def tls(layout, name):
    return (
        "tls:\n"
        f"  ca_file: {q(layout.pki / 'ca.pem')}\n"
        f"  certificate_file: {q(layout.pki / f'{name}.pem')}\n"
        f"  key_file: {q(layout.pki / f'{name}.key')}\n"
    )


def collector_yaml(layout, ports, plant, index):
    return (
        f"plant_file: {q(plant.path)}\n"
        f"listen: {q(ports.collectors[index].grpc.address)}\n"
        f"http: {{listen: {q(ports.collectors[index].http.address)}}}\n"
        f"query: {{listen: {q(ports.collectors[index].query.address)}}}\n"
        f"store: {{dir: {q(layout.collector_store(index))}}}\n"
        + tls(layout, numbered("collector", index))
    )


def caspictl_yaml(layout, ports):
    return f"address: {q(ports.collectors[0].query.address)}\n" + tls(layout, f"operator-{OPERATOR}")


def agent_yaml(layout, ports, plant, index):
    station = plant.stations[index]
    sessions = "".join(
        f"    - {{fibre_pair: {q(pair)}, peer: {q(plant.other(station))}, "
        f"address: {q(ports.relay(index, i).address)}, interval_ms: {PROBE_INTERVAL_MS}, "
        f"reflector: stateful}}\n"
        for i, pair in enumerate(plant.fibre_pairs)
    )
    collectors = "".join(
        f"  - {{address: {q(each.grpc.address)}, name: {numbered('collector', i)}}}\n"
        for i, each in enumerate(ports.collectors)
    )
    return (
        f"station: {q(station)}\n"
        f"state_dir: {q(layout.agent_state(station))}\n"
        f"http: {{listen: {q(ports.agent_http[index].address)}}}\n"
        "collectors:\n" + collectors + tls(layout, f"agent-{station}")
        + "gnmi:\n"
        "  targets:\n"
        "    - name: slte-1\n"
        f"      address: {q(ports.gnmi[index].address)}\n"
        "      sample_interval_s: 1\n"
        "      components:\n"
        '        - {pattern: "och-{fibre_pair}-{channel}"}\n'
        '        - {pattern: "line-{fibre_pair}"}\n'
        '        - {pattern: "{element}-{fibre_pair}"}\n'
        "      paths:\n"
        + "".join(
            f"        - {{path: {q(PFE + leaf)}, quantity: {quantity}, element: pfe-1}}\n"
            for leaf, quantity in PFE_LEAVES.items()
        )
        + "stamp:\n"
        f"  reflector: {{listen: {q(ports.reflector[index].address)}}}\n"
        "  report_interval_s: 1\n"
        "  sessions:\n" + sessions
    )


def listed(ports):
    return ", ".join(q(port.address) for port in ports)


def prometheus_yaml(layout, ports, plant, index):
    agents = "\n".join(
        f"      - targets: [{q(ports.agent_http[i].address)}]\n        labels: {{station: {station}}}"
        for i, station in enumerate(plant.stations)
    )
    return render(
        layout.root / "deploy/prometheus/prometheus.yaml",
        scrape_interval=SCRAPE_INTERVAL,
        replica=numbered("prometheus", index),
        rules=layout.root / "deploy/prometheus/rules",
        alertmanager=q(ports.alertmanager.address),
        prometheuses=listed(ports.prometheuses),
        collectors=listed(each.http for each in ports.collectors),
        agents=agents,
    )


def alertmanager_yaml(layout):
    # Alerts are being watched as they happen: no waiting for company.
    return render(
        layout.root / "deploy/alertmanager/alertmanager.yaml",
        group_wait="1s",
        group_interval="5s",
    )


def find_grafana():
    """The installed server's program, or None."""
    return shutil.which("grafana-server", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def simulator(layout, ports, plant, index):
    station = plant.stations[index]
    command = [
        layout.program("caspilink-simulator"), "station",
        "--plant", plant.path,
        "--station", station,
        "--line", layout.line,
        "--gnmi-listen", ports.gnmi[index].address,
        "--path-listen", ports.relay(index, 0).address,
        "--path-target", ports.reflector[1 - index].address,
    ]  # fmt: skip
    return Component(f"simulator-{station}", command)


def collector(layout, ports, plant, index):
    name = numbered("collector", index)
    config = write(layout.config / f"{name}.yaml", collector_yaml(layout, ports, plant, index))
    return Component(
        name,
        [layout.program("caspilink-collector"), "--config", config],
        f"{ports.collectors[index].http.url}/healthz",
    )


def prometheus(layout, ports, plant, index):
    name = numbered("prometheus", index)
    config = write(layout.config / f"{name}.yaml", prometheus_yaml(layout, ports, plant, index))
    port = ports.prometheuses[index]
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={layout.prometheus_data(index)}",
        "--storage.tsdb.retention.time=7d",
        f"--web.listen-address={port.address}",
        "--log.level=warn",
    ]
    return Component(name, command, f"{port.url}/-/healthy")


def alertmanager(layout, ports):
    config = write(layout.config / "alertmanager.yaml", alertmanager_yaml(layout))
    command = [
        "prometheus-alertmanager",
        f"--config.file={config}",
        f"--storage.path={layout.alertmanager_data}",
        f"--web.listen-address={ports.alertmanager.address}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    return Component("alertmanager", command, f"{ports.alertmanager.url}/-/healthy")


def grafana(layout, ports, program):
    layout.grafana_data.mkdir(mode=0o700, exist_ok=True)
    environment = {
        "GF_PATHS_DATA": layout.grafana_data,
        "GF_PATHS_LOGS": layout.grafana_data / "log",
        "GF_PATHS_PLUGINS": layout.grafana_data / "plugins",
        "GF_PATHS_PROVISIONING": layout.root / "deploy/grafana/provisioning",
        "GF_SERVER_HTTP_ADDR": ports.grafana.address.split(":")[0],
        "GF_SERVER_HTTP_PORT": ports.grafana.number,
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "CASPILINK_PROMETHEUS_URL": ports.prometheus.url,
        "CASPILINK_DASHBOARDS": layout.root / "deploy/grafana/dashboards",
    }
    command = [program, "--homepath=/usr/share/grafana"]
    return Component(
        "grafana",
        command,
        f"{ports.grafana.url}/api/health",
        environment={name: str(value) for name, value in environment.items()},
        # Its first start builds a database.
        patience_s=60,
    )


def components(layout, ports, plant, grafana_program=None):
    """Writes every configuration file and returns the parts in the order they are started."""
    collectors = range(len(ports.collectors))
    layout.make(plant.stations, len(collectors))
    make_certificates(layout, plant, len(collectors))
    write(layout.config / "caspictl.yaml", caspictl_yaml(layout, ports))
    parts = [simulator(layout, ports, plant, index) for index in (0, 1)]
    parts.extend(collector(layout, ports, plant, index) for index in collectors)
    for index, station in enumerate(plant.stations):
        config = write(
            layout.config / f"agent-{station}.yaml", agent_yaml(layout, ports, plant, index)
        )
        parts.append(
            Component(
                f"agent-{station}",
                [layout.program("caspilink-agent"), "--config", config],
                f"{ports.agent_http[index].url}/healthz",
            )
        )
    parts.extend(prometheus(layout, ports, plant, index) for index in collectors)
    parts.append(alertmanager(layout, ports))
    if grafana_program:
        parts.append(grafana(layout, ports, grafana_program))
    return parts


def check(layout, parts):
    """Asks our programs whether they accept what was written, before anything is started."""
    for part in parts:
        if not part.is_ours:
            continue
        done = subprocess.run(
            [*part.command, "--check-config"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            sys.stderr.write(done.stderr)
            raise DemoError(f"{part.name} refuses its configuration in {layout.config}")
