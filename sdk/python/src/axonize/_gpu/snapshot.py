"""Samples of this process's GPUs as metrics, for hosts where no agent runs."""

from typing import Any

from axonize._gpu.nvml import Sample, nvml
from axonize._gpu.resolve import inventory, visible_devices
from axonize._metrics import encoder

Attributes = tuple[tuple[str, Any], ...]

# Names of OpenTelemetry's hardware conventions (hw.gpu.*, hw.power, hw.temperature, hw.energy).
_GAUGES = {
    "hw.gpu.utilization": ("1", "utilization"),
    "hw.gpu.memory.usage": ("By", "memory_used"),
    "hw.gpu.memory.limit": ("By", "memory_total"),
    "hw.temperature": ("Cel", "temperature"),
    "hw.power": ("W", "power"),
    "hw.gpu.clock": ("Hz", "clock"),
}


def samples() -> list[tuple[Attributes, Sample]]:
    """A sample of every GPU and MIG instance that this process sees."""
    library = nvml()
    if library is None:
        return []
    handles: dict[str, tuple[Any, str]] = {}
    for gpu in inventory():
        handles[gpu.uuid] = (gpu.handle, gpu.name)
        handles.update({instance.uuid: (instance.handle, gpu.name) for instance in gpu.mig})
    found: list[tuple[Attributes, Sample]] = []
    for resource in visible_devices():
        if resource.uuid not in handles:
            continue
        handle, name = handles[resource.uuid]
        attributes: Attributes = (
            ("hw.id", resource.uuid),
            ("hw.name", name),
            ("hw.type", "gpu"),
            ("hw.vendor", "NVIDIA"),
        )
        if resource.parent:
            attributes = (*attributes, ("hw.parent", resource.parent))
        found.append((attributes, library.sample(handle)))
    return found


def gpu_metrics(now: int) -> list[bytes]:
    """The samples of now as encoded metrics; none without GPUs."""
    taken = samples()
    metrics: list[bytes] = []
    for name, (unit, field) in _GAUGES.items():
        points = [
            (attributes, getattr(sample, field)) for attributes, sample in taken if getattr(sample, field) is not None
        ]
        if points:
            metrics.append(encoder.metric(name, unit, "", encoder.gauge(points, now)))
    energy = [(attributes, sample.energy) for attributes, sample in taken if sample.energy is not None]
    if energy:
        metrics.append(encoder.metric("hw.energy", "J", "", encoder.total(energy, 0, now)))
    return metrics
