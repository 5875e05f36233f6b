"""GPUs of the machine, played by the stand-in of NVIDIA's library: series, API and commands of one server."""

import json
import pathlib
import shutil

import pytest
from support.kubelet import Kubelet, write_process
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
def node(tmp_path_factory):
    """Files of a node of Kubernetes: processes, logs of containers, the kubelet's socket."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "proc").mkdir()
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, stand_in, node):
    variables = environment(stand_in.path) | {
        "AXONIZE_FLEET_PROC_ROOT": str(node / "proc"),
        "AXONIZE_FLEET_ROOT": str(node),
        "AXONIZE_FLEET_KUBELET_SOCKET": str(node / "kubelet.sock"),
        "AXONIZE_FLEET_DCGM_WORKLOADS": "true",
        "AXONIZE_FLEET_LABELS": "rack=r12",
    }
    instance = Server(tmp_path_factory.mktemp("gpus") / "data", environment=variables)
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


def test_pods_of_a_kubelet_are_on_series_and_in_the_api(server, stand_in, node):
    parts = {part["gpu_instance"]: part for part in gpu_of(server)["resources"]}
    uid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    # The process of the one pod is named by its container's log, that of the other by the device that it holds.
    for pid, pod, container in [(4242, uid, "ab" * 32), (4243, uid.replace("0a", "0b"), "cd" * 32)]:
        slices = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{pod.replace('-', '_')}.slice"
        write_process(node / "proc", pid, "python3", f"{slices}/cri-containerd-{container}.scope")
    (node / "var/log/containers").mkdir(parents=True)
    (node / f"var/log/containers/llama-0_team-a_vllm-{'ab' * 32}.log").touch()
    kubelet = Kubelet(node / "kubelet.sock")
    resource = "nvidia.com/mig-1g.18gb"
    kubelet.pods = [
        ("team-b", "embed-0", "tei", resource, [parts[9]["uuid"]]),
        ("kube-system", "proxy", "proxy", "example.com/nic", ["eth0"]),
    ]
    kubelet.allocatable = [(resource, [parts[9]["uuid"]])]
    stand_in.play("h200-mig\nprocess 0 4242 900 2 0\nprocess 0 4243 300 9 0")
    kubelet.start()
    try:
        query = 'axonize_gpu_workload_info{pod_uid!="",pod!=""}'
        series = wait_until(lambda: (found := values_of(server, query)) and len(found) == 2 and found, 60, "both pods")
        labels = {one["metric"]["pod"]: one["metric"] for one in series}
        assert labels["llama-0"]["gpu_instance"] == "2" and labels["llama-0"]["pod_uid"] == uid
        assert labels["embed-0"]["namespace"] == "team-b" and labels["embed-0"]["container"] == "tei"
        assert labels["embed-0"]["container_id"] == "cd" * 32 and labels["embed-0"]["rack"] == "r12"
        memory = values_of(server, 'axonize_gpu_process_memory_bytes{pod="llama-0"}')
        assert [one["value"][1] for one in memory] == [str(900 << 20)]
        counts = values_of(server, f'axonize_kubernetes_gpu_devices{{resource="{resource}"}}')
        assert {one["metric"]["state"]: one["value"][1] for one in counts} == {"allocatable": "1", "allocated": "1"}
        assert values_of(server, 'DCGM_FI_DEV_FB_USED{pod="embed-0",namespace="team-b",container="tei",GPU_I_ID="9"}')
        # Names of pods are on no series but those that are for it.
        assert not values_of(server, 'axonize_gpu_memory_used_bytes{pod!=""}')

        def named():
            gpu = gpu_of(server)
            pods = {one["pid"]: one.get("workload", {}).get("pod") for one in gpu.get("processes", [])}
            return gpu if pods == {4242: "llama-0", 4243: "embed-0"} else None

        gpu = wait_until(named, 60, "the pods in the API")
        assert {one["workload"]["pod"] for one in gpu["workloads"]} == {"llama-0", "embed-0"}
        part = server.data(f"/api/v1/gpus/{parts[9]['uuid']}")
        assert [one["workload"]["pod"] for one in part["workloads"]] == ["embed-0"]
        assert "team-a/llama-0 vllm" in server.run("gpus", "--workloads").stdout
        assert "team-b/embed-0 tei" in server.run("gpu", gpu["id"]).stdout
        assert server.data("/api/v1/nodes/gpubox")["labels"] == {"rack": "r12"}
    finally:
        kubelet.stop()
        stand_in.play("h200-mig")


def test_metrics_of_a_board_and_of_a_part_have_steps_resolution_and_reasons(server):
    gpu = gpu_of(server)

    def metrics(id_, **parameters):
        found = server.data(f"/api/v1/gpus/{id_}/metrics", start="-2m", end="now", step="10s", **parameters)
        return {one["name"].removeprefix("axonize_gpu_"): one for one in found["metrics"]}

    board = wait_until(lambda: "sm_active_ratio" in (all_ := metrics(gpu["id"])) and all_, 30, "metrics of the board")
    power = board["power_watts"]["series"][0]
    assert board["power_watts"]["unit"] == "watts" and "unavailable" not in board["power_watts"]
    assert 0.1 < power["resolution_seconds"] < 2 and power["age_seconds"] < 10 and power["last_value"] > 0
    history = server.data("/api/v1/metrics/history", name="axonize_gpu_power_watts", start="-2m", end="now", step="10s")
    point = power["points"][0]
    same = next(one for one in history[0]["points"] if one["time"] == point["time"])
    assert point["mean"] == pytest.approx(same["mean"], rel=0.05)
    assert point["min"] - 1e-6 <= point["mean"] <= point["max"] + 1e-6
    assert board["utilization_ratio"]["unavailable"] == "mig_mode" and board["utilization_ratio"]["series"] == []
    part = next(one for one in gpu["resources"] if one["gpu_instance"] == 2)
    parts = metrics(part["uuid"], metrics="memory_total_bytes,sm_active_ratio", aggregations="max")
    assert parts["memory_total_bytes"]["series"][0]["points"][-1]["max"] == 71424 << 20
    assert len(parts) == 2
    assert server.get(f"/api/v1/gpus/{gpu['id']}/metrics", metrics="speed").status_code == 400


def energies(server, uuid: str, start: str) -> list[tuple[str, float]]:
    """The samples of the energy counter, each with its time."""
    step = server.data(
        f"/api/v1/gpus/{uuid}/metrics", start=start, end="now", step="50ms", metrics="energy_joules_total"
    )["metrics"][0]["series"]
    return [(point["time"], point["max"]) for point in step[0]["points"]] if step else []


def ask_burst(server, node: str, body: dict):
    return server.session.post(f"{server.url}/api/v1/nodes/{node}/burst", json=body, timeout=30)


def densest(points) -> int:
    """The most samples of one second."""
    seconds: dict[str, int] = {}
    for time_, _ in points:
        seconds[time_[:19]] = seconds.get(time_[:19], 0) + 1
    return max(seconds.values(), default=0)


def test_a_burst_on_demand_has_finer_samples_and_is_shown(server):
    gpu = gpu_of(server)
    assert "burst_until" not in gpu
    asked = ask_burst(server, "gpubox", {"seconds": 5})
    assert asked.status_code == 202, asked.text
    assert asked.json()["data"]["state"] == "running"
    shown = wait_until(lambda: (one := server.data("/api/v1/nodes/gpubox")).get("burst_until") and one, 10, "the burst")
    assert shown["burst_until"] == asked.json()["data"]["until"]
    assert shown["burst_reason"].startswith("asked for with")
    assert server.data("/api/v1/gpus")[0]["burst_until"] == shown["burst_until"]
    points = wait_until(
        lambda: densest(found := energies(server, gpu["id"], "-10s")) >= 8 and found, 15, "samples each 100 ms"
    )
    assert [value for _, value in points] == sorted(value for _, value in points)
    events = wait_until(lambda: server.data("/api/v1/events", kind="burst"), 15, "an event")
    assert events[0]["node"] == "gpubox" and "asked for with" in events[0]["message"]
    assert 'axonize_gpu_bursts_total{cause="demand"}' in server.get("/metrics/host").text
    assert "axonize_fleet_bursts_requested_total 1" in server.get("/metrics").text
    for body, status in [({"seconds": 0}, 400), ({"seconds": 61}, 400), ({"minutes": 1}, 400)]:
        assert ask_burst(server, "gpubox", body).status_code == status
    assert ask_burst(server, "nobody", {}).status_code == 404
    run = server.run("gpus", "burst", "gpubox", "--seconds", "1")
    assert "read ten times a second until" in run.stdout


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


def test_a_dry_run_of_an_agent_has_gpus(server, stand_in):
    shown = json.loads(server.run("agent", "--dry-run", "--json", f"--nvml-library={stand_in.path}").stdout)
    names = {sample["name"] for sample in shown["samples"]}
    assert {"axonize_gpu_power_watts", "axonize_gpu_resource_info", "DCGM_FI_DEV_GPU_TEMP", "node_load1"} <= names
    ours = server.run("agent", "--dry-run", f"--nvml-library={stand_in.path}", "--dcgm-names=false").stdout
    assert "axonize_gpu_power_watts" in ours and "DCGM_" not in ours


def test_host_names_the_call_that_a_driver_hangs_in(server, tmp_path):
    library = StandIn(tmp_path, "h100\nwedge nvmlDeviceGetCount_v2 *")
    shown = server.run("host", f"--nvml-library={library.path}").stdout
    assert "nvmlDeviceGetCount_v2 has not returned for" in shown
    shown = json.loads(server.run("agent", "--dry-run", "--json", f"--nvml-library={library.path}").stdout)
    assert any("nvmlDeviceGetCount_v2 has not returned for" in problem for problem in shown["problems"])


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

    def said():
        found = server.data(path)
        return found if {"gpu_unavailable", "gpu_lost"} <= {one["kind"] for one in found} else None

    events = wait_until(said, 30, "the loss")
    assert server.stop() == 0
    server.start()
    # The server may have seen more meanwhile.
    assert [one for one in server.data(path) if one in events] == events


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
