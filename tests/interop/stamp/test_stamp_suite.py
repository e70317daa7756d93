"""A STAMP sender and reflector of another house: stamp-suite, written in Rust (crate stamp-suite)."""

import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

from station import Station

PEER = shutil.which("stamp-suite") or os.environ.get("STAMP_SUITE", "")
if not PEER:
    print("SKIPPED: stamp-suite is not installed (cargo install stamp-suite; STAMP_SUITE names it)")
    sys.exit(77)
print("peer:", subprocess.run([PEER, "--version"], capture_output=True, text=True).stdout.strip())

KEY = bytes(range(32))


def peer_reflector(*options):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    peer = subprocess.Popen(
        [PEER, "-i", "-S", "127.0.0.1", "-o", str(port), "--stateful-reflector", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return peer, port


class StampSuiteTest(unittest.TestCase):
    def ask_us(self, station, *options):
        done = subprocess.run(
            [PEER, "-r", "127.0.0.1", "-p", str(station.port), "-c", "10", "-d", "20", "-L", "2"]
            + list(options),
            capture_output=True,
            text=True,
            timeout=40,
        )
        return done.stdout + done.stderr

    def test_its_sender_is_answered(self):
        station = Station(reflector='listen: "127.0.0.1:0"')
        said = self.ask_us(station, "--cos", "--dscp", "46")
        counters = station.end()["counters"]
        self.assertRegex(said, r"Packets received: 10\b")
        self.assertEqual(counters["reflector_malformed"], 0)

    def test_its_authenticated_sender_is_answered(self):
        station = Station(reflector='listen: "127.0.0.1:0", key_file: stamp.key', key=KEY)
        said = self.ask_us(station, "-A", "A", "--hmac-key", KEY.hex(), "--cos")
        station.end()
        self.assertRegex(said, r"Packets received: 10\b")

    def ask_it(self, peer_options, session_options, key=None):
        peer, port = peer_reflector(*peer_options)
        try:
            station = Station(
                sessions=f'address: "127.0.0.1:{port}", interval_ms: 20, timeout_ms: 500, '
                f"extensions: [follow_up, timestamp_information, class_of_service]"
                + session_options,
                key=key,
            )
            time.sleep(2)
            return station.end()
        finally:
            peer.terminate()
            peer.wait(timeout=10)

    def test_its_reflector_is_measured(self):
        told = self.ask_it((), "")
        self.assertGreater(told["counters"]["packets_answered"], 5)
        self.assertEqual(told["counters"]["packets_implausible"], 0)
        self.assertEqual(told["counters"]["tlvs_bad"], 0)
        self.assertIn("round_trip_delay", told["observed"])

    def test_its_authenticated_reflector_is_measured(self):
        told = self.ask_it(("-A", "A", "--hmac-key", KEY.hex()), ", key_file: stamp.key", key=KEY)
        self.assertGreater(told["counters"]["packets_answered"], 5)
        self.assertEqual(told["counters"]["packets_unauthentic"], 0)
        self.assertEqual(told["counters"]["tlvs_bad"], 0)


if __name__ == "__main__":
    unittest.main()
