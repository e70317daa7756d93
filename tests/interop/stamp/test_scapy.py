"""Probes and answers built and read by Scapy's own STAMP layer (Debian's python3-scapy)."""

import logging
import socket
import sys
import unittest

try:
    logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
    import scapy
    from scapy.contrib import stamp
    from scapy.layers.inet import UDP
except ImportError:
    print("SKIPPED: Scapy with its STAMP layer is not installed (python3-scapy)")
    sys.exit(77)

from station import Station

print(f"peer: Scapy {scapy.VERSION}, scapy.contrib.stamp")


class ScapyTest(unittest.TestCase):
    def test_scapys_probe_is_answered_as_scapy_reads_it(self):
        station = Station(reflector='listen: "127.0.0.1:0"')
        try:
            probe = stamp.STAMPSessionSenderTestUnauthenticated(seq=3, ssid=9, ts=1.5)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(10)
                sock.connect(("127.0.0.1", station.port))
                sock.send(bytes(probe))
                answer = stamp.STAMPSessionReflectorTestUnauthenticated(sock.recv(4096))
        finally:
            station.end()
        self.assertEqual(answer.seq_sender, 3)
        self.assertEqual(answer.ssid, 9)
        self.assertEqual(bytes(answer)[28:36], bytes(probe)[4:12])
        self.assertEqual(answer.mbz1, 0)
        self.assertEqual(answer.mbz2, 0)
        self.assertGreater(answer.err_estimate.multiplier, 0)

    def test_our_probe_is_read_and_answered_by_scapy(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            sock.bind(("127.0.0.1", 0))
            station = Station(
                sessions=f'address: "127.0.0.1:{sock.getsockname()[1]}", interval_ms: 20'
            )
            for number in range(20):
                raw, peer = sock.recvfrom(4096)
                probe = stamp.STAMPSessionSenderTestUnauthenticated(
                    raw, _parent=UDP(len=8 + len(raw))
                )
                self.assertEqual(probe.seq, number)
                self.assertEqual([each.type for each in probe.tlv_objects], [7])
                answer = stamp.STAMPSessionReflectorTestUnauthenticated(
                    seq=number, ssid=probe.ssid, seq_sender=probe.seq, ttl_sender=255
                )
                reply = bytearray(bytes(answer))
                reply[4:12] = reply[16:24] = reply[28:36] = raw[4:12]
                sock.sendto(reply, peer)
            told = station.end()
        self.assertGreaterEqual(told["counters"]["packets_answered"], 1)
        self.assertEqual(told["counters"]["packets_implausible"], 0)
        self.assertIn("round_trip_delay", told["observed"])


if __name__ == "__main__":
    unittest.main()
