"""The dashboards where one Prometheus watches several cables: every query keeps them apart."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from running import ROOT, require_tools

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
SELECTOR = re.compile(r"\b(caspilink_\w+)(?:\{([^}]*)\})?")
# Of a series of ours, whatever its metric is.
PLACES = {
    "fibre_pair": "FP01",
    "direction": "a-b",
    "station": "aktau",
    "channel": "32",
    "severity": "critical",
    "alarm_type": "line_cut",
    "instance": "one:9401",
}
VERDICTS = ("unknown", "within_budget", "margin_low", "below_budget")


def queries(dashboard):
    for panel in dashboard["panels"]:
        for inner in (panel, *panel.get("panels", ())):
            for target in inner.get("targets", ()):
                yield inner["title"], target["expr"]


def asked_of(expression, cable):
    for name, value in (("$__rate_interval", "1m"), ("$fibre_pair", ".*"), ("$cable", cable)):
        expression = expression.replace(name, value)
    return expression


def series(metrics):
    """The same places on two cables, whose names differ in nothing else."""
    for metric in sorted(metrics):
        for cable in ("east", "west"):
            for verdict in VERDICTS if metric.endswith("_verdict") else (None,):
                labels = PLACES | {"cable": cable} | ({"verdict": verdict} if verdict else {})
                text = ", ".join(f'{name}="{value}"' for name, value in labels.items())
                yield {"series": f"{metric}{{{text}}}", "values": "1+0x10"}


class Dashboards(unittest.TestCase):
    def setUp(self):
        self.dashboards = [json.loads(path.read_text()) for path in DASHBOARDS]
        self.assertTrue(self.dashboards)

    def test_cable_is_a_variable_and_fibre_pairs_are_those_of_the_cables_chosen(self):
        for dashboard in self.dashboards:
            variables = {each["name"]: each for each in dashboard["templating"]["list"]}
            self.assertLess(list(variables).index("cable"), list(variables).index("fibre_pair"))
            # A Prometheus of one cable has no such label, and everything is of that cable.
            self.assertEqual(variables["cable"]["allValue"], ".*")
            self.assertTrue(variables["cable"]["includeAll"])
            self.assertIn('cable=~"$cable"', variables["fibre_pair"]["definition"])
            for variable in variables.values():
                if variable["type"] == "query":
                    self.assertEqual(variable["definition"], variable["query"]["query"])

    def test_every_selector_is_of_the_cables_chosen(self):
        for dashboard in self.dashboards:
            for title, expression in queries(dashboard):
                for metric, matchers in SELECTOR.findall(expression):
                    with self.subTest(panel=title, metric=metric):
                        self.assertIn('cable=~"$cable"', matchers)

    def test_two_cables_with_the_same_names_are_two(self):
        require_tools("promtool")
        tests = []
        for dashboard in self.dashboards:
            for title, expression in queries(dashboard):
                # Fallbacks for "nothing" are not of a cable, and totals are of all that are chosen.
                kept = re.sub(r"\s*or (?:on \(\) )?(?:label_replace\(vector|vector).*", "", expression)
                if not re.match(r"(?:time\(\) - )?\w+ by \(cable", kept):
                    continue
                every, east, west = (f"count({asked_of(kept, c)})" for c in (".*", "east", "west"))
                tests.append(
                    {
                        "expr": f"{every} == 2 * {east} == 2 * {west}",
                        "eval_time": "5m",
                        "exp_samples": [{"labels": "{}", "value": 2}],
                    }
                )
        self.assertGreater(len(tests), 15)
        metrics = {
            name for d in self.dashboards for _, e in queries(d) for name, _ in SELECTOR.findall(e)
        }
        case = {
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": list(series(metrics)),
                    "promql_expr_test": tests,
                }
            ],
        }
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cables.yaml"
            path.write_text(json.dumps(case))  # JSON is YAML
            done = subprocess.run(
                ["promtool", "test", "rules", str(path)], capture_output=True, text=True, timeout=60
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
