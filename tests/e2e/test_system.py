"""The whole system, with the real programs and a real Prometheus and Alertmanager: what an operator
sees of a fault, and what is left in the store after the monitor's own parts have crashed."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import dashboards
import history
from demo import plant, prometheus, settings, system, table
from running import ROOT, free_first_port, require_tools, wait_until

PLANT = ROOT / "deploy/plants/trans_caspian_repeatered.yaml"
FIRST_METRIC_WITHIN_S = 15
COLLECTOR_OUTAGE_S = 20
AGENT_OUTAGE_S = 10
# Equipment is sampled every second; more than twice that without a sample is a lost one.
LONGEST_GAP_S = 2.5

line = None  # the running system, shared by all cases: starting it takes longer than most of them
timing = None


def setUpModule():
    global line, timing
    folder = pathlib.Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    layout = settings.Layout(ROOT, pathlib.Path(os.environ["CASPILINK_BIN"]).resolve(), folder)
    line = unittest.enterModuleContext(
        system.System(layout, settings.Ports(free_first_port()), plant.load(layout, PLANT))
    )
    line.start()
    timing = line.wait_for_margins()
    print(f"first margin after {timing[0]:.1f} s, all of them after {timing[1]:.1f} s", flush=True)


def inject(*arguments):
    done = subprocess.run(
        [line.layout.program("caspilink-simulator"), "inject", "--line", line.layout.line, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode != 0:
        raise AssertionError(f"inject {arguments}: {done.stderr}")


def alerts():
    """{(alert, fibre pair or station, direction)} firing in Alertmanager, inhibited ones left out."""
    return {
        (
            alert["labels"]["alertname"],
            alert["labels"].get("fibre_pair") or alert["labels"].get("station", ""),
            alert["labels"].get("direction", ""),
        )
        for alert in prometheus.alerts(line.ports.alertmanager.url)
        if alert["status"]["state"] == "active"
    }


def until(condition, within_s, what):
    """As wait_until, and fails at once when a part of the system dies."""

    def asked():
        line.raise_if_died()
        try:
            return condition()
        except prometheus.QueryError:
            return None

    return wait_until(asked, within_s, what)


def value(expression):
    """The single number a query gives, or None."""
    answer = line.query(expression)
    return answer[0][1] if answer else None


def let_pass(seconds):
    """The length of an outage is part of the fault, not a wait for something to be ready."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, seconds + 5, "time passes")


def settled():
    """Everything an agent has spooled is acknowledged, both are connected, nothing is alarming. A
    performance threshold that a cut has crossed stands until its 15 minutes are over."""
    return (
        value("sum(caspilink_collector_agent_connected)") == 2
        and value("max(caspilink_agent_spool_batches)") <= 2
        and value("min(up)") == 1
        and {alert for alert, _, _ in alerts()} <= {"ThresholdCrossed"}
    )


