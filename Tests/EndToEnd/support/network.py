"""The network fixture as a process, for tests of the network layer without the rest of the server."""

import os
import pathlib
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("AXONIZE_NETWORK_FIXTURE", ROOT / ".build/debug/axonize-network-fixture"))


class NetworkFixture:
    """One `axonize-network-fixture`; options become `name=value` arguments."""

    def __init__(self, **options):
        arguments = [f"{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen([str(BINARY), *arguments], stdout=subprocess.PIPE, text=True)
        self.ports = [self._port()]
        if "cert" in options:
            self.ports.append(self._port())

    def _port(self) -> int:
        line = self.process.stdout.readline()
        assert line.startswith("listening "), f"the fixture did not start: {line!r}"
        return int(line.rsplit(":", 1)[1])

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def tls_port(self) -> int:
        return self.ports[1]

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def drained(self) -> str:
        """Waits for the end of a drain and returns what the fixture said about it."""
        text, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return text.strip()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
