"""A collector and a Prometheus at each operator, both collectors fed by both agents, nothing shared:
they judge alike, losing one loses nothing, and Alertmanager tells of a fault once."""

import collections
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import unittest
import unittest.mock
import urllib.request

import history
from demo import configuration, plant, prometheus, settings, system
from running import ROOT, free_first_port, require_tools, wait_until

PLANT = ROOT / "deploy/plants/trans_caspian_repeatered.yaml"
BOTH = (0, 1)
OUTAGE_S = 10
# Either collector looks twice a second, at moments of its own; an alarm is dated by the look that
# raised it. Half a second of looking, and as much for the telemetry on its way to each, is what may
# lie between them on an idle machine; the rest is for one that is busy with other things.
RAISED_WITHIN_S = 4
ALARM = re.compile(r"^caspilink_alarm_(active|notifiable|consequences)\{(.*)\} (\S+)$", re.M)
VERDICT = re.compile(r"^caspilink_(?:direction|channel|latency)_verdict\{(.*)\} 1$", re.M)
ALERT = ("FibrePairCut", "FP03")

line = None
notified = []  # (status, alertname, fibre pair or station, how many alerts), as told to the NOC


class Noc(http.server.BaseHTTPRequestHandler):
    """Receives what Alertmanager sends to people."""

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        labels = told["commonLabels"]
        place = labels.get("fibre_pair") or labels.get("station", "")
        notified.append((told["status"], labels["alertname"], place, len(told["alerts"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def setUpModule():
    global line
    noc = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Noc)
    threading.Thread(target=noc.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(noc.server_close)
    unittest.addModuleCleanup(noc.shutdown)
    hook = f"  - name: noc\n    webhook_configs: [{{url: 'http://127.0.0.1:{noc.server_port}/'}}]"
    shipped = configuration.alertmanager_yaml
    unittest.enterModuleContext(
        unittest.mock.patch.object(
            configuration,
            "alertmanager_yaml",
            lambda layout: shipped(layout).replace("  - name: noc", hook),
        )
    )
    folder = pathlib.Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    layout = settings.Layout(ROOT, pathlib.Path(os.environ["CASPILINK_BIN"]).resolve(), folder)
    ports = settings.Ports(free_first_port(), collectors=2)
    line = unittest.enterModuleContext(system.System(layout, ports, plant.load(layout, PLANT)))
    line.start()
    line.wait_for_margins()


def until(condition, within_s, what):
    """As wait_until, and fails at once when a part of the system dies."""

    def asked():
        line.raise_if_died()
        try:
            return condition()
        except (prometheus.QueryError, OSError):
            return None

    return wait_until(asked, within_s, what)


def inject(*arguments):
    program = line.layout.program("caspilink-simulator")
    done = subprocess.run(
        [program, "inject", "--line", line.layout.line, *arguments],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(f"inject {arguments}: {done.stderr}")


def shown(collector):
    url = f"{line.ports.collectors[collector].http.url}/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def verdicts(collector):
    return set(VERDICT.findall(shown(collector)))


def type_of(labels):
    return re.search(r'alarm_type="(\w+)"', labels)[1]


def alarms_shown(collector):
    """{(active, notifiable or consequences, labels, value)}: labels have the severity."""
    return set(ALARM.findall(shown(collector)))


def key(row):
    names = ("type", "severity", "station", "fibre_pair", "direction", "channel", "element", "peer", "source")
    return tuple(row[name] for name in names)


def alarms_stored(collector, since_ns):
    """{alarm: ((parent's) alarm or None, raised)} of those raised since."""
    found = history.rows(line.layout, "alarms", collector=collector)
    by_id = {row["id"]: key(row) for row in found}
    return {
        key(row): (by_id.get(row["parent"]), int(row["raised_unix_ns"]))
        for row in found
        if int(row["raised_unix_ns"]) >= since_ns
    }


def alerts():
    """Every (alert, place) active in Alertmanager with how many there are of it."""
    return collections.Counter(
        (alert["labels"]["alertname"], alert["labels"].get("fibre_pair") or alert["labels"].get("station", ""))
        for alert in prometheus.alerts(line.ports.alertmanager.url)
        if alert["status"]["state"] == "active"
    )


def rule_fires(port, name):
    told = prometheus.get_json(f"{port.url}/api/v1/alerts")["data"]["alerts"]
    return any(a["labels"]["alertname"] == name and a["state"] == "firing" for a in told)


def passing(alarm_type):
    """A performance threshold that a cut has crossed stands until its 15 minutes are over."""
    return alarm_type not in ("threshold_crossed", "ThresholdCrossed")


def told_of(alert):
    return [(status, size) for status, name, place, size in notified if (name, place) == alert]


def unsettled():
    """What keeps the system from being quiet: an agent not heard, something owed, an alarm."""
    found = [f"down: {labels}" for labels, value in line.query("up") if value != 1]
    connected = line.query("sum by (instance) (caspilink_collector_agent_connected)")
    if [value for _, value in connected] != [2, 2]:
        found.append(f"connected: {connected}")
    spooled = line.query("max(caspilink_agent_spool_batches)")
    if not spooled or spooled[0][1] > 2:
        found.append(f"spooled: {spooled}")
    for i in BOTH:
        found.extend(l for kind, l, _ in alarms_shown(i) if kind == "active" and passing(type_of(l)))
    found.extend(str(alert) for alert in alerts() if passing(alert[0]))
    return found


def until_settled(within_s, what):
    last = []

    def settled():
        last[:] = unsettled()
        return not last

    try:
        until(settled, within_s, what)
    except AssertionError as error:
        raise AssertionError(f"{error}\n" + "\n".join(last)) from None


def same_verdicts():
    first, second = (verdicts(i) for i in BOTH)
    return first if first == second else None


class TwoOfEverything(unittest.TestCase):
    def assert_same_alarms(self, since_ns):
        """As shown and as stored: what they are, what is under what, and when. Returns the widest
        difference of times in seconds."""

        def same():
            first, second = (alarms_shown(i) for i in BOTH)
            return first if first and first == second else None

        until(same, 30, "the same alarms at both collectors")

        def recorded_alike():
            first, second = (alarms_stored(i, since_ns) for i in BOTH)
            alike = {k: p for k, (p, _) in first.items()} == {k: p for k, (p, _) in second.items()}
            return (first, second) if first and alike else None

        first, second = until(recorded_alike, 30, "the same alarms in both stores")
        self.assertIn("fibre_pair_cut", {alarm[0] for alarm in first})
        apart = max(abs(first[alarm][1] - second[alarm][1]) / 1e9 for alarm in first)
        self.assertLess(apart, RAISED_WITHIN_S)
        return len(first), apart

    def assert_stores_are_equal(self):
        """Batch by batch and sample by sample, up to what both have by now."""
        stored = [history.batches(line.layout, i) for i in BOTH]
        self.assertEqual(set(stored[0]), set(stored[1]))
        last = {}
        for agent in stored[0]:
            for sequences in (stored[0][agent], stored[1][agent]):
                # Lanes may overtake each other at the very end; nothing is missing before it, and
                # nothing is there twice.
                self.assertEqual(len(sequences), len(set(sequences)))
            whole = set(stored[0][agent]) & set(stored[1][agent])
            last[agent] = max(whole) - 5
            self.assertLessEqual(set(range(1, last[agent] + 1)), whole)
        self.assertGreater(sum(last.values()), 100)
        samples = [
            [
                tuple(row.values())
                for row in history.rows(line.layout, "history", "--format", "csv", collector=i)
                if int(row["sequence"]) <= last[row["station"], row["boot"]]
            ]
            for i in BOTH
        ]
        for of_one in samples:
            self.assertEqual(len(of_one), len(set(of_one)))
        self.assertEqual(set(samples[0]), set(samples[1]))
        return len(samples[0])

    def test_one_cut_two_collectors_one_of_them_killed(self):
        until_settled(90, "a quiet line at both collectors")
        self.assertGreater(len(until(same_verdicts, 30, "the same verdicts")), 32)

        with self.subTest("both raise the same alarms, people are told once"):
            since_ns = time.time_ns()
            inject("cut", "--fibre-pair", "FP03", "--at-km", "120")
            self.addCleanup(inject, "restore", "--all")
            for port in line.ports.prometheuses:
                until(lambda p=port: rule_fires(p, "FibrePairCut"), 60, "each Prometheus fires")
            until(lambda: alerts() == {ALERT: 1}, 30, "one alert in Alertmanager")
            count, apart = self.assert_same_alarms(since_ns)
            self.assertGreater(len(until(same_verdicts, 30, "the same verdicts")), 32)
            print(f"{count} alarms at both collectors, raised {apart:.2f} s apart at most", flush=True)

        with self.subTest("the other one goes on while one is dead"):
            killed = line.process("collector-2")
            killed.kill()
            begin = time.monotonic()
            killed_ns = time.time_ns()
            until(lambda: alerts() == {ALERT: 1, ("CollectorLost", ""): 1}, 60, "one is said to be lost")
            until(lambda: time.monotonic() > begin + OUTAGE_S, OUTAGE_S + 5, "an outage of that length")
            inject("fade", "--fibre-pair", "FP07", "--direction", "a-b", "--channel", "32", "--db", "15")
            faded = 'alarm_type="[a-z_]*",severity="[a-z]*",fibre_pair="FP07"'
            until(lambda: re.search(faded, shown(0)), 30, "a new fault is seen by the one that is left")
            self.assertNotEqual(alarms_stored(0, killed_ns), {})
            inject("restore", "--fibre-pair", "FP07")

        with self.subTest("the killed one catches up"):
            killed.restart()
            until(lambda: rule_up() == [1, 1], 30, "both are scraped again")
            until(
                lambda: alarms_shown(0) and alarms_shown(0) == alarms_shown(1) and alerts() == {ALERT: 1},
                60,
                "the same alarms again, nothing but the cut told of",
            )
            self.assertEqual(until(same_verdicts, 30, "the same verdicts"), verdicts(0))

        with self.subTest("a repair while one is dead is told once, by the one that saw it"):
            killed.kill()
            inject("restore", "--all")
            until(lambda: len(told_of(ALERT)) > 1, 90, "people are told of the repair")
            killed.restart()
            until_settled(90, "both fed, the killed one has forgotten the cut")

        count = self.assert_stores_are_equal()
        print(f"{count} samples, the same in both stores", flush=True)
        self.assertEqual(alarms_shown(0), alarms_shown(1))
        self.assertEqual(told_of(ALERT), [("firing", 1), ("resolved", 1)])


def rule_up():
    return [value for _, value in line.query('up{job="caspilink-collector"}')]


if __name__ == "__main__":
    require_tools("prometheus", "prometheus-alertmanager")
    unittest.main(verbosity=2)