class HealthyLine(unittest.TestCase):
    def test_first_metric_is_there_in_time(self):
        self.assertLessEqual(timing[0], FIRST_METRIC_WITHIN_S)

    def test_every_direction_is_within_its_budget_and_shown(self):
        def complete():
            rows = table.cells(line.ports.prometheus.url, line.plant)
            full = all(r[-1] == "within_budget" and "-" not in r for r in rows)
            # The model's figure is for light; a machine that is busy starting things adds its own.
            return rows if full and all(float(r[7]) < float(r[8]) + 5 for r in rows) else None

        rows = until(complete, 60, "a full table with every direction within budget")
        self.assertEqual(len(rows), 2 * len(line.plant.fibre_pairs))
        for row in rows:
            _, _, power, power_expected, q, q_expected, margin, delay, budget, _ = row
            self.assertLess(abs(float(power) - float(power_expected)), 1, row)
            self.assertLess(abs(float(q) - float(q_expected)), 1, row)
            self.assertGreater(float(margin), 0, row)
            self.assertGreaterEqual(float(delay), float(budget) - 0.01, row)

    def test_no_alert_fires(self):
        until(settled, 60, "nothing alarming on a healthy line")

    def test_every_query_of_every_dashboard_has_an_answer(self):
        self.assertTrue(dashboards.DASHBOARDS)
        for path in dashboards.DASHBOARDS:
            dashboard = dashboards.load(path)
            asked = list(dashboards.queries(dashboard))
            self.assertGreater(len(asked), 10)
            for title, expression, over_a_range in asked:
                with self.subTest(dashboard=path.stem, panel=title, query=expression):
                    self.assertNotIn("$", expression)
                    until(
                        lambda e=expression, r=over_a_range: dashboards.points(
                            line.ports.prometheus.url, e, r
                        ),
                        20,
                        "an answer",
                    )
            for name, expression in dashboards.variable_queries(dashboard):
                with self.subTest(dashboard=path.stem, variable=name):
                    self.assertGreater(len(line.query(expression)), 0)

    def test_dashboards_can_be_provisioned(self):
        for path in dashboards.DASHBOARDS:
            dashboard = dashboards.load(path)
            self.assertIsNone(dashboard["id"])
            self.assertTrue(dashboard["uid"])
            self.assertIn("datasource", [v["type"] for v in dashboard["templating"]["list"]])
            for panel in dashboards.panels(dashboard):
                if panel["type"] == "row":
                    continue
                self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])
                self.assertTrue(panel["description"], panel["title"])
                if panel["type"] not in ("table", "state-timeline"):
                    self.assertIn("unit", panel["fieldConfig"]["defaults"], panel["title"])

    def test_metrics_of_every_program_follow_the_conventions(self):
        urls = [line.ports.collector_http.url, *(port.url for port in line.ports.agent_http)]
        for url in urls:
            with self.subTest(url=url):
                said = subprocess.run(
                    f"set -o pipefail; python3 -c 'import sys,urllib.request; "
                    f"sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' "
                    f"{url}/metrics | promtool check metrics",
                    shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60,
                )  # fmt: skip
                self.assertEqual((said.returncode, said.stdout + said.stderr), (0, ""))


class Cut(unittest.TestCase):
    def test_cut_fires_once_for_its_fibre_pair_and_for_no_other(self):
        until(settled, 60, "a quiet line to begin with")
        expected = {("FibrePairCut", "FP03", "")}
        seen = set()

        def firing():
            seen.update(alerts())
            return expected <= seen

        inject("cut", "--fibre-pair", "FP03", "--at-km", "120")
        self.addCleanup(inject, "restore", "--all")
        begin = time.monotonic()
        until(firing, 60, "FibrePairCut of FP03 in Alertmanager")
        print(f"cut to alert: {time.monotonic() - begin:.1f} s", flush=True)
        # What follows from the cut has had time to fire, were it not under it.
        until(lambda: value('caspilink_direction_verdict{fibre_pair="FP03",direction="a-b",verdict="within_budget"}') == 0, 60, "a verdict")  # fmt: skip
        let_pass(10)
        firing()
        self.assertEqual({alert for alert in seen if alert[1] != "FP03"}, set())
        # One alert: the rest is under it.
        self.assertEqual({alert[0] for alert in alerts()}, {"FibrePairCut"})

        inject("restore", "--fibre-pair", "FP03")
        begin = time.monotonic()
        until(settled, 120, "everything cleared after the repair")
        print(f"repair to cleared: {time.monotonic() - begin:.1f} s", flush=True)


class Setting(unittest.TestCase):
    def test_the_twin_follows_what_an_amplifier_is_set_to(self):
        until(settled, 60, "a quiet line to begin with")
        repeater = 'fibre_pair="FP05",direction="a-b",element="R2"'
        expected = f"caspilink_expected_repeater_output_power_dbm{{{repeater}}}"

        def near(expression, figure, by):
            seen = value(expression)
            return seen is not None and abs(seen - figure) < by

        until(lambda: near(expected, 18, 0.1), 30, "R2 is expected to send 18 dBm")
        inject("setting", "--fibre-pair", "FP05", "--direction", "a-b", "--amplifier", "R2",
               "--output-power-dbm", "17")  # fmt: skip
        self.addCleanup(inject, "restore", "--all")
        until(lambda: near(expected, 17, 0.1), 30, "the twin follows R2's setting")
        observed = f"caspilink_repeater_output_power_dbm{{{repeater}}}"
        until(lambda: near(observed, 17, 0.3), 30, "R2 sends what it is set to")
        # A setting is no fault: what follows from it is expected.
        let_pass(10)
        # A threshold that an earlier cut has crossed stands until its 15 minutes are over.
        self.assertLessEqual({alert for alert, _, _ in alerts()}, {"ThresholdCrossed"})
        delay = value("max(caspilink_collector_twin_last_delay_seconds)")
        print(f"setting to expectation in the collector: {delay * 1e3:.1f} ms", flush=True)
        inject("restore", "--fibre-pair", "FP05")
        until(lambda: near(expected, 18, 0.1), 30, "and back")


