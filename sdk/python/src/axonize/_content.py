"""What is captured of prompts, completions, inputs and outputs: nothing, unless ``init`` asks for it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from axonize._configuration import Redact
from axonize._warn import warn_once

_MESSAGES_MAX = 256


class _Content:
    is_captured = False
    max_length = 16384
    redact: Redact | None = None


_content = _Content()


def configure(is_captured: bool, max_length: int, redact: Redact | None) -> None:
    """Take the settings of ``init``."""
    _content.is_captured = is_captured
    _content.max_length = max_length
    _content.redact = redact


def is_captured() -> bool:
    """Whether content is captured: False unless ``init(capture_content=True)``."""
    return _content.is_captured


def max_length() -> int:
    """The greatest length of a recorded text, in characters."""
    return _content.max_length


def text_of(kind: str, value: Any) -> str | None:
    """A text as it may be recorded: redacted, then cut. None: not at all."""
    if not _content.is_captured:
        return None
    text = value if isinstance(value, str) else _json(value)
    redact = _content.redact
    if redact is not None:
        try:
            redacted: Any = redact(kind, text)
        except Exception as error:
            # Without the redaction the text might be what nobody may see.
            warn_once("redact", "redact() failed: %s; content is left out", error)
            return None
        if redacted is None:
            return None
        text = redacted if isinstance(redacted, str) else str(redacted)
    return text[: _content.max_length]


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return str(value)


def messages_json(kind: str, value: Any, role: str, finish_reason: str | None = None) -> str | None:
    """Messages in the parts schema of OpenTelemetry's GenAI conventions, as JSON; None when nothing is left."""
    messages = [
        message
        for item in _messages(value)[:_MESSAGES_MAX]
        if (message := _message(kind, item, role, finish_reason)) is not None
    ]
    return json.dumps(messages, ensure_ascii=False) if messages else None


def system_json(value: Any) -> str | None:
    """System instructions in the same schema."""
    text = text_of("system", value)
    return None if text is None else json.dumps([{"type": "text", "content": text}], ensure_ascii=False)


def _messages(value: Any) -> list[Any]:
    return list(value) if _is_series(value) else [value]


def _is_series(value: Any) -> bool:
    return not isinstance(value, (str, bytes, Mapping)) and isinstance(value, Iterable)


def _field(item: Any, name: str) -> Any:
    read: Any = item.get if isinstance(item, Mapping) else lambda name: getattr(item, name, None)  # pyright: ignore
    return read(name)


def _message(kind: str, item: Any, role: str, finish_reason: str | None) -> dict[str, Any] | None:
    parts: list[dict[str, Any]] = []
    if isinstance(item, (str, bytes)):
        content: Any = item if isinstance(item, str) else item.decode("utf-8", "replace")
    else:
        role = str(_field(item, "role") or role)
        content = _field(item, "content")
        if content is None:
            content = _field(item, "parts")
        for call in _field(item, "tool_calls") or ():
            parts += _tool_call(kind, call)
    parts = _parts(kind, content, role, item) + parts
    if not parts:
        return None
    message: dict[str, Any] = {"role": role, "parts": parts}
    reason = finish_reason or (None if isinstance(item, (str, bytes)) else _field(item, "finish_reason"))
    if reason:
        message["finish_reason"] = str(reason)
    return message


def _parts(kind: str, content: Any, role: str, item: Any) -> list[dict[str, Any]]:
    if content is None:
        return []
    if role == "tool" and isinstance(content, str):
        text = text_of(kind, content)
        call = str(_field(item, "tool_call_id") or "")
        return [] if text is None else [{"type": "tool_call_response", "id": call, "response": text}]
    if isinstance(content, str):
        text = text_of(kind, content)
        return [] if text is None else [{"type": "text", "content": text}]
    if _is_series(content):
        return [part for entry in content for part in _part(kind, entry)]
    return _part(kind, content)


def _part(kind: str, entry: Any) -> list[dict[str, Any]]:
    if isinstance(entry, str):
        text = text_of(kind, entry)
        return [] if text is None else [{"type": "text", "content": text}]
    name = str(_field(entry, "type") or "text")
    inner = _field(entry, "text")
    if inner is None:
        inner = _field(entry, "content")
    if name in ("text", "reasoning") and inner is not None:
        text = text_of(kind, inner)
        return [] if text is None else [{"type": name, "content": text}]
    # Images and sound are named and not recorded.
    return [{"type": name}]


def _tool_call(kind: str, call: Any) -> list[dict[str, Any]]:
    function = _field(call, "function") or call
    arguments = _field(function, "arguments")
    part: dict[str, Any] = {
        "type": "tool_call",
        "id": str(_field(call, "id") or ""),
        "name": str(_field(function, "name") or ""),
    }
    text = None if arguments is None else text_of(kind, arguments)
    if text is not None:
        part["arguments"] = text
    return [part]
