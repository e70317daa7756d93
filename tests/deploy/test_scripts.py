"""Every file of the repository is sound by its own language's checker."""

import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("deploy", "tests", ".ci")
CXX_FOLDERS = ("link_models", "proto", "agent", "collector", "tests")
CLANG_FORMAT = "clang-format version 14."  # other versions lay out differently


def files(folders=FOLDERS):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def shebang(path):
    with path.open("rb") as file:
        return file.readline() if file.read(2) == b"#!" and not file.seek(0) else b""


class Scripts(unittest.TestCase):
    def test_shell_scripts_pass_shellcheck(self):
        if shutil.which("shellcheck") is None:
            self.skipTest("shellcheck is not installed")
        scripts = [str(p) for p in files() if b"bash" in shebang(p) or p.suffix == ".sh"]
        self.assertGreaterEqual(len(scripts), 2)
        done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_cxx_files_are_formatted(self):
        tool = shutil.which("clang-format")
        if tool is None:
            self.skipTest("clang-format is not installed")
        version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
        if CLANG_FORMAT not in version:
            self.skipTest(f"another clang-format: {version.strip()}")
        sources = [str(p) for p in files(CXX_FOLDERS) if p.suffix in (".h", ".cc")]
        self.assertGreater(len(sources), 20)
        done = subprocess.run(
            [tool, "--dry-run", "--Werror", *sources], capture_output=True, text=True
        )
        wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
        self.assertEqual((done.returncode, wrong), (0, []))

    def test_python_files_compile(self):
        paths = [p for p in files() if p.suffix == ".py"]
        self.assertGreaterEqual(len(paths), 2)
        for path in paths:
            with self.subTest(file=str(path.relative_to(ROOT))):
                compile(path.read_bytes(), str(path), "exec")

    def test_scripts_with_a_shebang_are_executable(self):
        for path in files():
            if shebang(path):
                with self.subTest(file=str(path.relative_to(ROOT))):
                    self.assertTrue(path.stat().st_mode & 0o111)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    if not program.result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if program.result.skipped else 0)
