"""Machines of a cluster on this one: network namespaces that are joined by a bridge, each with an agent of its own."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from .server import BINARY, ROOT, clean_environment

STAND_IN = ROOT / ".build/debug/libnvml-stand-in.so"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=30)


class Network:
    """A bridge with a port for each machine; the server listens on the bridge's own address."""

    # For tests of networks, so never somebody's own (RFC 2544).
    _PREFIX = "198.18"

    def __init__(self) -> None:
        self._subnet = f"{self._PREFIX}.{os.getpid() % 250 + 1}"
        self._bridge = f"axz{os.getpid()}"
        self._machines: list[str] = []
        self.address = f"{self._subnet}.1"
        self._cleanup = contextlib.ExitStack()
        try:
            # With an address of its own: otherwise it takes that of a port, another one when machines are added.
            ip("link", "add", self._bridge, "address", "02:00:5e:10:00:01", "type", "bridge")
            self._cleanup.callback(ip, "link", "delete", self._bridge)
            ip("address", "add", f"{self.address}/24", "dev", self._bridge)
            ip("link", "set", self._bridge, "up")
        except (OSError, subprocess.CalledProcessError) as problem:
            self.close()
            said = getattr(problem, "stderr", None) or problem
            pytest.skip(f"network namespaces need iproute2 and CAP_NET_ADMIN, which are not here: {said}")

    def add(self) -> str:
        """A new machine; the name of its namespace."""
        number = len(self._machines)
        name = f"{self._bridge}-{number}"
        self._machines.append(name)
        ip("netns", "add", name)
        self._cleanup.callback(ip, "netns", "delete", name)
        ip("link", "add", self._port(name), "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", self._port(name), "master", self._bridge, "up")
        ip("-n", name, "address", "add", f"{self._subnet}.{number + 10}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")
        return name

    def _port(self, name: str) -> str:
        return f"axv{os.getpid()}.{self._machines.index(name)}"

    def cut(self, name: str) -> None:
        """Nothing from and to a machine arrives any more, and nobody is told."""
        ip("link", "set", self._port(name), "down")

    def join(self, name: str) -> None:
        ip("link", "set", self._port(name), "up")

    def close(self) -> None:
        self._cleanup.close()


class Machine:
    """A machine with files, GPUs, a clock and a spool of its own, and an agent on it."""

    def __init__(
        self,
        network: Network,
        folder: pathlib.Path,
        name: str,
        url: str,
        *,
        gpus: str = "",
        label: str = "",
        protocol: str = "",
    ):
        self.network = network
        self.namespace = network.add()
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        self.url = url
        self.proc = self._files()
        self.spool = self.folder / "spool"
        self.key_file = self.folder / "key"
        self.log_path = self.folder / "agent.log"
        self.interval = "200ms"
        # Thousands of series: a second is enough.
        self.gpu_interval = "1s"
        self.arguments: list[str] = [f"--label=rack={label}"] if label else []
        if protocol:
            self.arguments.append(f"--protocol={protocol}")
        # Seconds that its clock is ahead.
        self.clock_offset = 0
        self.process: subprocess.Popen | None = None
        self.library: pathlib.Path | None = None
        if gpus:
            if not STAND_IN.exists():
                pytest.fail(f"{STAND_IN} is missing; build it with `swift build --build-tests`")
            self.library = self.folder / "libnvidia-ml.so.1"
            shutil.copy(STAND_IN, self.library)
            self.play(gpus)

    def _files(self) -> pathlib.Path:
        """A root of proc(5) whose load says which machine it is."""
        proc = self.folder / "proc"
        proc.mkdir()
        self.load = 1 + len(self.namespace) + int(self.namespace.rsplit("-", 1)[1]) / 4
        (proc / "loadavg").write_text(f"{self.load:.2f} 0.50 0.25 1/99 4242\n")
        (proc / "meminfo").write_text("MemTotal:       65536 kB\nMemFree:        1024 kB\n")
        return proc

    def play(self, script: str) -> None:
        """Has the GPUs do what a script of the stand-in says."""
        temporary = self.folder / "script.new"
        temporary.write_text(script)
        temporary.rename(f"{self.library}.txt")

    def start(self) -> Machine:
        environment = {}
        if self.clock_offset:
            environment = {
                "LD_PRELOAD": fake_clock(),
                "FAKETIME": f"{self.clock_offset:+d}s",
                # Timers and time-outs are of the other clock.
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        command = ["ip", "netns", "exec", self.namespace, str(BINARY), "agent"]
        command += [f"--server={self.url}", f"--instance={self.name}", f"--key-file={self.key_file}"]
        command += [f"--spool-dir={self.spool}", f"--send-interval={self.interval}", f"--proc-root={self.proc}"]
        command += [f"--{kind}-interval={self.interval}" for kind in ("cpu", "io", "usage")]
        if self.library:
            command += ["--gpu-enabled=true", f"--nvml-library={self.library}", f"--gpu-interval={self.gpu_interval}"]
        else:
            command += ["--gpu-enabled=false"]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.arguments], stdout=log, stderr=subprocess.STDOUT, env=clean_environment(environment)
            )
        return self

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def spooled_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.spool.glob("*.journal")) if self.spool.exists() else 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """SIGKILL: no chance to write anything."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def fake_clock() -> str:
    """The library that gives a program another time of day."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not here; scripts/setup.sh --for test installs it")
    return str(found[0])
