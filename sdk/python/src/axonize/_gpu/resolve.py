"""From what a program calls a GPU to its id."""

import os
from dataclasses import dataclass
from typing import Any

from axonize._gpu.nvml import GPU, nvml

_CACHE_MAX = 256


@dataclass(frozen=True)
class Resource:
    """What a span computes on: a whole GPU or a MIG instance of one."""

    uuid: str
    # The physical GPU of a MIG instance.
    parent: str | None = None


_cache: dict[str, Resource] = {}
_inventory: tuple[GPU, ...] | None = None


def forget() -> None:
    """Look at the hardware again, in tests and where CUDA_VISIBLE_DEVICES changed."""
    global _inventory
    _cache.clear()
    _inventory = None


def inventory() -> tuple[GPU, ...]:
    """The GPUs of the host; none without NVML."""
    global _inventory
    if _inventory is None:
        library = nvml()
        try:
            _inventory = () if library is None else library.gpus()
        except OSError:
            # The driver is there but does not work.
            _inventory = ()
    return _inventory


def resolve(gpu: Any) -> Resource:
    """The id of "cuda:0", an index, a UUID or a torch.device; the name itself where it is not known."""
    name = gpu if isinstance(gpu, str) else str(gpu)
    found = _cache.get(name)
    if found is None:
        found = _look_up(name.strip())
        if len(_cache) >= _CACHE_MAX:
            _cache.clear()
        _cache[name] = found
    return found


def _look_up(name: str) -> Resource:
    index = _index_of(name)
    if index is not None:
        visible = visible_devices()
        return visible[index] if 0 <= index < len(visible) else Resource(name)
    return _by_uuid(name) or Resource(name)


def _index_of(name: str) -> int | None:
    lower = name.lower()
    for prefix in ("cuda:", "gpu:", "nvidia:"):
        if lower.startswith(prefix):
            lower = lower[len(prefix) :]
            break
    else:
        if lower in ("cuda", "gpu"):
            # What PyTorch calls the current device; the first where the program did not say which.
            return _current_torch_device()
    return int(lower) if lower.isascii() and lower.isdigit() else None


def _current_torch_device() -> int:
    import sys

    torch = sys.modules.get("torch")
    try:
        if torch is not None and torch.cuda.is_initialized():
            return int(torch.cuda.current_device())
    except Exception:
        # A build of PyTorch without CUDA.
        return 0
    return 0


def _by_uuid(name: str) -> Resource | None:
    """A UUID or the unambiguous beginning of one, as CUDA_VISIBLE_DEVICES allows."""
    if not name.upper().startswith(("GPU-", "MIG-")):
        return None
    matches: list[Resource] = []
    for gpu in inventory():
        if gpu.uuid.lower().startswith(name.lower()):
            matches.append(Resource(gpu.uuid))
        matches += [
            Resource(instance.uuid, gpu.uuid) for instance in gpu.mig if instance.uuid.lower().startswith(name.lower())
        ]
    return matches[0] if len(matches) == 1 else None


def visible_devices() -> list[Resource]:
    """What CUDA counts in this process, in its order (CUDA C++ programming guide, "CUDA Environment Variables").

    A GPU in MIG mode is counted by its first instance, as CUDA does. Without a setting of CUDA_DEVICE_ORDER the order
    is taken to be that of the PCI bus, which it is where all GPUs are alike.
    """
    gpus = inventory()
    everything = [_counted(gpu) for gpu in gpus]
    setting = os.environ.get("CUDA_VISIBLE_DEVICES")
    if setting is None or setting.strip().lower() in ("all",):
        # CUDA uses one MIG instance only, and no GPU beside it.
        instances = [resource for resource in everything if resource.parent]
        return instances[:1] if instances else everything
    visible: list[Resource] = []
    for entry in setting.split(","):
        entry = entry.strip()
        if entry.isascii() and entry.isdigit():
            found = everything[int(entry)] if int(entry) < len(everything) else None
        else:
            # Older drivers write MIG-GPU-<uuid>/<instance>/<instance>.
            found = _by_uuid(entry) or (_unknown(entry) if not gpus else None)
        if found is None:
            # CUDA stops at the first entry it does not know.
            break
        visible.append(found)
    return visible


def _counted(gpu: GPU) -> Resource:
    return Resource(gpu.mig[0].uuid, gpu.uuid) if gpu.mig else Resource(gpu.uuid)


def _unknown(entry: str) -> Resource | None:
    """Without NVML a UUID in the setting still is an id."""
    return Resource(entry) if entry.upper().startswith(("GPU-", "MIG-")) else None
