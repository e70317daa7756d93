"""Bytes of RFC 8762 and RFC 8972, written down here a second time, against a running station."""

import hashlib
import hmac
import socket
import struct
import time
import unittest

from station import Station

KEY = bytes(range(1, 33))
NTP = 2_208_988_800


def ntp(seconds):
    return struct.pack(">II", int(seconds) + NTP, int(seconds % 1 * 2**32))


def digest(data):
    return hmac.new(KEY, data, hashlib.sha256).digest()[:16]


def open_request(sequence, ssid=7, tlvs=b""):
    return struct.pack(">I", sequence) + ntp(time.time()) + b"\x80\x01" + struct.pack(
        ">H", ssid
    ) + bytes(28) + tlvs


def authenticated_request(sequence, ssid=7, tlvs=b""):
    base = struct.pack(">I", sequence) + bytes(12) + ntp(time.time()) + b"\x80\x01"
    base += struct.pack(">H", ssid) + bytes(68)
    return base + digest(base) + tlvs


def tlv(kind, value, flags=0x80):
    return struct.pack(">BBH", flags, kind, len(value)) + value


class WireTest(unittest.TestCase):
    def ask(self, station, *requests, family=socket.AF_INET):
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            sock.connect((host, station.port))
            for request in requests:
                sock.send(request)
                yield sock.recv(4096)

    def setUp(self):
        self.stations = []

    def tearDown(self):
        for station in self.stations:
            station.end()

    def station(self, **how):
        self.stations.append(Station(**how))
        return self.stations[-1]

    def test_an_open_request_is_answered_as_rfc_8762_says(self):
        for family, listen in ((socket.AF_INET, "127.0.0.1:0"), (socket.AF_INET6, "[::1]:0")):
            station = self.station(reflector=f'listen: "{listen}"')
            request = open_request(5)
            (answer,) = self.ask(station, request, family=family)
            self.assertEqual(len(answer), 44)
            self.assertEqual(answer[0:4], bytes(4))  # its first of this session
            self.assertEqual(answer[14:16], request[14:16])
            self.assertEqual(answer[24:38], request[0:14])
            self.assertEqual(answer[38:40] + answer[41:44], bytes(5))
            self.assertNotEqual(answer[40], 0)
            t1, t2, t3 = request[4:12], answer[16:24], answer[4:12]
            self.assertTrue(t1 <= t2 <= t3)
            self.assertLess(struct.unpack(">Q", t3)[0] - struct.unpack(">Q", t1)[0], 10 << 32)
            self.assertNotEqual(answer[13], 0)  # an error estimate's multiplier never is

    def test_a_twamp_light_request_of_14_bytes_gets_14(self):
        station = self.station(reflector='listen: "127.0.0.1:0"')
        (answer,) = self.ask(station, open_request(1)[:14])
        self.assertEqual(len(answer), 14)

    def test_an_authenticated_request_gets_an_authentic_answer_of_112_bytes(self):
        station = self.station(reflector='listen: "127.0.0.1:0", key_file: stamp.key', key=KEY)
        request = authenticated_request(5)
        (answer,) = self.ask(station, request)
        self.assertEqual(len(answer), 112)
        self.assertEqual(answer[96:], digest(answer[:96]))
        self.assertEqual(answer[48:52], request[0:4])
        self.assertEqual(answer[64:74], request[16:26])
        self.assertEqual(answer[26:28], request[26:28])
        self.assertEqual(answer[4:16] + answer[40:48] + answer[52:64], bytes(32))

    def test_unauthentic_requests_get_silence(self):
        station = self.station(reflector='listen: "127.0.0.1:0", key_file: stamp.key', key=KEY)
        bad = bytearray(authenticated_request(5))
        bad[100] ^= 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            sock.connect(("127.0.0.1", station.port))
            sock.send(bad)
            sock.send(open_request(6) + bytes(68))
            sock.send(authenticated_request(7))
            answer = sock.recv(4096)
        self.assertEqual(answer[48:52], struct.pack(">I", 7))  # the first that was answered
        time.sleep(0.3)  # for its counters, which are looked at every tenth
        counters = self.stations.pop().end()["counters"]
        self.assertEqual(counters["reflector_unauthentic"], 2)

    def test_tlvs_are_filled_in_and_flagged(self):
        station = self.station(reflector='listen: "127.0.0.1:0"')
        asked = tlv(3, bytes(4)) + tlv(77, b"abc") + tlv(4, bytes([46 << 2, 0, 0, 0])) + tlv(1, b"xy")
        first, second = self.ask(station, open_request(1, tlvs=asked), open_request(2, tlvs=asked))
        for answer in first, second:
            self.assertEqual(len(answer), 44 + len(asked))
            tlvs = answer[44:]
            self.assertEqual(tlvs[0:4], b"\0\3\0\4")
            self.assertIn(tlvs[5], (2, 3))
            self.assertEqual(tlvs[7], 3)
            self.assertEqual(tlvs[8:15], tlv(77, b"abc"))
            self.assertEqual(tlvs[15:20], b"\0\4\0\4" + bytes([46 << 2]))
            self.assertEqual(tlvs[23:], tlv(1, b"xy", flags=0))

    def test_a_malformed_tlv_is_flagged_and_goes_back(self):
        station = self.station(reflector='listen: "127.0.0.1:0"')
        (answer,) = self.ask(station, open_request(1, tlvs=b"\x80\x03\x00\x05abcde"))
        self.assertEqual(answer[44:], b"\x40\x03\x00\x05abcde")

    def test_the_hmac_tlv_guards_the_others(self):
        station = self.station(reflector='listen: "127.0.0.1:0", key_file: stamp.key', key=KEY)
        info = tlv(3, bytes(4))
        good = info + tlv(8, digest(struct.pack(">I", 9) + info))
        bad = info + tlv(8, bytes(16))
        answered, flagged = self.ask(
            station, authenticated_request(9, tlvs=good), authenticated_request(10, tlvs=bad)
        )
        tlvs = answered[112:]
        self.assertEqual(tlvs[0], 0)
        self.assertEqual(tlvs[12:], digest(answered[0:4] + tlvs[:8]))
        self.assertEqual(flagged[112], 0x20)
        self.assertEqual(flagged[120], 0x20)
        self.assertEqual(flagged[116:120], bytes(4))


if __name__ == "__main__":
    unittest.main()
