"""The city: complaints and desks, by `demo load`, which checks every promise at the end."""

import json
import subprocess


class Load:
    """Runs until it is told that it is enough."""

    def __init__(self, node, program, city, settings, certificate, rate):
        command = [program, "load", "--city", city, "--rate", str(rate), "--settings", settings, "--cluster", "--tls", certificate]
        command += ["--tracebook", "http://tracebook:4317"]
        self.log = open(node.folder / "load.log", "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)

    def end(self):
        """Says that it is enough; answers what came of it, when the mesh has come to rest."""
        said, _ = self.process.communicate()
        lines = said.splitlines()
        if not lines or not lines[-1].startswith("{"):
            self.log.seek(0)
            raise RuntimeError(f"the load did not end well: {self.log.read()[-2000:]}")
        return json.loads(lines[-1])
