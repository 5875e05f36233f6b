"""Attribute values of Python as OTLP's AnyValue (opentelemetry/proto/common/v1/common.proto)."""

from collections.abc import Callable
from typing import Any, cast

from axonize._encoding.wire import double, varint
from axonize._warn import warn_once

# How deep lists and dicts may lie in each other; what lies deeper is written as its string.
_DEPTH_MAX = 8
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 63) - 1


class Limits:
    """How long a value may be. The core in Python sets them when it starts; without it the defaults hold."""

    def __init__(self) -> None:
        # In code points; None: as long as the bytes allow.
        self.characters: int | None = None
        self.bytes = 65536
        # The greatest number of code points for which no limit of values can apply.
        self.short_text = 256
        # Counts what the limits cut or leave out, by the name of a statistic.
        self.count: Callable[[str, int], object] = lambda name, number: None


limits = Limits()


class Encoded(bytes):
    """The content of an AnyValue."""

    __slots__ = ()


def utf8(text: str) -> bytes:
    """UTF-8; lone surrogates, which it cannot say, become "?"."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def cut_text(text: str) -> bytes:
    """The UTF-8 of a text, cut to the limits at the boundary of a code point; what is cut is counted."""
    is_cut = False
    if limits.characters is not None and len(text) > limits.characters:
        text = text[: limits.characters]
        is_cut = True
    if len(text) > limits.bytes:
        text = text[: limits.bytes]
        is_cut = True
    encoded = utf8(text)
    if len(encoded) > limits.bytes:
        end = limits.bytes
        while end > 0 and encoded[end] & 0xC0 == 0x80:
            end -= 1
        encoded = encoded[:end]
        is_cut = True
    if is_cut:
        limits.count("truncated_values", 1)
    return encoded


def prepare(value: Any) -> Any:
    """What an attribute keeps of a value: the value itself if it is short and cannot change, else its encoding."""
    kind = value.__class__
    if kind is str:
        return value if len(value) <= limits.short_text else Encoded(b"\x0a" + _sized(cut_text(value)))
    if kind is bool or kind is float or (kind is int and _INT_MIN <= value <= _INT_MAX):
        return value
    return Encoded(any_value(value, 0))


def encode(value: Any) -> bytes:
    """The AnyValue of what ``prepare`` gave."""
    kind = value.__class__
    if kind is str:
        text = utf8(value)
        return b"".join((b"\x0a", varint(len(text)), text))
    if kind is int:
        return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if kind is float:
        return b"\x21" + double(value)
    if kind is bool:
        return b"\x10\x01" if value else b"\x10\x00"
    return bytes(value)


def any_value(value: Any, depth: int) -> bytes:
    """The AnyValue of anything."""
    items: Any
    if isinstance(value, str):
        return b"\x0a" + _sized(cut_text(str.__str__(value)))
    if value is True or value is False:
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return _int(int(value))
    if isinstance(value, float):
        return b"\x21" + double(value)
    if isinstance(value, (bytes, bytearray)):
        if len(value) > limits.bytes:
            limits.count("truncated_values", 1)
        return b"\x3a" + _sized(bytes(value[: limits.bytes]))
    if value is None and depth > 0:
        return b""
    if depth < _DEPTH_MAX:
        items = value
        if isinstance(value, (list, tuple)):
            return b"\x2a" + _sized(b"".join([b"\x0a" + _sized(any_value(item, depth + 1)) for item in list(items)]))
        if isinstance(value, dict):
            pairs = [pair(b"\x0a", _key_text(key), any_value(item, depth + 1)) for key, item in items_of(items)]
            return b"\x32" + _sized(b"".join(pairs))
    return _other(value)


def pair(tag: bytes, key: bytes, value: bytes) -> bytes:
    """A KeyValue as the field of `tag`."""
    content = b"".join((b"\x0a", varint(len(key)), key, b"\x12", varint(len(value)), value))
    return b"".join((tag, varint(len(content)), content))


def attributes(tag: bytes, given: Any, limit: int) -> tuple[bytes, int]:
    """The items of a mapping as KeyValue fields of `tag`, at most `limit`; and how many were left out."""
    items = items_of(given)
    out: list[bytes] = []
    dropped = 0
    for key, value in items:
        if not isinstance(key, str) or not key:
            warn_bad_key(key)
            continue
        if len(out) == limit:
            dropped += 1
            continue
        try:
            out.append(pair(tag, utf8(key), any_value(value, 0)))
        except Exception:
            # A container of somebody else whose methods fail.
            dropped += 1
    if dropped:
        limits.count("dropped_attributes", dropped)
    return b"".join(out), dropped


def items_of(given: Any) -> list[tuple[Any, Any]]:
    """The items of a mapping; none, with a warning, of anything else."""
    if given is None:
        return []
    try:
        items: list[Any] = list(given.items())
        return [item for item in items if isinstance(item, tuple) and len(cast(Any, item)) == 2]
    except Exception:
        warn_once("mapping", "attributes are a mapping, not %s; they are left out", given)
        return []


def warn_bad_key(key: object) -> None:
    """Say that a key is not one."""
    warn_once("key", "an attribute's key is a str that is not empty, not %s; it is left out", key)


def _sized(content: bytes) -> bytes:
    return varint(len(content)) + content


def _int(value: int) -> bytes:
    if _INT_MIN <= value <= _INT_MAX:
        return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    # More than 64 bits have no type in OTLP; the digits lose nothing. The default limit of Python for such strings
    # is 4300 digits.
    return b"\x0a" + _sized(cut_text(_text(value)))


def _key_text(key: Any) -> bytes:
    return utf8(key if isinstance(key, str) else _text(key))


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        # What cannot even be made a string is named by its type.
        return f"<{type(value)!r}>"


def _other(value: Any) -> bytes:
    kind: Any = value.__class__
    try:
        if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
            return b"\x10\x01" if value else b"\x10\x00"
        if hasattr(kind, "__index__"):
            return _int(kind.__index__(value))
    except Exception:
        # Tensors have the method for all types and fail for some: the next way is tried.
        pass
    try:
        if hasattr(kind, "__float__"):
            return b"\x21" + double(float(value))
    except Exception:
        # Arrays of more than one element, for example.
        pass
    warn_once("type", "attributes of %s are recorded as their string", kind)
    return b"\x0a" + _sized(cut_text(_text(value)))
