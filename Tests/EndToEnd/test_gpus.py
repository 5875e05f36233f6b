"""GPUs of the machine, played by the stand-in of NVIDIA's library: series, API and commands of one server."""

import json
import pathlib
import shutil

import pytest
from support.server import Server, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]


class StandIn:
    """A copy of the stand-in with the script that it plays, which may change while a server reads it."""

    def __init__(self, folder: pathlib.Path, script: str):
        library = ROOT / ".build" / "debug" / "libnvml-stand-in.so"
        if not library.exists():
            pytest.fail(f"{library} is missing; build it with `swift build --build-tests`")
        self.path = folder / "libnvidia-ml.so.1"
        shutil.copy(library, self.path)
        self.play(script)

    def play(self, script: str):
        temporary = self.path.with_suffix(".new")
        temporary.write_text(script)
        temporary.rename(f"{self.path}.txt")


def environment(library) -> dict[str, str]:
    return {
        "AXONIZE_FLEET_GPU_ENABLED": "true",
        "AXONIZE_FLEET_NVML_LIBRARY": str(library),
        "AXONIZE_FLEET_GPU_INTERVAL": "200ms",
        "AXONIZE_FLEET_INSTANCE": "gpubox",
    }


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    return StandIn(tmp_path_factory.mktemp("nvml"), "h200-mig")


@pytest.fixture(scope="module")
def server(tmp_path_factory, stand_in):
    instance = Server(tmp_path_factory.mktemp("gpus") / "data", environment=environment(stand_in.path))
    try:
        yield instance.start()
    finally:
        instance.stop()


def gpu_of(server, condition="up"):
    def found():
        gpus = server.data("/api/v1/gpus")
        return gpus[0] if gpus and gpus[0]["condition"] == condition and gpus[0]["resources"] else None

    return wait_until(found, 30, f"a GPU that is {condition}")


def values_of(server, query: str) -> list:
    return json.loads(server.run("query", query, "--json").stdout)["data"]["result"]


def reading(gpu: dict, metric: str, instance=None) -> dict:
    return next(one for one in gpu["readings"] if one["metric"] == metric and one.get("gpu_instance") == instance)


def test_a_divided_gpu_is_told_by_the_api(server):
    gpu = gpu_of(server)
    assert (gpu["node"], gpu["node_state"], gpu["vendor"], gpu["model"]) == ("gpubox", "up", "nvidia", "NVIDIA H200")
    assert gpu["divided"] is True
    assert {part["profile"] for part in gpu["resources"]} == {"1c.3g.71gb", "2c.3g.71gb", "2g.35gb", "1g.18gb"}
    # What the driver does not measure in MIG mode is a reason and no number; the board's own values stay.
    assert reading(gpu, "axonize_gpu_utilization_ratio")["unavailable"] == "mig_mode"
    assert "value" not in reading(gpu, "axonize_gpu_utilization_ratio")
    assert reading(gpu, "axonize_gpu_power_watts")["value"] > 0
    assert reading(gpu, "axonize_gpu_memory_total_bytes", 2)["value"] == 71424 << 20
    part = gpu["resources"][0]["uuid"]
    assert [one["uuid"] for one in server.data(f"/api/v1/gpus/{part}")["resources"]] == [part]
    node = server.data("/api/v1/nodes/gpubox")
    assert (node["gpu_count"], node["gpus_up"], node["state"]) == (1, 1, "up")
    assert {one["vendor"] for one in node["drivers"]} == {"nvidia", "amd"}
    assert server.data("/api/v1/topology")[0]["gpus"][0]["id"] == gpu["id"]


def test_series_have_both_names(server):
    power = wait_until(lambda: values_of(server, "axonize_gpu_power_watts"), 30, "a series of the GPU")
    assert power[0]["metric"]["instance"] == "gpubox" and power[0]["metric"]["job"] == "node"
    assert values_of(server, 'DCGM_FI_DEV_FB_TOTAL{GPU_I_ID="2"}')[0]["value"][1] == "71424"
    page = server.get("/metrics/host").text
    assert "axonize_gpu_resource_info{" in page and "DCGM_FI_DEV_POWER_USAGE{" in page
    assert "node_cpu_seconds_total" not in page


