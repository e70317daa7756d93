"""deploy/pki/make-certificates: who may be believed, and what a second run keeps."""

import pathlib
import stat
import subprocess
import tempfile
import unittest

PKI = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "pki"
MAKE = PKI / "make-certificates"
REVOKE = PKI / "revoke-certificates"


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30)


class Made(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "pki"

    def make(self, *arguments):
        return subprocess.run(
            [MAKE, self.dir, *arguments], capture_output=True, text=True, timeout=60
        )

    def made(self, *arguments):
        done = self.make(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("PRIVATE KEY", done.stdout + done.stderr)
        return sorted(
            pathlib.Path(line.split()[1]).stem
            for line in done.stdout.splitlines()
            if line.startswith("made")
        )

    def verifies(self, name, purpose):
        return openssl(
            "verify", "-x509_strict", "-purpose", purpose, "-CAfile", self.dir / "ca.pem",
            self.dir / f"{name}.pem",
        ).returncode == 0  # fmt: skip

    def text(self, name):
        return openssl("x509", "-in", self.dir / f"{name}.pem", "-noout", "-text").stdout


class MakeCertificates(Made):
    def test_roles_are_told_apart_by_their_certificates(self):
        self.assertEqual(self.made(), ["agent-aktau", "agent-sumgait", "ca", "collector"])
        self.assertTrue(self.verifies("collector", "sslserver"))
        self.assertFalse(self.verifies("collector", "sslclient"))
        for station in ("sumgait", "aktau"):
            self.assertTrue(self.verifies(f"agent-{station}", "sslclient"))
            self.assertFalse(self.verifies(f"agent-{station}", "sslserver"))
            self.assertIn(f"URI:caspilink://agent/{station}\n", self.text(f"agent-{station}"))

    def test_each_collector_has_a_certificate_of_its_own_name(self):
        made = self.made("--collectors", "collector-east,collector-west")
        self.assertEqual(
            made, ["agent-aktau", "agent-sumgait", "ca", "collector-east", "collector-west"]
        )
        for name in ("collector-east", "collector-west"):
            self.assertTrue(self.verifies(name, "sslserver"))
            self.assertIn(f"DNS:{name}, DNS:localhost, IP Address:127.0.0.1", self.text(name))
        for wrong in ("East", "ca", "agent-sumgait", "operator-a", "a,,b", ""):
            self.assertEqual(self.make("--collectors", wrong).returncode, 2, wrong)

    def test_people_are_operators_or_viewers(self):
        made = self.made("--operator", "leyla", "--viewer", "wall-2", "--operator", "t.akhmetov@noc")
        self.assertIn("operator-leyla", made)
        for name, uri in (
            ("operator-leyla", "operator/leyla"),
            ("operator-t.akhmetov@noc", "operator/t.akhmetov@noc"),
            ("viewer-wall-2", "viewer/wall-2"),
        ):
            self.assertTrue(self.verifies(name, "sslclient"))
            self.assertFalse(self.verifies(name, "sslserver"))
            self.assertIn(f"URI:caspilink://{uri}\n", self.text(name))
        self.assertEqual(self.made("--operator", "leyla"), [])

    def test_extensions_are_what_verifiers_ask_for(self):
        self.made()
        authority = self.text("ca")
        self.assertIn("CA:TRUE, pathlen:0", authority)
        self.assertIn("Certificate Sign, CRL Sign", authority)
        collector = self.text("collector")
        self.assertIn("CA:FALSE", collector)
        self.assertIn("DNS:collector, DNS:localhost, IP Address:127.0.0.1", collector)
        for text in (authority, collector):
            self.assertIn("Basic Constraints: critical", text)
            self.assertIn("Key Usage: critical", text)
            self.assertIn("NIST CURVE: P-256", text)

    def test_keys_are_for_their_owner_only(self):
        self.made()
        keys = sorted(self.dir.glob("*.key"))
        self.assertEqual(len(keys), 4)
        for key in keys:
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600, key.name)
        self.assertEqual(stat.S_IMODE(self.dir.stat().st_mode), 0o700)

    def test_second_run_keeps_everything(self):
        self.made()
        before = {p.name: p.read_bytes() for p in self.dir.glob("*.*")}
        self.assertEqual(self.made(), [])
        self.assertEqual({p.name: p.read_bytes() for p in self.dir.glob("*.*")}, before)

    def test_only_what_is_missing_or_differs_is_made_anew(self):
        self.made()
        (self.dir / "agent-aktau.key").unlink()
        self.assertEqual(self.made(), ["agent-aktau"])
        self.assertEqual(self.made("--collector-name", "noc.example"), ["collector"])
        self.assertEqual(self.made("--collector-name", "noc.example", "--stations", "baku"), ["agent-baku"])

    def test_leaf_with_little_validity_left_is_renewed(self):
        self.made("--days", "10")
        self.assertEqual(self.made("--days", "29"), [])  # 10 days are more than a third of 29
        self.assertEqual(
            self.made("--days", "40"), ["agent-aktau", "agent-sumgait", "collector"]
        )

    def test_another_authority_means_new_leaves(self):
        self.made()
        (self.dir / "ca.key").unlink()
        self.assertEqual(self.made(), ["agent-aktau", "agent-sumgait", "ca", "collector"])

    def test_garbage_where_a_certificate_was_is_replaced(self):
        self.made()
        (self.dir / "collector.pem").write_text("not a certificate\n")
        self.assertEqual(self.made(), ["collector"])

    def test_bad_arguments_are_refused_before_anything_is_written(self):
        for arguments in (
            ("--stations", "sumgait,../aktau"),
            ("--stations", ""),
            ("--days", "0"),
            ("--days", "forever"),
            ("--days", "30", "--ca-days", "30"),
            ("--collector-ip", "127.0.0.1,URI:caspilink://agent/aktau"),
            ("--collector-name", "a,b"),
            ("--operator", "a,URI:caspilink://agent/aktau"),
            ("--viewer", ""),
            ("--operator", "a/b"),
            ("--no-such-option",),
        ):
            with self.subTest(arguments=arguments):
                done = self.make(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1)
                self.assertFalse(self.dir.exists())


class RevokeCertificates(Made):
    def revoke(self, *arguments):
        return subprocess.run(
            [REVOKE, self.dir, *arguments], capture_output=True, text=True, timeout=60
        )

    def good_by_the_list(self, name):
        return openssl(
            "verify", "-crl_check", "-CAfile", self.dir / "ca.pem", "-CRLfile",
            self.dir / "crl.pem", self.dir / f"{name}.pem",
        ).returncode == 0  # fmt: skip

    def test_what_is_revoked_is_on_the_list_and_made_anew(self):
        self.made("--operator", "leyla", "--viewer", "wall")
        done = self.revoke("operator-leyla")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.dir / "operator-leyla.key").exists())
        self.assertFalse(self.good_by_the_list("operator-leyla.revoked"))
        self.assertTrue(self.good_by_the_list("viewer-wall"))
        told = openssl("crl", "-in", self.dir / "crl.pem", "-noout", "-text").stdout
        self.assertIn("X509v3 Authority Key Identifier", told)
        made = self.made("--operator", "leyla", "--viewer", "wall")
        self.assertEqual(made, ["operator-leyla"])
        self.assertTrue(self.good_by_the_list("operator-leyla"))

    def test_a_list_grows_and_can_be_signed_anew(self):
        self.made()
        self.assertEqual(self.revoke("agent-aktau").returncode, 0)
        self.assertEqual(self.revoke("agent-sumgait", "--days", "7").returncode, 0)
        again = self.revoke("agent-aktau.revoked")
        self.assertIn("known", again.stdout)
        self.assertEqual(self.revoke().returncode, 0)
        self.assertFalse(self.good_by_the_list("agent-aktau.revoked"))
        self.assertFalse(self.good_by_the_list("agent-sumgait.revoked"))
        self.assertTrue(self.good_by_the_list("collector"))

    def test_what_it_cannot_revoke_changes_nothing(self):
        self.made()
        with tempfile.TemporaryDirectory() as other:
            subprocess.run([MAKE, other], capture_output=True, timeout=60, check=True)
            for wrong in ("nobody", f"{other}/agent-aktau.pem", "ca", "--days"):
                done = self.revoke("agent-sumgait", wrong)
                self.assertEqual(done.returncode, 2, wrong)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue((self.dir / "agent-sumgait.pem").exists())
        self.assertFalse((self.dir / "crl.pem").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
