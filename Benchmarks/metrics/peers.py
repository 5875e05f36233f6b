"""The servers that are measured: Axonize, and Debian's Prometheus and VictoriaMetrics where they are installed."""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
import shutil
import subprocess
import time
import urllib.parse

import process
from support.remote_write import Sender
from support.server import ROOT, Server, clean_environment, free_ports, wait_until

TOOLS = ROOT / ".deps/tools/usr/bin"


def program(name: str) -> str | None:
    """Where a peer's program is: unpacked by scripts/setup.sh, or installed."""
    unpacked = TOOLS / name
    return str(unpacked) if unpacked.exists() else shutil.which(name)


class Peer:
    """A server in a folder of its own: what is sent to it, asked of it, and read of its process."""

    name: str
    # Below what its query API and its remote write lie.
    query_prefix = "/api/v1"
    write_path = "/api/v1/write"
    # After how long a rest it goes on with samples that are stored.
    derives_after_seconds = 0.0

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)

    @property
    def address(self) -> str:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        raise NotImplementedError

    def start(self):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def sender(self) -> Sender:
        return Sender(self.address, self.write_path)

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        return process.resident_bytes(self.pid)

    def store_all(self, count: int):
        """Returns when so many samples are stored: where a query finds them and a crash does not lose them."""
        raise NotImplementedError

    def disk_bytes_per_sample(self, count: int) -> float:
        """Bytes on the disk of each sample, of the samples that have reached their lasting form."""
        raise NotImplementedError

    def ask(self, path: str, **parameters) -> tuple[float, dict]:
        """Milliseconds until the whole response is here, and its `data`."""
        connection = http.client.HTTPConnection(self.address, timeout=120)
        with contextlib.closing(connection):
            connection.connect()
            began = time.perf_counter()
            connection.request("GET", f"{self.query_prefix}/{path}?{urllib.parse.urlencode(parameters)}")
            response = connection.getresponse()
            body = response.read()
            taken = (time.perf_counter() - began) * 1e3
        if response.status != 200:
            raise RuntimeError(f"{self.name} responded {response.status} to {path} {parameters}: {body[:500]!r}")
        return taken, json.loads(body)["data"]

    def page(self) -> dict[str, float]:
        """The server's own metrics by their names with labels."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line and line[0] != "#"}


class Axonize(Peer):
    name = "axonize"
    write_path = "/api/v1/write"
    # Roll-ups of samples, every two minutes.
    derives_after_seconds = 130.0
    COMMITTED = 'axonize_ingest_rows_stored_total{signal="samples"}'

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder)
        self.server = Server(self.folder / "data")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.http_port}"

    @property
    def pid(self) -> int:
        return self.server.process.pid

    def start(self):
        self.server.start()
        self.empty_bytes = self.stored_bytes()

    def close(self):
        self.server.close()

    def store_all(self, count: int):
        # A query has what may touch its rows stored at once, instead of after some seconds.
        self.ask("query", query="last_over_time(nothing[2d])")
        wait_until(lambda: self.page()[self.COMMITTED] >= count, 300, f"{count} samples to be stored")

    def disk_bytes_per_sample(self, count: int) -> float:
        # The journal has requests until they are stored, and goes in whole segments some time later.
        return (self.stored_bytes() - self.empty_bytes) / count

    def stored_bytes(self) -> int:
        folder = self.server.data_dir
        return process.active_disk_bytes(folder) - process.disk_bytes(folder / "journal")


class Child(Peer):
    """A peer that is a program with flags."""

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder)
        (self.port,) = free_ports(1)

    def command(self) -> list[str]:
        raise NotImplementedError

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=subprocess.STDOUT, env=clean_environment({})
            )

        def is_ready() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {(self.folder / 'log').read_text()[-2000:]}")
            with contextlib.suppress(OSError, RuntimeError):
                self.ask("query", query="1")
                return True
            return False

        wait_until(is_ready, 60, f"{self.name} to be ready")

    def close(self):
        self.process.kill()
        self.process.wait()


class Prometheus(Child):
    name = "prometheus"

    def command(self) -> list[str]:
        configuration = self.folder / "prometheus.yml"
        configuration.write_text("global: {scrape_interval: 1h}\n")
        return [
            program("prometheus"),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address={self.address}",
            "--web.enable-remote-write-receiver",
        ]

    def store_all(self, count: int):
        # A response means that the samples are in the head and in its log.
        appended = "prometheus_tsdb_head_samples_appended_total"

        def is_stored() -> bool:
            return sum(value for name, value in self.page().items() if name.startswith(appended)) >= count

        wait_until(is_stored, 60, f"{count} samples to be stored")

    def disk_bytes_per_sample(self, count: int) -> float:
        # Blocks; the last hours are in the head and its log, which are larger.
        folders = [path.parent for path in (self.folder / "data").glob("*/meta.json")]
        stored = sum(json.loads((path / "meta.json").read_text())["stats"]["numSamples"] for path in folders)
        if stored == 0:
            return process.disk_bytes(self.folder / "data") / count
        return sum(process.disk_bytes(path) for path in folders) / stored


class VictoriaMetrics(Child):
    name = "victoria-metrics"

    def command(self) -> list[str]:
        return [
            program("victoria-metrics"),
            f"-storageDataPath={self.folder}/data",
            f"-httpListenAddr={self.address}",
            "-retentionPeriod=1",
            # Each query is one that was not asked before, in all servers.
            "-search.disableCache",
            "-search.latencyOffset=0s",
            "-search.maxPointsPerTimeseries=100000",
        ]

    def store_all(self, count: int):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", "/internal/force_flush")
            connection.getresponse().read()

    def disk_bytes_per_sample(self, count: int) -> float:
        self.store_all(count)
        return process.disk_bytes(self.folder / "data" / "data") / count


def installed() -> list[type[Peer]]:
    """Axonize, and the peers whose programs are there."""
    return [Axonize, *(peer for peer in (Prometheus, VictoriaMetrics) if program(peer.name))]
