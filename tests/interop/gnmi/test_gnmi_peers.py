"""gNMI against programs of others: clients against our simulator, a target against our agent."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import urllib.error
import urllib.request

from running import ROOT, wait_until

BIN = pathlib.Path(os.environ["CASPILINK_BIN"])
PLANT = ROOT / "deploy/plants/trans_caspian_unrepeatered.yaml"
OSNR = "components/component[name=och-FP01-1]/optical-channel/state/osnr"
PATIENCE_S = 60


def find_program(name):
    folders = [os.environ.get("GOBIN"), str(pathlib.Path.home() / "go/bin")]
    path = os.pathsep.join([os.environ.get("PATH", "")] + [each for each in folders if each])
    return shutil.which(name, path=path)


def version_of(program):
    """As the Go linker wrote it into the program, where `go` is there to read it."""
    if shutil.which("go") is None:
        return "of unknown version"
    text = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True,
                          check=False).stdout
    found = re.search(r"^\s*mod\s+(\S+)\s+(\S+)", text, re.MULTILINE)
    return " ".join(found.groups()) if found else "of unknown version"


def require(case, name):
    program = find_program(name)
    if program is None:
        print(f"SKIPPED: {name} is not installed", flush=True)
        case.skipTest(f"{name} is not installed")
    print(f"PEER: {name} {version_of(program)}", flush=True)
    return program


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, log, **options):
    with log.open("w") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Simulator(unittest.TestCase):
    """Clients of others read our simulated station."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        cls.log = folder / "simulator.log"
        cls.process = start(
            [BIN / "caspilink-simulator", "station", "--plant", PLANT, "--station", "sumgait",
             "--line", folder / "line.json", "--gnmi-listen", "127.0.0.1:0"], cls.log)
        ready = wait_until(lambda: re.search(r"ready gnmi=(\S+)", cls.log.read_text()),
                           PATIENCE_S, "the simulator's readiness")
        cls.address = ready.group(1)

    @classmethod
    def tearDownClass(cls):
        stop(cls.process)
        cls.folder.cleanup()

    def gnmi_cli(self, *arguments, status=0):
        program = require(self, "gnmi_cli")
        done = subprocess.run(
            [program, "-address", self.address, "-insecure", "-timeout", "20s", *arguments],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def query(self, *arguments, status=0):
        text = self.gnmi_cli("-query", OSNR, *arguments, status=status)
        # It asks for JSON and says of it that the encoding is deprecated.
        values = [float(value)
                  for value in re.findall(r'"instant": \{?[A-Za-z_ ]*([-0-9.]+)', text)]
        self.assertTrue(values, text)
        for value in values:
            self.assertTrue(10 < value < 60, text)
        return values

    def test_gnmi_cli_reads_capabilities(self):
        text = self.gnmi_cli("-capabilities")
        for encoding in ("PROTO", "JSON_IETF", "JSON"):
            self.assertIn(f"supported_encodings: {encoding}", text)
        self.assertIn('gNMI_version: "0.10.0"', text)

    def test_gnmi_cli_gets_a_subtree(self):
        request = """path: {elem: {name: "components"}
            elem: {name: "component" key: {key: "name" value: "och-FP01-1"}}
            elem: {name: "optical-channel"} elem: {name: "state"}} encoding: JSON_IETF"""
        text = self.gnmi_cli("-get", "-proto", request)
        value = re.search(r'json_ietf_val:\s*"(.*)"', text)
        self.assertIsNotNone(value, text)
        state = json.loads(value.group(1).replace('\\"', '"'))
        self.assertTrue(10 < float(state["osnr"]["instant"]) < 60, state)

    def test_gnmi_cli_subscribes_once(self):
        self.assertEqual(len(self.query("-query_type", "once")), 1)

    def test_gnmi_cli_polls(self):
        values = self.query("-query_type", "polling", "-polling_interval", "200ms", "-count", "3")
        self.assertGreaterEqual(len(values), 2)

    def test_gnmi_cli_streams(self):
        # It ends by its own deadline, and calls that an error.
        text = self.gnmi_cli("-query", OSNR, "-display_type", "single", "-query_type", "streaming",
                             "-streaming_duration", "3s", status=1)
        values = re.findall(r"osnr/instant, ", text)
        self.assertGreaterEqual(len(values), 2)

    def test_pygnmi_reads_every_encoding_and_mode(self):
        python = os.environ.get("CASPILINK_PYGNMI_PYTHON", sys.executable)
        found = subprocess.run(
            [python, "-c", "import importlib.metadata as m; print(m.version('pygnmi'))"],
            capture_output=True, text=True, check=False)
        if found.returncode != 0:
            print("SKIPPED: pygnmi is not installed", flush=True)
            self.skipTest("pygnmi is not installed")
        print(f"PEER: pygnmi {found.stdout.strip()}", flush=True)
        host, port = self.address.rsplit(":", 1)
        script = textwrap.dedent(f"""
            import json
            from pygnmi.client import gNMIclient
            path = "/components/component[name=och-FP01-1]/optical-channel/state/osnr"
            out = {{}}
            target = ({host!r}, {port})
            with gNMIclient(target=target, insecure=True, no_qos_marking=True) as client:
                out["models"] = len(client.capabilities()["supported_models"])
                for encoding in ("proto", "json", "json_ietf"):
                    answer = client.get(path=[path], encoding=encoding)
                    # Up to 0.8.15 it leaves out double_val, which is what PROTO carries.
                    out[encoding] = answer["notification"][0]["update"][0].get("val")
                    once = {{"subscription": [{{"path": path}}], "mode": "once",
                             "encoding": encoding}}
                    updates = [m for m in client.subscribe2(once) if "update" in m]
                    out["once_" + encoding] = len(updates)
            print(json.dumps(out))
            """)
        done = subprocess.run([python, "-c", script], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = json.loads(done.stdout.strip().splitlines()[-1])
        self.assertGreaterEqual(out["models"], 4)
        for encoding in ("proto", "json", "json_ietf"):
            number = out[encoding]["instant"] if isinstance(out[encoding], dict) else out[encoding]
            if encoding != "proto" or number is not None:
                self.assertTrue(10 < float(number) < 60, out)
            self.assertGreaterEqual(out["once_" + encoding], 1, out)


def text_path(path):
    """A path in protobuf's text form."""
    elements = []
    for element in re.findall(r"/([^/\[]+)((?:\[[^\]]*\])*)", path):
        keys = "".join(f' key: {{key: "{key}" value: "{value}"}}'
                       for key, value in re.findall(r"\[([^=]+)=([^\]]*)\]", element[1]))
        elements.append(f'elem: {{name: "{element[0]}"{keys}}}')
    return " ".join(elements)


class Agent(unittest.TestCase):
    """Our agent reads a target of others, over TLS."""

    CHANNEL = "/components/component[name=och-FP01-3]/optical-channel/state/"
    LANE = ("/components/component[name=client-1]/transceiver/physical-channels/"
            "channel[index=2]/state/")

    def responses(self):
        now = time.time_ns()

        def update(path, value):
            return f"update: {{path: {{{text_path(path)}}} val: {{{value}}}}}"

        subtree = json.dumps({"openconfig-platform:component": [
            {"name": "och-FP01-4", "openconfig-terminal-device:optical-channel": {
                "state": {"osnr": {"instant": "21.50"}, "q-value": {"instant": None}}}}]})
        quoted = subtree.replace('"', '\\"')
        notifications = [
            " ".join([update(self.CHANNEL + "osnr/instant", "double_val: 20.5"),
                      update(self.CHANNEL + "input-power/instant", "float_val: -40"),
                      update(self.CHANNEL + "pre-fec-ber/instant",
                             "decimal_val: {digits: 1230000000000000 precision: 18}"),
                      update(self.LANE + "rx-los", "bool_val: true")]),
            update("/components", f'json_ietf_val: "{quoted}"'),
            f"delete: {{{text_path(self.CHANNEL + 'osnr')}}}",
        ]
        texts = [f"responses: {{update: {{timestamp: {now} {each}}}}}" for each in notifications]
        return "\n".join(texts + ["responses: {sync_response: true}"])

    def issue(self, folder):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca",
                "-keyout", "ca.key", "-out", "ca.pem")
        for name, san in (("target", "DNS:slte-1.example"),
                          ("agent", "URI:caspilink://agent/sumgait")):
            (folder / f"{name}.ext").write_text(f"subjectAltName={san}\n")
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
                    f"{name}.key", "-out", f"{name}.csr")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                    "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out",
                    f"{name}.pem")

    def metric(self, port, pattern):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                found = re.search(pattern + r" (\S+)$", answer.read().decode(), re.MULTILINE)
        except (urllib.error.URLError, ConnectionError):
            return None
        return float(found.group(1)) if found else None

    def test_the_agent_reads_openconfigs_fake_server(self):
        program = require(self, "fake_server")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.issue(folder)
            (folder / "fake.pb.txt").write_text(
                'target: "slte-1"\nclient_type: GRPC_GNMI\ndisable_eof: true\ndisable_sync: true\n'
                f"fixed: {{\n{self.responses()}\n}}\n")
            target_port, http_port = free_port(), free_port()
            (folder / "agent.yaml").write_text(textwrap.dedent(f"""\
                station: sumgait
                state_dir: state
                http: {{listen: "127.0.0.1:{http_port}"}}
                collectors: [{{address: "127.0.0.1:9"}}]
                tls: {{ca_file: ca.pem, certificate_file: agent.pem, key_file: agent.key}}
                gnmi:
                  targets:
                    - name: slte-1
                      address: "127.0.0.1:{target_port}"
                      target: slte-1
                      sample_interval_s: 60
                      tls: {{ca_file: ca.pem, certificate_file: agent.pem, key_file: agent.key,
                            name: slte-1.example}}
                      components: [{{pattern: "och-{{fibre_pair}}-{{channel}}"}}]
                """))
            target = start(
                [program, "-config", "fake.pb.txt", "-text", "-port", str(target_port), "-ca_crt",
                 "ca.pem", "-server_crt", "target.pem", "-server_key", "target.key",
                 "-logtostderr"], folder / "fake.log", cwd=folder)
            agent = start([BIN / "caspilink-agent", "--config", folder / "agent.yaml"],
                          folder / "agent.log")
            try:
                labels = r'\{source="slte-1",type="gnmi"'
                # The channel's three leaves, the lane's, the subtree's two, and the withdrawal.
                wait_until(lambda: self.metric(
                    http_port, "caspilink_agent_source_observations_total" + labels + r"\}") == 7,
                    PATIENCE_S, "seven observations")
                self.assertEqual(
                    self.metric(http_port, "caspilink_agent_source_up" + labels + r"\}"), 1)
                for kind in ("malformed", "invalid_value", "unmapped"):
                    self.assertEqual(self.metric(
                        http_port, "caspilink_agent_source_errors_total" + labels
                        + rf',kind="{kind}"\}}'), 0, kind)
            except AssertionError:
                print((folder / "agent.log").read_text(), (folder / "fake.log").read_text())
                raise
            finally:
                stop(agent)
                stop(target)


if __name__ == "__main__":
    ran = unittest.main(exit=False).result
    if not ran.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(ran.skipped) == ran.testsRun else 0)
