"""`axonize top` in a pseudo-terminal over a server that reads GPUs of the stand-in, and `axonize topology`."""

import json
import os
import re
import signal
import time

import pytest
from opentelemetry.proto.trace.v1 import trace_pb2
from support import telemetry
from support.server import BINARY, Server, wait_until
from support.terminal import Terminal
from test_gpus import StandIn, environment, values_of

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    stand_in = StandIn(tmp_path_factory.mktemp("nvml"), "h200x8; load wave; patient")
    instance = Server(
        tmp_path_factory.mktemp("top") / "data",
        environment={**environment(stand_in.path), "AXONIZE_FLEET_HOST_ENABLED": "true"},
    ).start()
    try:
        wait_until(lambda: instance.data("/api/v1/gpus"), 30, "GPUs")
        wait_until(lambda: values_of(instance, 'rate(node_cpu_seconds_total{mode="idle"}[15s])'), 30, "series")
        yield instance
    finally:
        instance.stop()


@pytest.fixture
def terminal(server):
    """Opens terminals with `top`, and closes them."""
    opened = []

    def open_terminal(*arguments: str, columns: int = 100, rows: int = 30, **variables: str) -> Terminal:
        one = Terminal(
            [str(BINARY), "top", *arguments],
            {"AXONIZE_SERVER": server.url, **variables},
            columns=columns,
            rows=rows,
        )
        opened.append(one)
        return one

    yield open_terminal
    for one in opened:
        one.close()


def send_spans(server, gpu: str, count: int = 4):
    """Calls of a model that ended just now, half of them with an error."""
    now = time.time_ns()
    spans = [
        telemetry.span(
            telemetry.new_trace_id(),
            "chat",
            start_time_unix_nano=now - (place + 1) * SECOND // 10,
            end_time_unix_nano=now,
            attributes={"gen_ai.request.model": "llama-top", "gen_ai.usage.output_tokens": 90, "gpu.uuid": gpu},
            status=trace_pb2.Status(code=(place % 2) * trace_pb2.Status.STATUS_CODE_ERROR),
        )
        for place in range(count)
    ]
    request = telemetry.export_request(spans, service="chat-top")
    assert telemetry.post(server, request.SerializeToString()).status_code == 200


def test_it_shows_machines_gpus_and_requests_and_obeys_keys(server, terminal):
    gpu = server.data("/api/v1/gpus")[2]
    send_spans(server, gpu["id"])
    top = terminal()
    top.wait(lambda text: "llama-top" in text and "8 of 8 GPUs up" in text, "a frame with requests")
    request = next(line for line in top.lines if "llama-top" in line).split()
    assert request[:4] == ["gpubox", "2", "chat-top", "llama-top"]
    assert "400" in request and request[-2] == "2"
    host = next(line for line in top.lines if line.split()[:2] == ["gpubox", "up"]).split()
    assert re.fullmatch(r"\d+%", host[2]) and re.fullmatch(r"\d+/\d+", host[3])

    # The first key marks the machine, the next ones its GPUs.
    top.press("jjj\x1b[B")
    top.wait(lambda text: any(re.match(r"> gpubox  2 ", line) for line in text.splitlines()), "GPU 2 to be marked")
    top.press("\r")
    top.wait(lambda text: gpu["id"] in text and "driver" in text and "llama-top" in text, "the page of the GPU")
    top.press("?")
    top.wait(lambda text: "Ctrl-Z" in text, "help")
    top.press("?\x1b")
    top.wait(lambda text: "LOAD" in text, "the first page")
    top.press("s")
    top.wait(lambda text: "UTIL▼" in text, "another order")

    def shares() -> list[int]:
        return [int(found[1]) for line in top.lines if (found := re.search(r"H200 +up +(\d+)%", line))]

    assert shares() == sorted(shares(), reverse=True) and len(shares()) == 8
    before = top.lines[0]
    top.wait(lambda text: text.splitlines()[0] != before, "the next frame")
    top.press("q")
    assert top.wait_end() == 0
    assert top.is_restored


