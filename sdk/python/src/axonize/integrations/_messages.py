"""What clients of chat APIs have in common: readable values of requests, texts that arrive in pieces."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from axonize import _content
from axonize._core import LLMSpan


def number(value: Any) -> Any:
    """A number as it is; None for everything else, such as a client's mark for "not given"."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def text(value: Any) -> str | None:
    """A text that is not empty as it is; None for everything else."""
    return value if isinstance(value, str) and value else None


def texts(value: Any) -> list[str] | None:
    """A text or a list of texts as a list; None for everything else."""
    if isinstance(value, str):
        return [value]
    items = items_of(value)
    return list(items) if items and all(isinstance(item, str) for item in items) else None


def content(value: Any) -> Any:
    """What may be recorded as content: never an iterator, which the request must find unread."""
    return cast(Any, value) if isinstance(value, (str, Mapping, list, tuple)) else None


def set_tools(span: LLMSpan, tools: Any) -> None:
    """Record the definitions of the tools that a model was given, if content is captured."""
    found = items_of(tools)
    if found and _content.is_captured():
        definitions = _content.text_of("input", found)
        if definitions is not None:
            span.set_attribute("gen_ai.tool.definitions", definitions)


class Pieces:
    """The answers of a stream put together, as far as they may be recorded; one for each choice."""

    def __init__(self) -> None:
        self._is_wanted = _content.is_captured()
        self._left = _content.max_length()
        self._texts: dict[int, list[str]] = {}
        self._calls: dict[int, dict[int, dict[str, str]]] = {}
        self.finish_reasons: dict[int, str] = {}

    def add(self, piece: Any, choice: int = 0) -> None:
        """A piece of a text."""
        if self._is_wanted and isinstance(piece, str) and self._left > 0:
            self._left -= len(piece)
            self._texts.setdefault(choice, []).append(piece)

    def add_call(self, index: int, id: Any, name: Any, arguments: Any, choice: int = 0) -> None:
        """A piece of a tool's call."""
        if not self._is_wanted or self._left <= 0:
            return
        call = self._calls.setdefault(choice, {}).setdefault(index, {"id": "", "name": "", "arguments": ""})
        for key, value in (("id", id), ("name", name), ("arguments", arguments)):
            if isinstance(value, str):
                self._left -= len(value)
                call[key] += value

    def set_on(self, span: LLMSpan) -> None:
        """Record reasons and texts."""
        if self.finish_reasons:
            span.set_response(finish_reasons=[self.finish_reasons[index] for index in sorted(self.finish_reasons)])
        messages: list[dict[str, Any]] = []
        for choice in sorted({*self._texts, *self._calls}):
            message: dict[str, Any] = {"role": "assistant", "content": "".join(self._texts.get(choice, ())) or None}
            calls = self._calls.get(choice)
            if calls:
                message["tool_calls"] = [calls[index] for index in sorted(calls)]
            if choice in self.finish_reasons:
                message["finish_reason"] = self.finish_reasons[choice]
            messages.append(message)
        if messages:
            span.set_completion(messages)


def host_of(url: Any) -> tuple[str | None, int | None]:
    """Host and port of a server; of an address as text or as an object of a client library."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(str(url))
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None, None
    return parts.hostname, port if parts.hostname else None


def items_of(value: Any) -> Sequence[Any]:
    """A list as it is; an empty one for everything else."""
    return cast(Sequence[Any], value) if isinstance(value, (list, tuple)) else ()


def mapping_of(value: Any) -> Mapping[str, Any]:
    """A mapping as it is; an empty one for everything else."""
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}
