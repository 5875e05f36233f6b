#!/usr/bin/env python3
"""CPU per request of the network layer against nginx: same core, same client, runs interleaved, median of several.

Needs wrk, h2load and nginx, and `swift build -c release --product axonize-network-fixture`. The server under test has
core 0, the client core 1; nginx has one worker, no access log, unlimited keep-alive.
"""

import argparse
import json
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURE = ROOT / ".build/release/axonize-network-fixture"

CASES = {
    "http1_c64": ["wrk", "-t1", "-c64", "-d{seconds}s", "{url}"],
    "http1_c1000": ["wrk", "-t1", "-c1000", "-d{seconds}s", "{url}"],
    "h2c_c64_m1": ["h2load", "-t1", "-c64", "-m1", "-D{seconds}", "{url}"],
    "h2c_c16_m32": ["h2load", "-t1", "-c16", "-m32", "-D{seconds}", "{url}"],
}


def cpu_nanoseconds(pids: list[int]) -> int:
    """Time on a processor of all threads (schedstat), finer than the ticks of /proc/PID/stat."""
    tasks = [task for pid in pids for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def requests_done(output: str) -> int:
    found = re.search(r"(\d+) requests in ", output) or re.search(r"(\d+) succeeded", output)
    if not found:
        raise RuntimeError(f"no count of requests in:\n{output}")
    return int(found.group(1))


def start_nginx(folder: pathlib.Path, http2: bool):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    configuration = folder / f"nginx-{port}.conf"
    configuration.write_text(
        f"""
        worker_processes 1; pid {folder}/{port}.pid; error_log {folder}/error.log;
        events {{ worker_connections 4096; }}
        http {{
          access_log off; keepalive_requests 1000000000; keepalive_timeout 600; {paths}
          server {{
            listen 127.0.0.1:{port}{" http2" if http2 else ""};
            location / {{ default_type text/plain; return 200 'hello from axonize!'; }}
          }}
        }}
        """
    )
    process = subprocess.Popen(
        ["taskset", "-c", "0", shutil.which("nginx") or "nginx", "-c", configuration, "-g", "daemon off;"]
    )
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not children.read_text().split():
        time.sleep(0.05)
    return process, [process.pid, *map(int, children.read_text().split())], port


def start_fixture():
    process = subprocess.Popen(["taskset", "-c", "0", FIXTURE, "loops=1"], stdout=subprocess.PIPE, text=True)
    return process, [process.pid], int(process.stdout.readline().rsplit(":", 1)[1])


def measure(case: str, seconds: int, pids: list[int], port: int) -> float:
    values = {"seconds": seconds, "url": f"http://127.0.0.1:{port}/small"}
    command = ["taskset", "-c", "1", *(part.format(**values) for part in CASES[case])]
    before = cpu_nanoseconds(pids)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return (cpu_nanoseconds(pids) - before) / requests_done(output) / 1000


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for case in CASES:
            servers = {"nginx": start_nginx(folder, case.startswith("h2c")), "axonize": start_fixture()}
            try:
                figures = {server: [] for server in servers}
                for turn in range(chosen.rounds):
                    for server in sorted(servers, reverse=turn % 2 == 1):
                        _, pids, port = servers[server]
                        figures[server].append(measure(case, chosen.seconds, pids, port))
            finally:
                for process, _, _ in servers.values():
                    process.terminate()
                    process.wait()
            medians = {server: statistics.median(values) for server, values in figures.items()}
            results[case] = {
                "nginx_us": round(medians["nginx"], 2),
                "axonize_us": round(medians["axonize"], 2),
                "ratio": round(medians["axonize"] / medians["nginx"], 2),
            }
            print(case, json.dumps(results[case]), flush=True)


if __name__ == "__main__":
    main()