def test_commands_show_it_in_80_columns(server):
    gpu = gpu_of(server)
    lines = server.run("gpus").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "NVIDIA H200" in lines[1] and "gpubox" in lines[1]
    assert any(line.split()[:2] == ["0/9/0", "1g.18gb"] for line in lines), lines
    assert gpu["id"] in server.run("gpus", "--ids").stdout
    assert json.loads(server.run("gpus", "--json").stdout)["data"][0]["id"] == gpu["id"]
    assert "gpubox" in server.run("nodes").stdout


def test_host_shows_gpus_without_a_server(server, stand_in):
    assert "NVIDIA H200" in server.run("host", f"--nvml-library={stand_in.path}").stdout
    page = server.run("host", f"--nvml-library={stand_in.path}", "--prometheus").stdout
    assert "axonize_gpu_power_watts{" in page


def test_a_fault_and_another_division_are_seen_at_once(server, stand_in):
    gpu = gpu_of(server)
    generation = max(part["generation"] for part in gpu["resources"])
    stand_in.play("h200-mig-thirds\nevent 1 0 8 31 2 1\nevent 2 0 0x100 0")

    def divided():
        parts = gpu_of(server)["resources"]
        return parts if min(part["generation"] for part in parts) > generation else None

    parts = wait_until(divided, 30, "another division")
    assert {part["profile"] for part in parts} == {"3g.71gb", "2g.35gb", "1g.18gb"}
    path = f"/api/v1/gpus/{gpu['id']}/events"
    events = wait_until(lambda: len(found := server.data(path)) >= 2 and found, 30, "events of the GPU")
    assert {event["kind"] for event in events} == {"xid", "mig_config_change"}
    fault = next(event for event in events if event["kind"] == "xid")
    assert (fault["xid"], fault["xid_class"], fault["message"]) == (31, "application", "memory page fault")
    shown = server.run("gpu", gpu["id"]).stdout
    assert "xid 31" in shown and "memory page fault" in shown
    counted = wait_until(lambda: values_of(server, 'axonize_gpu_xid_errors_total{xid="31"}'), 30, "a series of faults")
    assert counted[0]["value"][1] == "1"


def test_a_lost_gpu_is_told_and_all_is_there_after_a_restart(server, stand_in):
    gpu = gpu_of(server)
    stand_in.play("h200-mig-thirds\nlost 0")
    lost = wait_until(lambda: (one := server.data("/api/v1/gpus")[0])["condition"] == "lost" and one, 30, "a lost GPU")
    assert lost["problem"] == "the GPU does not answer"
    assert reading(lost, "axonize_gpu_power_watts")["unavailable"] == "gpu_lost"
    wait_until(lambda: values_of(server, "axonize_gpu_up == 0"), 30, "a series that says so")
    ready = server.get("/readyz")
    assert ready.status_code == 200 and "the GPU does not answer" in ready.text
    path = f"/api/v1/gpus/{gpu['id']}/events"
    events = wait_until(
        lambda: (found := server.data(path)) and found[0]["kind"] == "gpu_unavailable" and found, 30, "the loss"
    )
    assert server.stop() == 0
    server.start()
    assert server.data(path)[: len(events)] == events


def test_a_driver_that_hangs_does_not_hold_up_the_end(tmp_path):
    library = StandIn(tmp_path, "h100\nwedge nvmlDeviceGetTemperatureV 0")
    server = Server(tmp_path / "data", environment=environment(library.path)).start()
    try:
        wedged = wait_until(
            lambda: (found := server.data("/api/v1/gpus")) and found[0]["condition"] == "wedged" and found,
            30,
            "a wedge",
        )
        assert "nvmlDeviceGetTemperatureV has not returned" in wedged[0]["problem"]
        assert "nvmlDeviceGetTemperatureV has not returned" in server.get("/readyz").text
    finally:
        assert server.stop() == 0
    assert "left behind" in server.log


def test_without_a_library_the_reason_is_told(tmp_path):
    server = Server(tmp_path / "data", environment=environment(tmp_path / "nothing.so")).start()
    try:
        driver = wait_until(lambda: server.data("/api/v1/nodes") or None, 30, "a node")[0]["drivers"][0]
        assert driver["vendor"] == "nvidia" and "nothing.so" in driver["unavailable"]
        assert server.data("/api/v1/gpus") == []
        ready = wait_until(lambda: "nothing.so" in (page := server.get("/readyz")).text and page, 10, "the reason")
        assert ready.status_code == 200
        assert "There are no GPUs" in server.run("gpus").stderr
    finally:
        assert server.stop() == 0
