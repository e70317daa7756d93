#!/usr/bin/python3
"""Stands in for each of our programs, by the name it is called by, so that the quickstart is
tested without them: right answers on the command line and over HTTP, and nothing behind them."""

import http.server
import json
import os
import pathlib
import re
import signal
import sys

PAIRS = ("FP01", "FP02")
METRICS = "".join(
    f'{name}{{fibre_pair="{pair}",direction="{direction}"{more}}} {value}\n'
    for pair in PAIRS
    for direction in ("a-b", "b-a")
    for name, more, value in (
        ("caspilink_direction_margin_decibels", "", 4.25),
        ("caspilink_channel_input_power_dbm", ',channel="48"', -12.5),
        ("caspilink_direction_verdict", ',verdict="within_budget"', 1),
        ("caspilink_direction_verdict", ',verdict="unknown"', 0),
    )
)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(METRICS.encode() if name == "caspilink-collector" else b"")

    def log_message(self, *_):
        pass


def describe():
    plant = sys.argv[2]
    if "garbage" in pathlib.Path(plant).read_text():
        print(f"{plant}:1:1: expected a map", file=sys.stderr)
        sys.exit(2)
    stations = [{"id": "sumgait"}, {"id": "aktau"}]
    print(json.dumps({"plant": "fake", "stations": stations, "fibre_pairs": [{"id": p} for p in PAIRS]}))


def serve():
    config = pathlib.Path(sys.argv[sys.argv.index("--config") + 1]).read_text()
    host, port = re.search(r'^http: \{listen: "(.*):(\d+)"\}', config, re.M).groups()
    print("listening", flush=True)
    http.server.ThreadingHTTPServer((host, int(port)), Answers).serve_forever()


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
name = os.path.basename(sys.argv[0])
if name == "linkbudget":
    describe()
elif "--check-config" in sys.argv:
    sys.exit(0)
elif name == "caspilink-simulator":
    signal.pause()
else:
    serve()
