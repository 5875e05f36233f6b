"""Which libraries can be instrumented, and which are."""

import importlib.util
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from axonize._warn import warn_once
from axonize.integrations._imports import forget, when_imported
from axonize.integrations._wrapping import Patches, Unfit

# Name of the integration, which is that of the library: the module after whose import it can be installed, and the
# options it takes.
_KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "openai": ("openai", ("provider", "propagate")),
    "ollama": ("ollama", ()),
    "fastapi": ("fastapi", ("exclude",)),
    "transformers": ("transformers.generation.utils", ()),
    "diffusers": ("diffusers.pipelines.pipeline_utils", ()),
    "vllm": ("vllm.entrypoints.llm", ()),
}

_lock = threading.RLock()
_installed: dict[str, Patches] = {}


def instrument(names: tuple[str, ...], options: Mapping[str, Any]) -> list[str]:
    """See ``axonize.instrument``."""
    wanted = _checked(names)
    known = {option for name in names for option in _KNOWN[name][1]}
    unknown = sorted(set(options) - known)
    if unknown:
        raise TypeError(f"no option of {', '.join(names) or 'an integration that is not named'}: {', '.join(unknown)}")
    done: list[str] = []
    with _lock:
        for name in wanted:
            if name in _installed:
                done.append(name)
            elif _is_present(name):
                if _install(name, {key: value for key, value in options.items() if key in _KNOWN[name][1]}):
                    done.append(name)
            elif names:
                warn_once(f"missing {name}", "%s is not installed, so it is not instrumented", name)
    return done


def uninstrument(names: tuple[str, ...]) -> list[str]:
    """See ``axonize.uninstrument``."""
    wanted = _checked(names)
    done: list[str] = []
    with _lock:
        for name in wanted:
            patches = _installed.pop(name, None)
            if patches is not None:
                forget(_KNOWN[name][0])
                patches.undo()
                done.append(name)
    return done


def _checked(names: tuple[str, ...]) -> list[str]:
    for name in names:
        if name == "torch":
            raise ValueError("a model of torch is traced by axonize.integrations.torch.trace_module(model)")
        if name not in _KNOWN:
            raise ValueError(f"{name!r} is not known; there are {', '.join(_KNOWN)}")
    return list(names or _KNOWN)


def _is_present(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        # A module without a spec, or a broken package.
        return False


def _install(name: str, options: Mapping[str, Any]) -> bool:
    patches = Patches()
    _installed[name] = patches

    def now() -> None:
        if not patches.is_active:
            return
        try:
            import_module(f"axonize.integrations.{name}").install(patches, **options)
        except Exception as error:
            # Unfit, or a library that fails in a way nobody thought of: the program runs without its spans.
            patches.undo()
            _installed.pop(name, None)
            detail = error if isinstance(error, Unfit) else repr(error)
            warn_once(f"unfit {name}", f"{name} is not instrumented: %s", str(detail))

    when_imported(_KNOWN[name][0], now)
    return name in _installed
