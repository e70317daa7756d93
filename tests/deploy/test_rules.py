"""The alert rules: well-formed, each proved to fire and to stay silent, each telling what to do."""

import pathlib
import re
import subprocess
import unittest

from running import ROOT, require_tools

RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yaml"))
CASES = sorted(pathlib.Path(__file__).with_name("rules").glob("*.yaml"))


def promtool(*arguments):
    return subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


def alerts():
    """Rule text by the alert's name. Good enough for files in our own layout."""
    return {
        name: text
        for path in RULES
        for name, text in re.findall(
            r"- alert: (\w+)\n(.*?)(?=\n\n|\n      - |\Z)", path.read_text(), re.S
        )
    }


class Rules(unittest.TestCase):
    def test_rules_are_well_formed(self):
        self.assertGreaterEqual(len(RULES), 2)
        done = promtool("check", "rules", *RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_cases_hold(self):
        self.assertGreaterEqual(len(CASES), 8)
        for case in CASES:
            with self.subTest(case=case.name):
                done = promtool("test", "rules", case)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_alert_has_a_case_that_fires_and_one_that_stays_silent(self):
        names = alerts()
        self.assertGreaterEqual(len(names), 8)
        for name in names:
            with self.subTest(alert=name):
                tests = re.split(
                    r"\n  - name: ", "".join(p.read_text() for p in CASES if name in p.read_text())
                )
                asked = [t for t in tests if f"alertname: {name}" in t]
                fires = [t for t in asked if re.search(rf"alertname: {name}\n.*\n *exp_alerts:\n", t)]
                silent = [t for t in asked if t not in fires]
                self.assertTrue(fires, "no case in which it fires")
                self.assertTrue(silent, "no case in which it stays silent throughout")

    def test_every_alert_says_what_happened_and_what_to_do(self):
        for name, text in alerts().items():
            for key in ("severity", "summary", "description", "action"):
                with self.subTest(alert=name, key=key):
                    self.assertRegex(text, rf"\n +{key}: +\S")

    def test_every_aggregation_keeps_cables_apart(self):
        groupings = [g for path in RULES for g in re.findall(r"by \((.*?)\)", path.read_text())]
        self.assertGreater(len(groupings), 20)
        for labels in groupings:
            self.assertIn("cable", labels.split(", "))

    def test_every_alert_asks_what_people_are_to_be_told_of(self):
        for name, text in alerts().items():
            with self.subTest(alert=name):
                self.assertNotRegex(text, r"(?<!:)caspilink_alarm_notifiable")

    def test_inhibitions_name_alerts_that_exist(self):
        text = (ROOT / "deploy/alertmanager/alertmanager.yaml").read_text()
        named = re.findall(r"alertname=~?\"([\w|]+)\"", text)
        self.assertTrue(named)
        unknown = {name for group in named for name in group.split("|")} - set(alerts())
        self.assertEqual(unknown, set())


if __name__ == "__main__":
    require_tools("promtool")
    unittest.main(verbosity=2)
