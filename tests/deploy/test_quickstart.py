"""The quickstart as a supervisor: real Prometheus and Alertmanager, stand-ins for our programs."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from running import ROOT, free_first_port, processes_mentioning, require_tools, wait_until

FAKE = pathlib.Path(__file__).with_name("fake_program.py")
PROGRAMS = ("linkbudget", "caspilink-agent", "caspilink-collector", "caspilink-simulator")
PARTS = 7  # two simulators, two agents, collector, Prometheus, Alertmanager
UP = "Ctrl-C ends it all."


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.temp = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.bin = self.temp / "bin"
        self.bin.mkdir()
        for program in PROGRAMS:
            (self.bin / program).symlink_to(FAKE)
        self.plant = self.temp / "plant.yaml"
        self.plant.write_text("plant: fake\n")
        self.dir = self.temp / "run"
        self.first_port = free_first_port()

    def command(self, *arguments):
        return [
            ROOT / "deploy" / "quickstart", "--skip-install", "--bin", self.bin, "--dir", self.dir,
            "--plant", self.plant, "--ports-from", str(self.first_port), *arguments,
        ]  # fmt: skip

    def run_it(self, *arguments, **environment):
        return subprocess.run(
            self.command(*arguments),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=90,
        )

    def start(self, *arguments):
        """Starts it in a process group of its own and waits until it is up."""
        process = subprocess.Popen(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            process_group=0,
        )  # fmt: skip
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = ""
        for line in process.stdout:
            said += line
            if "Logs are in" in line:
                return process, said
        self.fail(f"ended early: {said}")

    def children(self):
        return {
            pid: command
            for pid, command in processes_mentioning(str(self.temp)).items()
            if "-m demo" not in command and "quickstart" not in command
        }

    def assert_nothing_is_left(self):
        wait_until(lambda: not self.children(), 10, "no process left")

    def assert_refused(self, done, status, *said):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for words in said:
            self.assertIn(words, done.stderr)
        self.assertFalse(list(self.dir.glob("log/*")), "something was started")
        self.assert_nothing_is_left()

    def test_for_some_seconds_prints_the_table_and_leaves_nothing(self):
        done = self.run_it("--for", "4")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for row in ("FP01        a-b", "FP02        b-a"):
            self.assertIn(row, done.stdout)
        self.assertIn("within_budget", done.stdout)
        self.assertIn("-12.50", done.stdout)
        self.assertIn("4.25", done.stdout)
        self.assertIn("inject --line", done.stdout)
        self.assert_nothing_is_left()
        # And again in the same directory.
        self.assertEqual(self.run_it("--for", "4").returncode, 0)

    def test_interrupt_and_terminate_end_what_was_started_and_exit_0(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, _ = self.start()
                self.assertEqual(len(self.children()), PARTS)
                process.send_signal(number)
                self.assertEqual(process.wait(30), 0)
                self.assert_nothing_is_left()

    def test_killed_supervisor_leaves_no_orphan(self):
        process, _ = self.start()
        self.assertEqual(len(self.children()), PARTS)
        process.kill()
        process.wait(10)
        self.assert_nothing_is_left()

    def pid_of(self, name):
        return next(pid for pid, command in self.children().items() if name in command)

    def test_dying_part_is_reported_with_its_last_lines_and_fails_a_timed_run(self):
        process, _ = self.start("--for", "60")
        os.kill(self.pid_of("caspilink-collector"), signal.SIGKILL)
        said = process.stdout.read()
        self.assertEqual(process.wait(30), 1)
        self.assertIn("collector ended (killed by signal 9)", said)
        self.assertIn("    listening", said)
        self.assert_nothing_is_left()

    def test_dying_part_leaves_the_others_up_without_a_time_limit(self):
        process, _ = self.start()
        os.kill(self.pid_of("caspilink-collector"), signal.SIGKILL)
        for line in process.stdout:
            if "collector ended" in line:
                break
        self.assertEqual(len(self.children()), PARTS - 1)
        process.terminate()
        self.assertEqual(process.wait(30), 1)
        self.assert_nothing_is_left()

    def test_port_in_use_is_one_line_before_anything_is_started(self):
        with socket.create_server(("127.0.0.1", self.first_port + 1)):
            self.assert_refused(self.run_it(), 1, f"{self.first_port + 1} (collector, HTTP)")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
            relay.bind(("127.0.0.1", self.first_port + 151))
            self.assert_refused(self.run_it(), 1, f"{self.first_port + 151} (path relay)")

    def test_second_run_in_the_same_directory_is_refused(self):
        process, _ = self.start()
        here, self.first_port = self.first_port, free_first_port()
        done = self.run_it("--for", "5")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"already running in {self.dir} (pid {process.pid})", done.stderr)
        self.assertEqual(len(self.children()), PARTS)
        self.assertNotEqual(here, self.first_port)

    def test_unknown_and_unreadable_plants_are_bad_input(self):
        self.plant.write_text("garbage\n")
        self.assert_refused(self.run_it(), 2, f"{self.plant}:1:1: expected a map")
        self.plant.unlink()
        self.assert_refused(self.run_it(), 2, "no such file")

    def test_wrong_arguments_are_bad_input(self):
        for arguments in (("--for", "0"), ("--for", "soon"), ("--ports-from", "80"),
                          ("--ports-from", "65500"), ("--fro", "5"), ("--for",)):  # fmt: skip
            with self.subTest(arguments=arguments):
                self.assert_refused(self.run_it(*arguments), 2)

    def test_too_little_disk_is_one_line(self):
        self.assert_refused(
            self.run_it(CASPILINK_STATE_MIB="999999999"), 1, "needs 999999999 MiB free"
        )

    def test_missing_package_is_one_line(self):
        stub = self.temp / "stub" / "dpkg-query"
        stub.parent.mkdir()
        stub.write_text('#!/bin/sh\nfor last; do :; done\n[ "$last" = openssl ] || printf installed\n')
        stub.chmod(0o755)
        done = self.run_it(PATH=f"{stub.parent}:{os.environ['PATH']}")
        self.assert_refused(done, 1, "missing packages: openssl", "--skip-install")

    def test_missing_program_is_one_line(self):
        (self.bin / "caspilink-agent").unlink()
        self.assert_refused(self.run_it(), 1, "caspilink-agent is missing")

    def test_help_is_on_standard_output(self):
        done = self.run_it("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--ports-from N", done.stdout)


if __name__ == "__main__":
    require_tools("prometheus", "prometheus-alertmanager")
    unittest.main(verbosity=2)
