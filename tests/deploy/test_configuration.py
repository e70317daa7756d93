"""What the demo writes is what the programs that read it accept, for every plant we ship."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from demo import configuration, plant, settings
from demo.errors import DemoError
from running import ROOT, require_tools

BIN = pathlib.Path(os.environ["CASPILINK_BIN"])
PLANTS = sorted((ROOT / "deploy/plants").glob("*.yaml"))


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60)


class Configuration(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.layout = settings.Layout(ROOT, BIN, self.dir)

    def assert_accepted(self, *command):
        done = run(*command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_plants_are_described_as_they_are(self):
        self.assertEqual([p.stem for p in PLANTS], ["trans_caspian_repeatered", "trans_caspian_unrepeatered"])
        for path, pairs in zip(PLANTS, (16, 24)):
            cable = plant.load(self.layout, path)
            self.assertEqual(cable.name, path.stem.replace("_", "-"))
            self.assertEqual(cable.stations, ("sumgait", "aktau"))
            self.assertEqual(cable.fibre_pairs, tuple(f"FP{n:02}" for n in range(1, pairs + 1)))

    def test_wrong_plant_fails_as_linkbudget_does(self):
        wrong = self.dir / "wrong.yaml"
        wrong.write_text("plant: x\nlenght: 3\n")
        with self.assertRaises(DemoError) as raised:
            plant.load(self.layout, wrong)
        self.assertEqual(raised.exception.status, 2)
        self.assertIn(f"{wrong}:2:1", str(raised.exception))

    def test_every_part_accepts_its_configuration(self):
        for path in PLANTS:
            with self.subTest(plant=path.name):
                cable = plant.load(self.layout, path)
                parts = configuration.components(self.layout, settings.Ports(), cable)
                configuration.check(self.layout, parts)
                self.assertEqual(
                    [part.name for part in parts],
                    ["simulator-sumgait", "simulator-aktau", "collector", "agent-sumgait",
                     "agent-aktau", "prometheus", "alertmanager"],
                )  # fmt: skip

    def test_prometheus_and_alertmanager_configurations_are_good(self):
        cable = plant.load(self.layout, PLANTS[0])
        configuration.components(self.layout, settings.Ports(), cable)
        said = self.assert_accepted("promtool", "check", "config", self.dir / "config/prometheus.yaml")
        self.assertEqual(said.count("rules found"), 2, said)
        said = self.assert_accepted("amtool", "check-config", self.dir / "config/alertmanager.yaml")
        self.assertIn("1 receivers", said)

    def test_routing_keeps_fibre_pairs_apart_and_directions_together(self):
        self.assertIn(
            "group_by: [cable, alertname, fibre_pair, station]",
            configuration.alertmanager_yaml(self.layout)
        )

    def test_two_collectors_are_fed_by_both_agents_and_scraped_by_both_servers(self):
        cable = plant.load(self.layout, PLANTS[0])
        ports = settings.Ports(collectors=2)
        parts = configuration.components(self.layout, ports, cable)
        configuration.check(self.layout, parts)
        names = {part.name for part in parts}
        self.assertLessEqual({"collector", "collector-2", "prometheus", "prometheus-2"}, names)
        for name in ("prometheus", "prometheus-2"):
            config = self.dir / f"config/{name}.yaml"
            self.assert_accepted("promtool", "check", "config", config)
            text = config.read_text()
            self.assertIn(f"replica: {name}\n", text)
            for collector in ports.collectors:
                self.assertIn(f'"{collector.http.address}"', text)
        for station in cable.stations:
            text = (self.dir / f"config/agent-{station}.yaml").read_text()
            for collector in ports.collectors:
                self.assertIn(f'"{collector.grpc.address}"', text)

    def test_ports_do_not_collide(self):
        ports = settings.Ports(20000, collectors=2).all(settings.MOST_FIBRE_PAIRS, grafana=True)
        self.assertEqual(len({port.number for port in ports}), len(ports))
        self.assertLess(max(port.number for port in ports), 20000 + settings.PORT_SPAN)


if __name__ == "__main__":
    require_tools("promtool", "amtool")
    unittest.main(verbosity=2)
