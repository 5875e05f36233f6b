"""OpenAI's client for any compatible server: chat, completions, responses, embeddings; sync, async and streams.

Installed by ``axonize.instrument("openai")``. Options: ``provider`` names what answers instead of what the server's
address tells (``"vllm"``); ``propagate=True`` sends ``traceparent`` along, so that the server's own spans join the
trace.
"""

from importlib import import_module
from typing import Any

from axonize import _propagation, _spans
from axonize._core import LLMSpan
from axonize.integrations import _openai_calls as calls
from axonize.integrations._calls import AsyncStream, Begin, Call, Stream, around, around_async
from axonize.integrations._messages import content, host_of, mapping_of, number, set_tools, text, texts
from axonize.integrations._wrapping import Patches, require

# End of the host: gen_ai.provider.name.
_PROVIDERS = {
    "openai.azure.com": "azure.ai.openai",
    "ai.azure.com": "azure.ai.inference",
    "deepseek.com": "deepseek",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "perplexity.ai": "perplexity",
    "x.ai": "x_ai",
    "googleapis.com": "gcp.gen_ai",
}


def install(patches: Patches, provider: str | None = None, propagate: bool = False) -> None:
    """Wrap the methods of the client's classes.

    Args:
        patches: Where they are kept.
        provider: ``gen_ai.provider.name`` of every span. Default: by the server's host, else "openai".
        propagate: Add ``traceparent`` to the headers of each request.

    """
    openai = import_module("openai")
    stream_types = (require(openai, "Stream"), require(openai, "AsyncStream"))
    version = str(getattr(openai, "__version__", ""))
    made = _Maker(_spans.tracer("axonize.openai", version), stream_types, provider, propagate)
    chat = import_module("openai.resources.chat.completions")
    for owner, method, begin in (
        (chat, "create", made.chat),
        (chat, "parse", made.chat),
        (import_module("openai.resources.completions"), "create", made.completion),
    ):
        is_there = owner is not chat or hasattr(owner.Completions, method)
        if is_there:
            _wrap(patches, owner, "Completions", method, begin)
    _wrap(patches, import_module("openai.resources.embeddings"), "Embeddings", "create", made.embedding)
    try:
        responses = import_module("openai.resources.responses")
    except ImportError:
        # Clients before 1.66 have no responses.
        return
    for method in ("create", "parse"):
        if hasattr(responses.Responses, method):
            _wrap(patches, responses, "Responses", method, made.response)


def _wrap(patches: Patches, module: Any, name: str, method: str, begin: Begin) -> None:
    patches.wrap(require(module, name), method, around(patches, "openai", begin))
    patches.wrap(require(module, f"Async{name}"), method, around_async(patches, "openai", begin))


class _Maker:
    """Makes the spans of calls."""

    def __init__(self, tracer: _spans.Tracer, streams: tuple[Any, Any], provider: str | None, propagate: bool) -> None:
        self._tracer = tracer
        self._streams = streams
        self._provider = provider
        self._propagate = propagate

    def chat(self, resource: Any, _: Any, given: dict[str, Any]) -> Call:
        span = self._span(resource, "chat", given, ("max_completion_tokens", "max_tokens"))
        call = calls.Chat(span, self._adopt)
        span.set_prompt(content(given.get("messages")) or ())
        set_tools(span, given.get("tools"))
        _set_output_type(span, given.get("response_format"))
        return self._sent(call, given)

    def completion(self, resource: Any, _: Any, given: dict[str, Any]) -> Call:
        span = self._span(resource, "text_completion", given, ("max_tokens",))
        call = calls.Completion(span, self._adopt)
        span.set_prompt(content(given.get("prompt")) or ())
        return self._sent(call, given)

    def response(self, resource: Any, _: Any, given: dict[str, Any]) -> Call:
        span = self._span(resource, "chat", given, ("max_output_tokens",))
        call = calls.Response(span, self._adopt)
        instructions = given.get("instructions")
        span.set_prompt(content(given.get("input")) or (), system=text(instructions))
        set_tools(span, given.get("tools"))
        conversation = given.get("conversation")
        conversation = mapping_of(conversation).get("id", conversation)
        if text(conversation):
            span.set_attribute("gen_ai.conversation.id", conversation)
        return self._sent(call, given)

    def embedding(self, resource: Any, _: Any, given: dict[str, Any]) -> Call:
        span = self._span(resource, "embeddings", given, ())
        call = calls.Embedding(span, self._adopt)
        encoding = texts(given.get("encoding_format"))
        if encoding:
            span.set_attribute("gen_ai.request.encoding_formats", encoding)
        span.set_input(content(given.get("input")) or "")
        return self._sent(call, given)

    def _span(self, resource: Any, operation: str, given: dict[str, Any], tokens: tuple[str, ...]) -> LLMSpan:
        host, port = host_of(resource._client.base_url)
        model = text(given.get("model"))
        choices = number(given.get("n"))
        span = self._tracer.llm_span(
            f"{operation} {model}" if model else operation,
            model=model,
            provider=self._provider or _provider_of(host or ""),
            operation=operation,
            temperature=number(given.get("temperature")),
            top_p=number(given.get("top_p")),
            max_tokens=next((value for name in tokens if (value := number(given.get(name))) is not None), None),
            seed=number(given.get("seed")),
            stop_sequences=texts(given.get("stop")),
            frequency_penalty=number(given.get("frequency_penalty")),
            presence_penalty=number(given.get("presence_penalty")),
            stream=True if given.get("stream") is True else None,
            server_address=host,
            server_port=port,
            attributes={"gen_ai.request.choice.count": choices} if choices not in (None, 1) else None,
        )
        # Content can be set on a span that has started only.
        return span.start()

    def _sent(self, call: Call, given: dict[str, Any]) -> Call:
        if self._propagate:
            headers = given.get("extra_headers")
            given["extra_headers"] = {**_propagation.inject({}, call.span), **(headers or {})}
        return call

    def _adopt(self, call: Call, answer: Any) -> bool:
        """Let the call see the items of a stream; False when the answer is none."""
        kind, asynchronous = self._streams
        if not isinstance(answer, self._streams):
            return False
        inner = answer._iterator
        # The object stays what it is; only where its items come from is ours.
        if isinstance(answer, kind):
            answer._iterator = Stream(call, inner)
            close = answer.close

            def closed() -> None:
                try:
                    close()
                finally:
                    call.leave("closed")

            answer.close = closed
        elif isinstance(answer, asynchronous):
            answer._iterator = AsyncStream(call, inner)
            close = answer.close

            async def closed_later() -> None:
                try:
                    await close()
                finally:
                    call.leave("closed")

            answer.close = closed_later
        return True


def _provider_of(host: str) -> str:
    return next((name for end, name in _PROVIDERS.items() if host.endswith(end)), "openai")


def _set_output_type(span: LLMSpan, wanted: Any) -> None:
    kind = mapping_of(wanted).get("type")
    if isinstance(wanted, type) or kind in ("json_schema", "json_object"):
        span.set_attribute("gen_ai.output.type", "json")
    elif kind == "text":
        span.set_attribute("gen_ai.output.type", "text")
