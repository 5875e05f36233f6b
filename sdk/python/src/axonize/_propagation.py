"""Traces across processes: W3C Trace Context and Baggage."""

import re
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, unquote

from axonize import _core
from axonize._core import current_variable
from axonize._identity import SpanContext

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
# https://www.w3.org/TR/baggage/#limits
_BAGGAGE_MEMBERS_MAX = 64
_BAGGAGE_BYTES_MAX = 8192
_TRACESTATE_MAX = 512
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

_baggage: ContextVar[Mapping[str, str] | None] = ContextVar("axonize_baggage", default=None)


def inject(carrier: MutableMapping[str, str] | None = None, context: Any = None) -> MutableMapping[str, str]:
    """Write what the next process needs to go on with the trace: ``traceparent``, ``tracestate`` and ``baggage``.

    Args:
        carrier: Where to write, such as the headers of a request. Default: a new dict.
        context: A span or span context. Default: what is current; without one, only baggage is written.

    Returns:
        The carrier.

    """
    target: MutableMapping[str, str] = {} if carrier is None else carrier
    current = _core.current() if context is None else context
    trace_id = getattr(current, "trace_id", 0)
    span_id = getattr(current, "span_id", 0)
    if trace_id and span_id:
        sampled = getattr(current, "is_sampled", None)
        flags = getattr(current, "trace_flags", 1) & 1 if sampled is None else int(sampled)
        target["traceparent"] = f"00-{trace_id:032x}-{span_id:016x}-{flags:02x}"
        state = getattr(current, "trace_state", "")
        text = state if isinstance(state, str) else state.to_header()
        if text:
            target["tracestate"] = text
    baggage = _baggage_header(_baggage.get() or {})
    if baggage:
        target["baggage"] = baggage
    return target


def _baggage_header(members: Mapping[str, str]) -> str:
    text = ""
    for key, value in list(members.items())[:_BAGGAGE_MEMBERS_MAX]:
        member = f"{key}={quote(value, safe='')}"
        if len(text) + len(member) + 1 > _BAGGAGE_BYTES_MAX:
            break
        text = f"{text},{member}" if text else member
    return text


def extract(carrier: Mapping[str, Any]) -> SpanContext | None:
    """Read what ``inject`` of another process wrote; names in any case, values text or bytes.

    Returns:
        A context to use as ``parent=`` or with ``attach``; None when there is neither a valid ``traceparent`` nor
        baggage.

    """
    headers = _headers(carrier)
    baggage = _read_baggage(headers.get("baggage", ""))
    match = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip())
    if match is not None:
        version, trace_id, span_id, flags, rest = match.groups()
        # Version ff is invalid, and version 00 has nothing after the flags.
        fits = version != "ff" and not (version == "00" and rest)
        if fits and int(trace_id, 16) and int(span_id, 16):
            state = headers.get("tracestate", "").strip()
            return SpanContext(
                int(trace_id, 16),
                int(span_id, 16),
                int(flags, 16) & 1,
                state if len(state) <= _TRACESTATE_MAX and state.isascii() and state.isprintable() else "",
                True,
                baggage,
            )
    return SpanContext(0, 0, 0, "", True, baggage) if baggage else None


def _headers(carrier: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    try:
        items = list(carrier.items())
    except Exception:
        # No mapping: nothing to read.
        return headers
    for name, value in items:
        key = name.decode("latin-1") if isinstance(name, bytes) else str(name)
        key = key.lower()
        if key not in ("traceparent", "tracestate", "baggage"):
            continue
        several: Any = value
        if isinstance(value, (list, tuple)):
            # Several headers of one name; two traceparents are none.
            value = several[0] if len(several) == 1 else ("" if key == "traceparent" else ",".join(map(str, several)))
        headers[key] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return headers


def _read_baggage(text: str) -> dict[str, str]:
    members: dict[str, str] = {}
    if len(text) > _BAGGAGE_BYTES_MAX:
        return members
    for member in text.split(",")[:_BAGGAGE_MEMBERS_MAX]:
        key, separator, value = member.partition(";")[0].partition("=")
        key = key.strip()
        if separator and _TOKEN.fullmatch(key):
            members[key] = unquote(value.strip())
    return members


@contextmanager
def attach(context: SpanContext | Any) -> Generator[None, None, None]:
    """Within ``with``: spans are children of `context`, and its baggage is ours.

    Args:
        context: What ``extract`` gave, a span, a span context, or None for no change.

    """
    if context is None:
        yield
        return
    before = current_variable.get(None)
    before_baggage = _baggage.get()
    if getattr(context, "trace_id", 0):
        current_variable.set(context)
    members = getattr(context, "baggage", None)
    if members:
        _baggage.set({**(before_baggage or {}), **members})
    try:
        yield
    finally:
        current_variable.set(before)
        _baggage.set(before_baggage)


@contextmanager
def baggage(**members: str) -> Generator[None, None, None]:
    """Within ``with``: these travel to other processes with ``inject``."""
    before = _baggage.get()
    _baggage.set({**(before or {}), **{key: str(value) for key, value in members.items()}})
    try:
        yield
    finally:
        _baggage.set(before)


def get_baggage() -> Mapping[str, str]:
    """The baggage here: what ``baggage`` and ``attach`` set."""
    return dict(_baggage.get() or {})


baggage_variable = _baggage