def test_it_follows_the_size_of_the_window(terminal):
    top = terminal(columns=120, rows=40)
    top.wait(lambda text: "gpubox" in text and "P95" in text, "a frame")
    top.resize(50, 12)
    top.wait(lambda text: text.splitlines()[-1].startswith("q quit") and "gpubox" in text, "a smaller frame")
    assert all(len(line) <= 50 for line in top.lines)
    top.resize(12, 4)
    top.wait(lambda text: "…" in text.splitlines()[0], "a tiny frame")
    top.resize(120, 40)
    top.wait(lambda text: text.splitlines()[-1].startswith("q quit") and "P95" in text, "a large frame")
    top.press("\x03")
    assert top.wait_end() == 0 and top.is_restored


def test_colours_are_left_out_where_they_are_not_wanted(terminal):
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        top = terminal(**variables)
        top.wait(lambda text: "gpubox" in text, "a frame")
        top.press("jq")
        assert top.wait_end() == 0
        assert set(re.findall(rb"\x1b\[[0-9;]*m", top.raw)) <= {b"\x1b[0m"}
    coloured = terminal()
    coloured.wait(lambda text: "gpubox" in text, "a frame")
    assert b"\x1b[1m" in coloured.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT])
def test_signals_and_crashes_give_the_terminal_back(terminal, number):
    top = terminal()
    top.wait(lambda text: "gpubox" in text, "a frame")
    assert not top.is_restored
    os.kill(top.pid, number)
    assert top.wait_end() == -number
    assert top.is_restored


def test_it_pauses_and_goes_on(terminal):
    top = terminal()
    top.wait(lambda text: "gpubox" in text, "a frame")
    top.press("\x1a")
    top.wait_stopped()
    assert top.is_restored
    top.screen.reset()
    os.kill(top.pid, signal.SIGCONT)
    top.wait(lambda text: "gpubox" in text, "a frame after the pause")
    assert not top.is_restored
    top.press("q")
    assert top.wait_end() == 0 and top.is_restored


def test_without_a_terminal_it_writes_one_frame(server):
    text = server.run("top").stdout
    assert "gpubox" in text and "NVIDIA H200" in text and "\x1b" not in text
    frame = json.loads(server.run("top", "--json", "--node", "gpubox").stdout)
    assert [gpu["index"] for gpu in frame["gpus"]] == list(range(8))
    assert all(0 <= gpu["utilization_ratio"] <= 1 for gpu in frame["gpus"])
    assert frame["hosts"][0]["memory_total_bytes"] > 0
    assert json.loads(server.run("top", "--json", "--node", "nobody").stdout)["gpus"] == []
    away = server.run("top", "--once", "--server", "http://127.0.0.1:1", check=False)
    assert away.returncode == 3 and "No server responds" in away.stderr


def test_topology_has_the_names_of_nvidia_smi(server):
    def known():
        gpus = server.data("/api/v1/topology", node="gpubox")[0]["gpus"]
        return gpus if all("nvlinks" in gpu for gpu in gpus) else None

    gpus = wait_until(known, 30, "links of the GPUs")
    assert [link["remote"] for link in gpus[0]["nvlinks"]] == ["switch"] * 18
    lines = [line.split() for line in server.run("topology", "gpubox").stdout.splitlines()]
    assert lines[0] == ["gpubox"]
    assert lines[1] == [*(f"GPU{place}" for place in range(8)), "NUMA", "LINKS", "PLACE", "MODEL"]
    assert lines[2][:9] == ["GPU0", "X", *["NV18"] * 7]
    assert lines[9][9:12] == ["1", "18", "0000:8a:00.0"]
    assert json.loads(server.run("topology", "--json").stdout)["data"][0]["node"] == "gpubox"
    missing = server.run("topology", "nobody", check=False)
    assert missing.returncode == 4 and "There is no machine 'nobody'. There are: 'gpubox'" in missing.stderr


def test_it_says_when_the_server_is_away_and_comes_back(server, terminal):
    top = terminal()
    top.wait(lambda text: "8 of 8 GPUs up" in text, "a frame")
    server.kill()
    top.wait(lambda text: re.search(r"no new values for [2-9] s: No server responds", text), "the age of the frame")
    assert "s ago" in top.lines[0] and any("NVIDIA H200" in line for line in top.lines)
    top.press("j")
    top.wait(lambda text: "> gpubox" in text, "keys to be obeyed without a server")
    server.start()
    top.wait(lambda text: "no new values" not in text and "8 of 8 GPUs up" in text, "the server to be back")
    top.press("q")
    assert top.wait_end() == 0 and top.is_restored
