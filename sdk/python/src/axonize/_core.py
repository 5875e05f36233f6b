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

LLMSpan = _chosen.LLMSpan
Span = _chosen.Span
after_fork_in_child = _chosen.after_fork_in_child
current = _chosen.current
current_variable = _chosen.current_variable
drain = _chosen.drain
flush = _chosen.flush
is_started = _chosen.is_started
llm_span = _chosen.llm_span
register_scope = _chosen.register_scope
set_fixed_clock = _chosen.set_fixed_clock
set_fixed_ids = _chosen.set_fixed_ids
settle = _chosen.settle
shutdown = _chosen.shutdown
span = _chosen.span
start = _chosen.start
stats = _chosen.stats
take_warnings = _chosen.take_warnings
# Of the native core only.
open_sender = getattr(_chosen, "open_sender", None)
send_with = getattr(_chosen, "send_with", None)
