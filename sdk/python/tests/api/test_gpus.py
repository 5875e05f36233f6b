"""GPUs of spans and samples; NVML is a stand-in, since a test cannot bring a driver along."""

import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

import axonize
from axonize._gpu import nvml, resolve, snapshot
from axonize._metrics import encoder
from axonize.testing import Recorder

FIRST = "GPU-aaaaaaaa-0000-0000-0000-000000000000"
SECOND = "GPU-bbbbbbbb-0000-0000-0000-000000000000"
SLICE = "MIG-cccccccc-0000-0000-0000-000000000000"
OTHER_SLICE = "MIG-dddddddd-0000-0000-0000-000000000000"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for the stand-in of NVML")
    path = tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1"
    source = pathlib.Path(__file__).with_name("nvml_stand_in.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(path), str(source)], check=True)
    return str(path)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    nvml.forget()
    resolve.forget()
    yield
    nvml.forget()
    resolve.forget()


@pytest.fixture
def gpus(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = nvml.NVML(library)
    monkeypatch.setattr(nvml, "_opened", opened)
    monkeypatch.setattr(nvml, "_tried", True)


@pytest.fixture
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "_tried", True)


def attributes(spans: Recorder, gpus: object) -> dict[str, object]:
    spans.clear()
    with axonize.span("s") as span:
        span.set_gpus(gpus)
    return spans.one("s").attributes


def test_inventory(gpus: None) -> None:
    first, second = resolve.inventory()
    assert (first.uuid, first.pci_bus_id, first.mig, first.name) == (FIRST, "00000000:01:00.0", (), "Stand-in")
    assert [instance.uuid for instance in second.mig] == [SLICE, OTHER_SLICE]


def test_names(gpus: None, axonize_spans: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    one = {"hw.id": FIRST, "hw.type": "gpu"}
    for name in ("cuda:0", 0, "0", "cuda", FIRST, FIRST.lower(), "GPU-aaaa", [0], ("cuda:0",)):
        assert attributes(axonize_spans, name) == one, name
    part = {"hw.id": SLICE, "hw.type": "gpu", "hw.parent": SECOND}
    assert attributes(axonize_spans, SLICE) == part
    assert attributes(axonize_spans, [FIRST, OTHER_SLICE]) == {
        "gpu.0.resource_uuid": FIRST,
        "gpu.1.resource_uuid": OTHER_SLICE,
        "gpu.1.physical_uuid": SECOND,
    }


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("1,0", [SLICE, FIRST]),
        ("0", [FIRST]),
        (FIRST, [FIRST]),
        ("GPU-aaaa", [FIRST]),
        (OTHER_SLICE, [OTHER_SLICE]),
        (f"{SLICE},{OTHER_SLICE}", [SLICE, OTHER_SLICE]),
        ("", []),
        ("-1", []),
        ("0,7,1", [FIRST]),
        ("NoDevFiles", []),
        (None, [SLICE]),
    ],
)
def test_visible_devices(gpus: None, setting: str | None, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if setting is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", setting)
    assert [resource.uuid for resource in resolve.visible_devices()] == expected


def test_unknown_names_are_recorded_as_named(gpus: None, axonize_spans: Recorder) -> None:
    assert attributes(axonize_spans, "cuda:9")["hw.id"] == "cuda:9"
    assert attributes(axonize_spans, "rocm:0")["hw.id"] == "rocm:0"
    assert attributes(axonize_spans, "GPU-ffff")["hw.id"] == "GPU-ffff"
    # Two begin so.
    assert attributes(axonize_spans, "MIG-")["hw.id"] == "MIG-"


def test_without_a_driver(no_gpus: None, axonize_spans: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert attributes(axonize_spans, "cuda:0") == {"hw.id": "cuda:0", "hw.type": "gpu"}
    assert attributes(axonize_spans, ["cuda:0", "cuda:1"]) == {
        "gpu.0.resource_uuid": "cuda:0",
        "gpu.1.resource_uuid": "cuda:1",
    }
    resolve.forget()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"{SECOND},{FIRST}")
    assert attributes(axonize_spans, 1)["hw.id"] == FIRST
    assert snapshot.gpu_metrics(1) == []


def test_odd_arguments(no_gpus: None, axonize_spans: Recorder) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert attributes(axonize_spans, [Odd()]) == {}
    assert attributes(axonize_spans, []) == {}
    assert attributes(axonize_spans, None) == {"hw.id": "None", "hw.type": "gpu"}


def test_torch_devices(gpus: None, axonize_spans: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        def __str__(self) -> str:
            return "cuda:0"

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert attributes(axonize_spans, Device())["hw.id"] == FIRST


def test_samples(gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"0,{SLICE}")
    body = encoder.request(b"", "axonize", "1", snapshot.gpu_metrics(5))
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    found = {}
    for metric in resource.scope_metrics[0].metrics:
        data = metric.sum if metric.HasField("sum") else metric.gauge
        for point in data.data_points:
            labels = {item.key: item.value.string_value for item in point.attributes}
            assert point.time_unix_nano == 5
            assert labels["hw.type"] == "gpu"
            value = point.as_int if point.HasField("as_int") else point.as_double
            found[metric.name, labels["hw.id"]] = (value, metric.unit, labels.get("hw.parent"))
    assert found == {
        ("hw.gpu.utilization", FIRST): (0.42, "1", None),
        ("hw.gpu.memory.usage", FIRST): (3 << 30, "By", None),
        ("hw.gpu.memory.limit", FIRST): (80 << 30, "By", None),
        ("hw.temperature", FIRST): (55, "Cel", None),
        ("hw.power", FIRST): (250.5, "W", None),
        ("hw.gpu.clock", FIRST): (1_001_000_000, "Hz", None),
        ("hw.energy", FIRST): (1234.567, "J", None),
        ("hw.gpu.memory.usage", SLICE): (3 << 30, "By", SECOND),
        ("hw.gpu.memory.limit", SLICE): (80 << 30, "By", SECOND),
    }


def test_sampler_thread(library: str) -> None:
    import os
    import sys

    from tests.receiver import Receiver, wait_until

    receiver = Receiver()
    script = """
import axonize, sys
axonize.init(sys.argv[1], metrics=False, gpu_snapshot_interval_ms=100)
with axonize.span("a") as span:
    span.set_gpus("cuda:0")
sys.stdin.read()
"""
    folder = str(pathlib.Path(library).parent)
    program = subprocess.Popen(
        [sys.executable, "-c", script, f"http://127.0.0.1:{receiver.port}"],
        stdin=subprocess.PIPE,
        env={**os.environ, "LD_LIBRARY_PATH": folder, "CUDA_VISIBLE_DEVICES": "0"},
    )
    try:
        wait_until(lambda: len(receiver.metrics) >= 2)
    finally:
        program.communicate(timeout=30)
        receiver.close()
    assert program.returncode == 0
    names = {metric.name for metric in receiver.metrics[0].resource_metrics[0].scope_metrics[0].metrics}
    assert {"hw.gpu.utilization", "hw.power", "hw.energy"} <= names
    assert not any(name.startswith(("gen_ai.", "axonize.")) for name in names)
    (span,) = receiver.spans
    assert {item.key: item.value.string_value for item in span.attributes}["hw.id"] == FIRST
