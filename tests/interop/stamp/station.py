"""One CaspiLink station's latency measurement, run for a peer to meet."""

import json
import os
import pathlib
import subprocess
import tempfile


class Station:
    def __init__(self, reflector="", sessions="", key=None):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        if key is not None:
            file = folder / "stamp.key"
            file.touch(mode=0o600)
            file.write_text(key.hex() + "\n")
        configuration = "stamp:\n  report_interval_s: 0.1\n"
        if reflector:
            configuration += f"  reflector: {{{reflector}}}\n"
        if sessions:
            configuration += f"  sessions:\n    - {{fibre_pair: FP01, peer: far, {sessions}}}\n"
        (folder / "agent.yaml").write_text(configuration)
        self.process = subprocess.Popen(
            [os.path.join(os.environ["CASPILINK_BIN"], "stamp_station"), folder / "agent.yaml"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def end(self):
        """What it counted and observed."""
        out, _ = self.process.communicate(timeout=20)
        self.folder.cleanup()
        return json.loads(out)
