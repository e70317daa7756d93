"""The quickstart as people type it, with the real programs, for both reference plants."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from running import ROOT, free_first_port, processes_mentioning, require_tools

PLANTS = ROOT / "deploy/plants"


class QuickstartRun(unittest.TestCase):
    def run_for(self, seconds, plant):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        done = subprocess.run(
            [
                ROOT / "deploy/quickstart", "--skip-install", "--bin", os.environ["CASPILINK_BIN"],
                "--dir", pathlib.Path(folder, "run"), "--ports-from", str(free_first_port()),
                "--plant", PLANTS / plant, "--for", str(seconds),
            ],
            capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(processes_mentioning(folder), {})
        return done.stdout

    def test_repeatered_plant_runs_healthy_for_its_time(self):
        said = self.run_for(25, "trans_caspian_repeatered.yaml")
        self.assertEqual(said.count("within_budget"), 32, said)
        self.assertIn("Every part was healthy to the end.", said)

    def test_unrepeatered_plant_runs_healthy_for_its_time(self):
        said = self.run_for(25, "trans_caspian_unrepeatered.yaml")
        self.assertEqual(said.count("within_budget"), 48, said)


if __name__ == "__main__":
    require_tools("prometheus", "prometheus-alertmanager")
    unittest.main(verbosity=2)
