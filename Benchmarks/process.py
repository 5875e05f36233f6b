"""What a process costs: CPU time, resident memory, bytes on disk."""

import contextlib
import os
import pathlib
import re
import threading
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads, finished ones included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


PART = re.compile(r"(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_(?P<level>\d+)(_\d+)?$")


def active_disk_bytes(folder: pathlib.Path) -> int:
    """What is on the disk but for parts that were merged into others, which the engine keeps for eight minutes."""
    total = disk_bytes(folder)
    tables: dict[pathlib.Path, list] = {}
    for path in folder.glob("engine/store/*/*/*_*_*_*"):
        if (match := PART.match(path.name)) and path.is_dir():
            tables.setdefault(path.parent, []).append((path, match))
    for parts in tables.values():
        for path, part in parts:
            if any(covers(other, part) for _, other in parts):
                total -= disk_bytes(path)
    return total


def covers(other: re.Match, part: re.Match) -> bool:
    return (
        other["partition"] == part["partition"]
        and int(other["level"]) > int(part["level"])
        and int(other["first"]) <= int(part["first"])
        and int(other["last"]) >= int(part["last"])
    )


def disk_bytes(folder: pathlib.Path) -> int:
    """Blocks in use below a folder; files that vanish while it is read (merged parts) count as nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * 512  # noqa: PTH118 - os.walk gives text
            except FileNotFoundError:
                continue
    return total


def wait_until_quiet(pid: int, seconds_max: float, share: float = 0.05) -> float:
    """Waits until the process uses less than `share` of a core over 3 s (merges are done); how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds_max:
        before = cpu_seconds(pid)
        time.sleep(3)
        if cpu_seconds(pid) - before < share * 3:
            break
    return time.monotonic() - began


def thread_seconds(pid: int) -> dict[str, tuple[str, float]]:
    """Name without its number, and CPU time, of the threads that live, by id."""
    seconds = {}
    for path in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            before, _, after = (path / "stat").read_text().rpartition(")")
            fields = after.split()
            name = before.partition("(")[2].rstrip("0123456789-")
            seconds[path.name] = (name, (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND)
    return seconds


class Sampler:
    """Samples memory and the CPU time of threads while a block runs: `with Sampler(pid) as seen: …; seen.peak`.

    Threads that end between two samples lose what they did after the last one. A thread of a pool changes its name:
    what it did since the last sample counts for the name that it has then.
    """

    def __init__(self, pid: int, period_seconds: float = 0.25):
        self.pid = pid
        self.period_seconds = period_seconds
        self.samples: list[int] = []
        self._threads = thread_seconds(pid)
        self._seconds: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._stop.wait(self.period_seconds):
            try:
                self.samples.append(resident_bytes(self.pid))
                self._count(thread_seconds(self.pid))
            except FileNotFoundError:
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _count(self, threads: dict[str, tuple[str, float]]):
        for number, (name, seconds) in threads.items():
            before = self._threads[number][1] if number in self._threads else 0
            # A number that is used again begins at 0.
            self._seconds[name] = self._seconds.get(name, 0) + max(0, seconds - before)
        self._threads.update(threads)

    @property
    def seconds_by_thread(self) -> dict[str, float]:
        """CPU time of the threads of each name while the block ran, the busiest first."""
        return dict(sorted(self._seconds.items(), key=lambda item: -item[1]))

    @property
    def peak(self) -> int:
        return max(self.samples, default=0)

    @property
    def median(self) -> int:
        ordered = sorted(self.samples)
        return ordered[len(ordered) // 2] if ordered else 0
