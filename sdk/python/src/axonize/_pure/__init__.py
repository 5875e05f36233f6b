"""The core in Python: what ``_core.pyi`` describes, where the native core was not built."""

from axonize._pure.identity import current, current_variable
from axonize._pure.lifecycle import (
    after_fork_in_child,
    drain,
    flush,
    is_started,
    register_scope,
    set_fixed_clock,
    set_fixed_ids,
    settle,
    shutdown,
    start,
    stats,
    take_warnings,
)
from axonize._pure.llm import LLMSpan, llm_span
from axonize._pure.span import Span, span

__all__ = [
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
]