class Outage(unittest.TestCase):
    """Parts of the monitor crash; what they were told is all there afterwards."""

    def kill_for(self, name, seconds):
        process = line.process(name)
        killed_ns = time.time_ns()
        process.kill()
        let_pass(seconds)
        process.restart()
        return killed_ns, time.time_ns()

    def assert_complete_and_single(self):
        """No sequence missing, no batch and no sample twice. Returns the samples."""
        for (station, boot), sequences in history.batches(line.layout).items():
            with self.subTest(station=station, boot=boot):
                self.assertEqual(sorted(sequences), list(range(1, len(sequences) + 1)))
        samples = history.samples(line.layout)
        twice = {s: len(t) - len(set(t)) for s, t in samples.items() if len(t) != len(set(t))}
        self.assertEqual(twice, {})
        return samples

    def test_collector_killed_loses_and_doubles_nothing(self):
        until(settled, 60, "a quiet line to begin with")
        boots = set(history.batches(line.layout))
        killed, back = self.kill_for("collector", COLLECTOR_OUTAGE_S)
        until(settled, 90, "caught up after the collector's outage")
        begin, end = killed - 5 * 10**9, back + 5 * 10**9
        until(lambda: time.time_ns() > end + 3 * 10**9, 30, "samples after the outage")
        until(settled, 30, "all of them acknowledged")

        samples = self.assert_complete_and_single()
        self.assertEqual(set(history.batches(line.layout)), boots, "no agent has restarted")
        sampled = {s: t for s, t in samples.items() if s[1] == "channel_input_power"}
        # Four lit channels a fibre pair at either end.
        self.assertEqual(len(sampled), 2 * 4 * len(line.plant.fibre_pairs))
        for series, times in sampled.items():
            with self.subTest(series=series):
                self.assertLess(history.widest_gap_s(times, begin, end), LONGEST_GAP_S)

    def test_agent_killed_loses_nothing_it_had_stored_and_doubles_nothing(self):
        until(settled, 60, "a quiet line to begin with")
        boots = set(history.batches(line.layout))
        killed, back = self.kill_for("agent-aktau", AGENT_OUTAGE_S)
        until(lambda: value('caspilink_collector_agent_connected{station="aktau"}') == 1, 60, "back")
        end = time.time_ns() + 5 * 10**9
        until(lambda: time.time_ns() > end + 3 * 10**9, 30, "samples after the outage")
        until(settled, 90, "caught up after the agent's outage")

        samples = self.assert_complete_and_single()
        new = set(history.batches(line.layout)) - boots
        self.assertEqual([station for station, _ in new], ["aktau"], "one new boot, of this agent")
        for series, times in samples.items():
            if series[1] != "channel_input_power":
                continue
            with self.subTest(series=series):
                gap = history.widest_gap_s(times, killed - 5 * 10**9, end)
                if series[0] == "aktau":  # nobody was there to look
                    self.assertGreater(gap, AGENT_OUTAGE_S - 2)
                    self.assertLess(gap, (back - killed) / 1e9 + 10)
                else:
                    self.assertLess(gap, LONGEST_GAP_S)


def load_tests(loader, *_):
    """Crashes last: they leave a history the other cases need not explain."""
    cases = (HealthyLine, Cut, Setting, Outage)
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)


if __name__ == "__main__":
    require_tools("prometheus", "prometheus-alertmanager", "promtool")
    unittest.main(verbosity=2)
