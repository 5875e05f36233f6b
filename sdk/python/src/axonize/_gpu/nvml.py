"""NVIDIA's management library through dlopen; nothing is linked, and without a driver nothing is there.

Functions and structures: https://docs.nvidia.com/deploy/nvml-api/.
"""

import ctypes
import threading
from dataclasses import dataclass, field
from typing import Any

_LIBRARY = "libnvidia-ml.so.1"


@dataclass(frozen=True)
class MIGInstance:
    """A slice of a GPU."""

    uuid: str
    handle: Any = field(compare=False, repr=False)


@dataclass(frozen=True)
class GPU:
    """A physical GPU."""

    index: int
    uuid: str
    name: str
    pci_bus_id: str
    handle: Any = field(compare=False, repr=False)
    mig: tuple[MIGInstance, ...] = ()


class _PCIInfo(ctypes.Structure):
    _fields_ = [
        ("busIdLegacy", ctypes.c_char * 16),
        ("domain", ctypes.c_uint),
        ("bus", ctypes.c_uint),
        ("device", ctypes.c_uint),
        ("pciDeviceId", ctypes.c_uint),
        ("pciSubSystemId", ctypes.c_uint),
        ("busId", ctypes.c_char * 32),
    ]


class _Utilization(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint), ("memory", ctypes.c_uint)]


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


@dataclass(frozen=True)
class Sample:
    """Present values of a GPU or MIG instance; None where the hardware does not tell."""

    utilization: float | None = None  # 0...1
    memory_used: int | None = None  # bytes
    memory_total: int | None = None  # bytes
    temperature: int | None = None  # degrees Celsius
    power: float | None = None  # watts
    energy: float | None = None  # joules since the driver was loaded
    clock: int | None = None  # hertz of the multiprocessors


class NVML:
    """The library, initialised."""

    def __init__(self, path: str = _LIBRARY) -> None:
        self._library = ctypes.CDLL(path)
        self._check("nvmlInit_v2")

    def _function(self, name: str) -> Any:
        return getattr(self._library, name, None)

    def _call(self, name: str, *arguments: Any) -> bool:
        function = self._function(name)
        return function is not None and function(*arguments) == 0

    def _check(self, name: str, *arguments: Any) -> None:
        if not self._call(name, *arguments):
            raise OSError(f"{name} failed")

    def _text(self, name: str, handle: Any, size: int = 96) -> str:
        buffer = ctypes.create_string_buffer(size)
        return buffer.value.decode("ascii", "replace") if self._call(name, handle, buffer, size) else ""

    def gpus(self) -> tuple[GPU, ...]:
        """The GPUs in NVML's order, which is that of the PCI bus."""
        count = ctypes.c_uint()
        self._check("nvmlDeviceGetCount_v2", ctypes.byref(count))
        found: list[GPU] = []
        for index in range(count.value):
            handle = ctypes.c_void_p()
            if not self._call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle)):
                # A GPU that fell off the bus, or one this user may not see.
                continue
            info = _PCIInfo()
            bus = ""
            if self._call("nvmlDeviceGetPciInfo_v3", handle, ctypes.byref(info)):
                bus = info.busId.decode("ascii", "replace")
            uuid = self._text("nvmlDeviceGetUUID", handle)
            if uuid:
                name = self._text("nvmlDeviceGetName", handle)
                found.append(GPU(index, uuid, name, bus, handle, self._instances(handle)))
        return tuple(found)

    def _instances(self, handle: Any) -> tuple[MIGInstance, ...]:
        current, pending = ctypes.c_uint(), ctypes.c_uint()
        if not self._call("nvmlDeviceGetMigMode", handle, ctypes.byref(current), ctypes.byref(pending)):
            return ()
        count = ctypes.c_uint()
        if current.value != 1 or not self._call("nvmlDeviceGetMaxMigDeviceCount", handle, ctypes.byref(count)):
            return ()
        found: list[MIGInstance] = []
        for index in range(count.value):
            instance = ctypes.c_void_p()
            if not self._call(
                "nvmlDeviceGetMigDeviceHandleByIndex", handle, ctypes.c_uint(index), ctypes.byref(instance)
            ):
                continue
            uuid = self._text("nvmlDeviceGetUUID", instance)
            if uuid:
                found.append(MIGInstance(uuid, instance))
        return tuple(found)

    def sample(self, handle: Any) -> Sample:
        """Present values of a GPU or MIG instance."""
        use, memory = _Utilization(), _Memory()
        number, large = ctypes.c_uint(), ctypes.c_ulonglong()

        def read(name: str, *arguments: Any) -> int | None:
            return number.value if self._call(name, handle, *arguments, ctypes.byref(number)) else None

        has_use = self._call("nvmlDeviceGetUtilizationRates", handle, ctypes.byref(use))
        has_memory = self._call("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
        power = read("nvmlDeviceGetPowerUsage")
        has_energy = self._call("nvmlDeviceGetTotalEnergyConsumption", handle, ctypes.byref(large))
        clock = read("nvmlDeviceGetClockInfo", ctypes.c_uint(1))
        return Sample(
            utilization=use.gpu / 100 if has_use else None,
            memory_used=memory.used if has_memory else None,
            memory_total=memory.total if has_memory else None,
            temperature=read("nvmlDeviceGetTemperature", ctypes.c_uint(0)),
            power=None if power is None else power / 1000,
            energy=large.value / 1000 if has_energy else None,
            clock=None if clock is None else clock * 1_000_000,
        )


_lock = threading.Lock()
_opened: NVML | None = None
_tried = False


def nvml() -> NVML | None:
    """The library; None where there is no driver. Looked for once."""
    global _opened, _tried
    if not _tried:
        with _lock:
            if not _tried:
                try:
                    _opened = NVML()
                except (OSError, AttributeError):
                    # No driver on this host: GPUs are recorded as named.
                    _opened = None
                _tried = True
    return _opened


def forget() -> None:
    """Look for the library again, in tests and forked children."""
    global _lock, _opened, _tried
    _lock = threading.Lock()
    _opened, _tried = None, False
