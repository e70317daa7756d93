"""deploy/packages, with stand-ins for dpkg and apt."""

import os
import pathlib
import subprocess
import tempfile
import unittest

PACKAGES = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "packages"

# Answers "installed" for every package but those named in $MISSING.
DPKG_QUERY = """#!/bin/sh
for last; do :; done
case " $MISSING " in *" $last "*) exit 1 ;; esac
printf installed
"""
RECORDER = """#!/bin/sh
echo "$0 $*" >>"$CALLS"
exit 1
"""


class Packages(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.calls = self.dir / "calls"
        for name, text in {
            "dpkg-query": DPKG_QUERY,
            "apt-get": RECORDER,
            "apt-cache": RECORDER,
            "sudo": RECORDER,
        }.items():
            (self.dir / name).write_text(text)
            (self.dir / name).chmod(0o755)

    def run_packages(self, *arguments, missing=""):
        environment = dict(
            os.environ, PATH=f"{self.dir}:{os.environ['PATH']}", MISSING=missing, CALLS=self.calls
        )
        return subprocess.run(
            [PACKAGES, *arguments], env=environment, capture_output=True, text=True, timeout=30
        )

    def test_nothing_missing_is_a_quiet_no_op_without_apt(self):
        done = self.run_packages("build", "run", "test")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertFalse(self.calls.exists())

    def test_check_names_what_is_missing_and_installs_nothing(self):
        done = self.run_packages("build", "run", "--check", missing="ninja-build openssl shellcheck")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr.strip(), "deploy/packages: missing packages: ninja-build openssl"
        )
        self.assertFalse(self.calls.exists())

    def test_check_of_a_complete_group_passes_whatever_another_group_lacks(self):
        self.assertEqual(self.run_packages("run", "--check", missing="shellcheck").returncode, 0)

    def test_unknown_group_and_no_group_are_usage_errors(self):
        done = self.run_packages("everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'everything'", done.stderr)
        self.assertEqual(self.run_packages().returncode, 2)

    def test_failing_apt_is_reported_with_the_packages(self):
        done = self.run_packages("test", missing="shellcheck")
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get update failed", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
