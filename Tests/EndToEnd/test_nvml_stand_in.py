"""The stand-in of NVIDIA's library, read with NVIDIA's own Python binding.

The unit tests read the same stand-in with our declaration of the library's interface. That both see the same numbers
shows that the declaration is NVIDIA's.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20

READER = """
import ctypes, json, sys, time
from pynvml import *

nvmlInit()
device = nvmlDeviceGetHandleByIndex(0)
memory = nvmlDeviceGetMemoryInfo(device, version=nvmlMemory_v2)
fields = nvmlDeviceGetFieldValues(device, [NVML_FI_DEV_MEMORY_TEMP, NVML_FI_DEV_POWER_AVERAGE,
    NVML_FI_DEV_POWER_INSTANT, (NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX, 0xFFFFFFFF)])
parts = []
for index in range(nvmlDeviceGetMaxMigDeviceCount(device)):
    try:
        part = nvmlDeviceGetMigDeviceHandleByIndex(device, index)
    except NVMLError_NotFound:
        continue
    attributes = nvmlDeviceGetAttributes(part)
    parts.append([nvmlDeviceGetName(part).split(" MIG ")[1], nvmlDeviceGetGpuInstanceId(part),
        nvmlDeviceGetComputeInstanceId(part), nvmlDeviceGetMemoryInfo(part).total, attributes.multiprocessorCount,
        attributes.memorySizeMB])
samples = [nvmlGpmSampleAlloc(), nvmlGpmSampleAlloc()]
for sample in samples:
    if parts:
        nvmlGpmMigSampleGet(device, parts[0][1], sample)
    else:
        nvmlGpmSampleGet(device, sample)
    time.sleep(0.11)
request = c_nvmlGpmMetricsGet_t(version=NVML_GPM_METRICS_GET_VERSION, numMetrics=2)
request.sample1, request.sample2 = samples
request.metrics[0].metricId = NVML_GPM_METRIC_SM_UTIL
request.metrics[1].metricId = NVML_GPM_METRIC_NVLINK_TOTAL_TX_PER_SEC
nvmlGpmMetricsGet(request)
fabric = c_nvmlGpuFabricInfo_v2_t()
nvmlDeviceGetGpuFabricInfoV(device, ctypes.byref(fabric))
events = nvmlEventSetCreate()
nvmlDeviceRegisterEvents(device, nvmlEventTypeXidCriticalError, events)
event = nvmlEventSetWait_v2(events, 1000)
print(json.dumps({
    "name": nvmlDeviceGetName(device), "bus": nvmlDeviceGetPciInfo(device).busId, "count": nvmlDeviceGetCount(),
    "memory": [memory.total, memory.reserved, memory.free, memory.used],
    "temperature": nvmlDeviceGetTemperatureV(device, NVML_TEMPERATURE_GPU),
    "fields": [[field.nvmlReturn, field.value.uiVal] for field in fields],
    "parts": parts,
    "processes": [[process.pid, process.usedGpuMemory, process.gpuInstanceId]
        for process in nvmlDeviceGetComputeRunningProcesses(device)],
    "gpm": [[metric.nvmlReturn, metric.value] for metric in request.metrics[:2]],
    "fabric": fabric.state, "capability": nvmlDeviceGetCudaComputeCapability(device),
    "rows": nvmlDeviceGetRemappedRows(device), "event": [event.eventType, event.eventData, event.gpuInstanceId],
}))
"""


def read(folder: pathlib.Path, script: str) -> dict:
    """What the binding reads of a stand-in that plays a script."""
    library = ROOT / ".build" / "debug" / "libnvml-stand-in.so"
    if not library.exists():
        pytest.fail(f"{library} is missing; build it with `swift build --build-tests`")
    shutil.copy(library, folder / "libnvidia-ml.so.1")
    (folder / "libnvidia-ml.so.1.txt").write_text(script)
    result = subprocess.run(
        [sys.executable, "-c", READER],
        env={**os.environ, "LD_LIBRARY_PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_whole_gpu_has_the_numbers_of_its_capture(tmp_path):
    seen = read(tmp_path, "h100\nevent 1 0 8 79")
    assert seen["name"] == "NVIDIA H100 80GB HBM3"
    assert seen["bus"] == "00000000:00:09.0"
    assert seen["memory"] == [85520809984, 502267904, 64237862912, 20780679168]
    assert seen["temperature"] == 59
    assert seen["fields"][:3] == [[0, 54], [0, 631950], [0, 625680]]
    assert seen["fields"][3][0] == 0
    assert [process[0] for process in seen["processes"]] == [11327, 11328, 11345]
    assert seen["processes"][2] == [11345, 15690 * MIB, 0xFFFFFFFF]
    assert seen["gpm"] == [[0, 97.25], [0, 0]]
    assert seen["capability"] == [9, 0]
    assert seen["fabric"] == 3
    assert seen["rows"] == [0, 0, 0, 0]
    assert seen["event"] == [8, 79, 0xFFFFFFFF]


def test_mig_devices_have_the_sizes_of_their_capture(tmp_path):
    seen = read(tmp_path, "h200-mig\nevent 1 0 8 31 2 1")
    assert seen["parts"] == [
        ["1c.3g.71gb", 2, 0, 71424 * MIB, 16, 71424],
        ["2c.3g.71gb", 2, 1, 71424 * MIB, 32, 71424],
        ["2g.35gb", 3, 0, 33280 * MIB, 32, 33280],
        ["1g.18gb", 9, 0, 16384 * MIB, 16, 16384],
        ["1g.18gb", 10, 0, 16384 * MIB, 16, 16384],
    ]
    assert seen["memory"][0] == 143771 * MIB
    assert {process[2] for process in seen["processes"]} == {2}
    # NVLink is not there in MIG mode: an error of that field and of that metric alone.
    assert seen["fields"][3][0] == 3
    assert seen["gpm"] == [[0, 97.25], [3, 0]]
    assert seen["event"] == [8, 31, 2]


def test_eight_gpus_are_counted(tmp_path):
    assert read(tmp_path, "h200x8\nevent 1 0 8 13")["count"] == 8
