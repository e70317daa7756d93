"""deploy/cables/make-cables: what it writes is accepted by who reads it, and a wrong list by nobody."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from running import ROOT

MAKE = ROOT / "deploy/cables/make-cables"
PLANT = ROOT / "deploy/plants/trans_caspian_repeatered.yaml"
COLLECTOR = pathlib.Path(os.environ["CASPILINK_BIN"]) / "caspilink-collector"
GOOD = f"""\
# two cables, one of them with two collectors
east, caspian, {PLANT}, 127.0.0.1, 9400
east, caspian, {PLANT}, ::1, 9400
west, black-sea, {PLANT}, 127.0.0.1, 9405
"""


class MakeCables(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.list = self.temp / "cables.csv"
        self.out = self.temp / "out"

    def make(self, text, *options):
        self.list.write_text(text)
        return subprocess.run(
            [MAKE, self.list, self.out, *options], capture_output=True, text=True, timeout=30
        )

    def made(self, text, *options):
        done = self.make(text, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [(line.split()[0], line.split()[1].removeprefix(f"{self.out}/")) for line in done.stdout.splitlines()]

    def test_each_collector_has_a_configuration_and_each_region_a_list(self):
        files = [
            "127.0.0.1/collectors/east.yaml", "::1/collectors/east.yaml",
            "127.0.0.1/collectors/west.yaml",
            "prometheus/black-sea/collectors.json", "prometheus/caspian/collectors.json",
        ]  # fmt: skip
        self.assertEqual(self.made(GOOD), [("wrote", file) for file in files])
        self.assertEqual(
            json.loads((self.out / "prometheus/caspian/collectors.json").read_text()),
            [
                {"targets": ["127.0.0.1:9401"], "labels": {"cable": "east"}},
                {"targets": ["[::1]:9401"], "labels": {"cable": "east"}},
            ],
        )

    def test_a_second_run_changes_what_changed_and_names_what_is_stale(self):
        self.made(GOOD)
        self.assertEqual({what for what, _ in self.made(GOOD)}, {"kept"})
        fewer = "\n".join(line for line in GOOD.splitlines() if "west" not in line)
        self.assertEqual(
            [line for line in self.made(fewer) if line[0] != "kept"],
            [
                ("stale", "127.0.0.1/collectors/west.yaml"),
                ("stale", "prometheus/black-sea/collectors.json"),
            ],
        )

    def test_the_collector_accepts_its_configuration(self):
        pki = self.temp / "pki"
        subprocess.run(
            [ROOT / "deploy/pki/make-certificates", pki, "--collectors", "collector-east,collector-west"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        self.made(GOOD, "--pki", pki, "--state", self.temp / "state", "--max-gib", "3")
        for path in self.out.glob("*/collectors/*.yaml"):
            done = subprocess.run(
                [COLLECTOR, "--config", path, "--check-config"], capture_output=True, text=True, timeout=30
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)

    def test_prometheus_accepts_the_region(self):
        if shutil.which("promtool") is None:
            self.skipTest("promtool is not installed")
        self.made(GOOD)
        text = (ROOT / "deploy/prometheus/prometheus_region.yaml").read_text()
        text = text.replace("${replica}", "a").replace("${region}", "caspian")
        text = text.replace("${alertmanagers}", "'127.0.0.1:9093', '[::1]:9093'")
        text = text.replace("/etc/prometheus/caspilink/collectors.json", str(self.out / "prometheus/caspian/collectors.json"))
        text = text.replace("/etc/prometheus/caspilink/rules", str(ROOT / "deploy/prometheus/rules"))
        self.assertNotIn("${", text)
        config = self.temp / "prometheus.yaml"
        config.write_text(text)
        done = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("2 rule files found", done.stdout)

    def test_the_example_is_good(self):
        text = (ROOT / "deploy/cables/cables.example.csv").read_text()
        self.assertEqual(len(self.made(text)), 5)

    def test_wrong_lists_say_where_and_write_nothing(self):
        east = f"east, caspian, {PLANT}, 127.0.0.1, 9400\n"
        for text, place, said in (
            ("", "", "names no cable"),
            ("east, caspian\n", ":1:", "expected 5 fields"),
            (east + f"West, caspian, {PLANT}, 127.0.0.1, 9410\n", ":2:", "cable 'West'"),
            (f"../x, caspian, {PLANT}, 127.0.0.1, 9410\n", ":1:", "cable '../x'"),
            ("# none\neast, caspian, plant.yaml, 127.0.0.1, 9400\n", ":2:", "absolute path"),
            (f"east, caspian, {PLANT}, example, 9400\n", ":1:", "host 'example'"),
            (f"east, caspian, {PLANT}, 127.0.0.1, 80\n", ":1:", "first_port '80'"),
            (f"east, caspian, {PLANT}, 127.0.0.1, 65535\n", ":1:", "first_port '65535'"),
            (east + f"west, caspian, {PLANT}, 127.0.0.1, 9404\n", ":2:", "within the 5 ports of east"),
            (east + f"east, caspian, {PLANT}, 127.0.0.1, 9410\n", ":2:", "has a collector on 127.0.0.1"),
            (east + f"east, other, {PLANT}, 127.0.0.2, 9400\n", ":2:", "in region caspian already"),
        ):
            with self.subTest(text=text):
                done = self.make(text)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, rf"^make-cables: {re.escape(str(self.list))}{place}")
                self.assertIn(said, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
