"""The units: known to systemd, hardened, and running what the other files speak of."""

import pathlib
import re
import subprocess
import tempfile
import unittest

from running import ROOT, require_tools

UNITS = ROOT / "deploy/systemd"
SERVICES = ("caspilink-agent.service", "caspilink-collector.service", "caspilink-collector@.service")
# systemd's own scale, from 0 (nothing is allowed) to 10; in tenths.
MOST_EXPOSED = 20


class Units(unittest.TestCase):
    def setUp(self):
        """A root in which the units, their users and stand-ins for the programs are."""
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        units = self.root / "units"
        units.mkdir()
        for unit in UNITS.glob("*.s*"):
            text = unit.read_text()
            if unit.suffix == ".service":
                text = re.sub(r"/usr/bin/caspilink-\w+", "/bin/true", text)
            if unit.suffix != ".sysusers":
                (units / unit.name).write_text(text)
        self.units = units

    def test_every_unit_is_looked_at(self):
        self.assertEqual({p.name for p in UNITS.glob("*.service")}, set(SERVICES))

    def test_systemd_knows_every_setting(self):
        names = [str(self.units / name.replace("@", "@trans-caspian")) for name in SERVICES]
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, timeout=60
        )
        # What the machine's own units are warned of is not ours.
        said = [line for line in (done.stdout + done.stderr).splitlines() if "caspilink" in line]
        self.assertEqual(said, [])

    def test_a_wrong_setting_would_be_seen(self):
        wrong = self.units / "caspilink-wrong.service"
        wrong.write_text((self.units / SERVICES[0]).read_text() + "\n[Service]\nProtectSistem=strict\n")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", wrong], capture_output=True, text=True, timeout=60
        )
        self.assertIn("ProtectSistem", done.stdout + done.stderr)

    def test_exposure_is_low(self):
        for name in SERVICES:
            with self.subTest(unit=name):
                done = subprocess.run(
                    ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}",
                     self.units / name.replace("@", "@trans-caspian")],
                    capture_output=True, text=True, timeout=60,
                )  # fmt: skip
                self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)

    def test_users_are_those_of_the_units(self):
        users = set(re.findall(r"^u (\S+)", (UNITS / "caspilink.sysusers").read_text(), re.M))
        used = {u for name in SERVICES for u in re.findall(r"^User=(\S+)", (UNITS / name).read_text(), re.M)}
        self.assertEqual(users, used)

    def test_state_is_where_make_cables_puts_it(self):
        text = (UNITS / "caspilink-collector@.service").read_text()
        self.assertIn("StateDirectory=caspilink-collector/%i\n", text)
        make = (ROOT / "deploy/cables/make-cables").read_text()
        self.assertIn('default="/var/lib/caspilink-collector"', make)


if __name__ == "__main__":
    require_tools("systemd-analyze")
    unittest.main(verbosity=2)
