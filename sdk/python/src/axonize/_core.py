"""The core in use: the native one where it was built, else the one in Python.

``AXONIZE_CORE=native`` or ``AXONIZE_CORE=pure`` in the environment chooses; ``native`` then fails where it is missing.
The interface is that of ``_core.pyi``.
"""

import os
from importlib import import_module
from types import ModuleType


def _choose() -> ModuleType:
    wanted = os.environ.get("AXONIZE_CORE", "").strip().lower()
    if wanted not in ("", "native", "pure"):
        raise ImportError(f'AXONIZE_CORE is "native" or "pure", not {wanted!r}')
    if wanted != "pure":
        try:
            return import_module("axonize._native")
        except ImportError:
            # No extension for this platform or interpreter.
            if wanted == "native":
                raise
    return import_module("axonize._pure")


_chosen = _choose()
core_name = _chosen.__name__.rpartition("_")[2]

for _name in (
    "LLMSpan",
    "Span",
    "after_fork_in_child",
    "current",
    "current_variable",
    "drain",
    "flush",
    "is_started",
    "llm_span",
    "register_scope",
    "set_fixed_clock",
    "set_fixed_ids",
    "settle",
    "shutdown",
    "span",
    "start",
    "stats",
    "take_warnings",
):
    globals()[_name] = getattr(_chosen, _name)
# Of the native core only.
for _name in ("open_sender", "send_with"):
    globals()[_name] = getattr(_chosen, _name, None)
