"""On which GPUs a model of torch computes."""

from collections.abc import Iterable
from typing import Any

from axonize.integrations._messages import mapping_of


def gpus_of(devices: Iterable[Any]) -> list[str]:
    """The CUDA devices among torch's devices and numbers, each once, as ``set_gpus`` takes them."""
    found: list[str] = []
    for device in devices:
        name = f"cuda:{device}" if isinstance(device, int) else str(device)
        if name.startswith("cuda"):
            # "cuda" alone is the current device; without one chosen that is the first.
            name = name if ":" in name else f"cuda:{_current()}"
            if name not in found:
                found.append(name)
    return found


def _current() -> int:
    from importlib import import_module

    return int(import_module("torch").cuda.current_device())


def devices_of(model: Any) -> list[Any]:
    """The devices of a module: those that accelerate spread it over, else that of its first parameter."""
    spread = mapping_of(getattr(model, "hf_device_map", None))
    if spread:
        return list(spread.values())
    first: Any = next(iter(model.parameters()), None)
    return [] if first is None else [first.device]


def name_of(path: Any, otherwise: str) -> str:
    """The name of a model that was loaded from `path`: a name of the hub as it is, the last part of a folder's path."""
    text = path if isinstance(path, str) else ""
    if text.startswith(("/", ".", "~")):
        text = text.rstrip("/").rpartition("/")[2]
    return text or otherwise
