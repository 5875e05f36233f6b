"""Ollama's client: chat, generate, embed; sync, async and streams.

Installed by ``axonize.instrument("ollama")``. Functions taken from the package before (``from ollama import chat``) are
traced too.
"""

import inspect
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from axonize import _spans
from axonize._core import LLMSpan
from axonize.integrations._calls import AsyncStream, Call, Stream, around, around_async
from axonize.integrations._messages import Pieces, host_of, items_of, mapping_of, number, set_tools, text, texts
from axonize.integrations._wrapping import Patches, Unfit, require

# Durations that the server reports, in nanoseconds, as seconds.
_DURATIONS = {
    "load_duration": "axonize.llm.server.load_duration",
    "prompt_eval_duration": "axonize.llm.server.prompt_duration",
    "eval_duration": "axonize.llm.server.generation_duration",
}


def install(patches: Patches) -> None:
    """Wrap the method through which the clients send every request.

    Not ``chat`` and ``generate`` themselves: ``ollama.chat`` is a bound method made when the package is imported, which
    programs import by name.
    """
    ollama = import_module("ollama")
    try:
        release = version("ollama")
    except PackageNotFoundError:
        release = ""
    maker = _Maker(_spans.tracer("axonize.ollama", release))
    for name, wrap in (("Client", around), ("AsyncClient", around_async)):
        owner = require(ollama, name)
        parameters = list(inspect.signature(require(owner, "_request")).parameters)
        if parameters[:1] != ["self"] or "stream" not in parameters or not hasattr(owner, "chat"):
            raise Unfit(f"ollama.{name}._request has another signature: {parameters}")
        patches.wrap(owner, "_request", wrap(patches, "ollama", maker.begin))


class _Maker:
    """Makes the spans of requests."""

    def __init__(self, tracer: _spans.Tracer) -> None:
        self._tracer = tracer

    def begin(self, client: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Call | None:
        # (class of the answer, method, path), and the body by name.
        path, body = (args[2] if len(args) > 2 else None), mapping_of(given.get("json"))
        if path == "/api/chat":
            span = self._span(client, "chat", body)
            span.set_prompt(body.get("messages") or ())
            set_tools(span, body.get("tools"))
            return _Generation(span)
        if path == "/api/generate":
            span = self._span(client, "text_completion", body)
            span.set_prompt(body.get("prompt") or (), system=text(body.get("system")))
            return _Generation(span)
        if path in ("/api/embed", "/api/embeddings"):
            span = self._span(client, "embeddings", body)
            span.set_input(body.get("input") or body.get("prompt") or "")
            return _Embedding(span)
        return None

    def _span(self, client: Any, operation: str, body: Mapping[str, Any]) -> LLMSpan:
        host, port = host_of(client._client.base_url)
        model = text(body.get("model"))
        options = mapping_of(body.get("options"))
        span = self._tracer.llm_span(
            f"{operation} {model}" if model else operation,
            model=model,
            provider="ollama",
            operation=operation,
            temperature=number(options.get("temperature")),
            top_p=number(options.get("top_p")),
            top_k=number(options.get("top_k")),
            max_tokens=number(options.get("num_predict")),
            seed=number(options.get("seed")),
            stop_sequences=texts(options.get("stop")),
            frequency_penalty=number(options.get("frequency_penalty")),
            presence_penalty=number(options.get("presence_penalty")),
            stream=True if body.get("stream") is True else None,
            server_address=host,
            server_port=port,
            attributes={"gen_ai.output.type": "json"} if body.get("format") else None,
        )
        # Content can be set on a span that has started only.
        return span.start()


class _Answer(Call):
    library = "ollama"

    def on_error(self, error: BaseException) -> None:
        status = getattr(error, "status_code", None)
        if isinstance(status, int) and status > 0:
            self.span.set_attribute("http.response.status_code", status)

    def read_end(self, answer: Any) -> None:
        """Read what the last response reports: counts of tokens, durations."""
        self.span.set_usage(
            input_tokens=getattr(answer, "prompt_eval_count", None), output_tokens=getattr(answer, "eval_count", None)
        )
        for name, key in _DURATIONS.items():
            nanoseconds = getattr(answer, name, None)
            if nanoseconds:
                self.span.set_attribute(key, nanoseconds / 1e9)


class _Generation(_Answer):
    """Of ``chat`` and ``generate``."""

    def __init__(self, span: LLMSpan) -> None:
        super().__init__(span)
        self._pieces = Pieces()

    def on_answer(self, answer: Any) -> Any:
        if hasattr(answer, "__anext__"):
            return AsyncStream(self, answer)
        if hasattr(answer, "__next__"):
            return Stream(self, answer)
        self._read(answer)
        self.end()
        return answer

    def on_item(self, item: Any) -> None:
        if self._read(item):
            self.span.record_token()

    def on_end(self) -> None:
        self._pieces.set_on(self.span)

    def _read(self, item: Any) -> bool:
        message = getattr(item, "message", None)
        if message is None:
            # Of generate.
            piece, thoughts = item.response, getattr(item, "thinking", None)
        else:
            piece, thoughts = message.content, getattr(message, "thinking", None)
        calls = items_of(getattr(message, "tool_calls", None))
        self._pieces.add(piece)
        for index, call in enumerate(calls):
            arguments = call.function.arguments
            self._pieces.add_call(index, None, call.function.name, _json(arguments))
        if item.done:
            self.is_complete = True
            self.span.set_response(model=item.model or None)
            if item.done_reason:
                self._pieces.finish_reasons[0] = item.done_reason
            self.read_end(item)
        return bool(piece or thoughts or calls)


class _Embedding(_Answer):
    """Of ``embed`` and ``embeddings``."""

    def on_answer(self, answer: Any) -> Any:
        self.span.set_response(model=getattr(answer, "model", None) or None)
        vectors = getattr(answer, "embeddings", None)
        vector = vectors[0] if vectors else getattr(answer, "embedding", None)
        if vector:
            self.span.set_attribute("gen_ai.embeddings.dimension.count", len(vector))
        self.read_end(answer)
        self.end()
        return answer


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)
