"""Making spans: ``span`` and the kinds of spans that AI programs have."""

from collections.abc import Mapping, Sequence
from typing import Any

from axonize import _core
from axonize._core import LLMSpan, Span
from axonize._encoding.values import attributes as encode_attributes
from axonize._metrics.llm import LLMLabels

Attributes = Mapping[str, Any]


def llm_span(
    name: str,
    *,
    model: str | None = None,
    provider: str | None = None,
    operation: str = "chat",
    kind: Any = "client",
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: float | None = None,
    max_tokens: int | None = None,
    seed: int | None = None,
    stop_sequences: Sequence[str] | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    stream: bool | None = None,
    conversation_id: str | None = None,
    user_id: str | None = None,
    server_address: str | None = None,
    server_port: int | None = None,
    attributes: Attributes | None = None,
    links: Sequence[Any] | None = None,
    parent: Any = None,
    start_time: int | None = None,
    root: bool = False,
    scope: int = 0,
) -> LLMSpan:
    """A span of a model's generation, for ``with``; ``record_token`` and ``set_usage`` feed its statistics.

    Names are OpenTelemetry's (semantic-conventions-genai). What is given as None is not recorded.

    Args:
        name: Name of the span; the conventions ask for ``"{operation} {model}"``.
        model: ``gen_ai.request.model``.
        provider: ``gen_ai.provider.name``, such as ``"vllm"`` or ``"openai"``.
        operation: ``gen_ai.operation.name``: ``chat``, ``text_completion``, ``generate_content``, ...
        kind: Kind of the span; ``"internal"`` where the model runs in this process.
        temperature: ``gen_ai.request.temperature``; likewise the following ones.
        top_p: Nucleus sampling.
        top_k: Candidates.
        max_tokens: Greatest number of output tokens.
        seed: Of the generator.
        stop_sequences: Texts that end the generation.
        frequency_penalty: Penalty.
        presence_penalty: Penalty.
        stream: Whether the answer was asked for as a stream.
        conversation_id: ``gen_ai.conversation.id``.
        user_id: ``user.id``.
        server_address: Host of the model's server.
        server_port: Port of the model's server.
        attributes: Further attributes.
        links: As for ``span``.
        parent: As for ``span``.
        start_time: As for ``span``.
        root: As for ``span``.
        scope: As for ``span``.

    """
    given: dict[str, Any] = {"gen_ai.operation.name": operation}
    if provider is not None:
        given["gen_ai.provider.name"] = provider
    if model is not None:
        given["gen_ai.request.model"] = model
    for key, value in (
        ("gen_ai.request.temperature", temperature),
        ("gen_ai.request.top_p", top_p),
        ("gen_ai.request.top_k", top_k),
        ("gen_ai.request.max_tokens", max_tokens),
        ("gen_ai.request.seed", seed),
        ("gen_ai.request.stop_sequences", stop_sequences),
        ("gen_ai.request.frequency_penalty", frequency_penalty),
        ("gen_ai.request.presence_penalty", presence_penalty),
        ("gen_ai.request.stream", stream),
        ("gen_ai.conversation.id", conversation_id),
        ("user.id", user_id),
        ("server.address", server_address),
        ("server.port", server_port),
    ):
        if value is not None:
            given[key] = value
    if attributes:
        given.update(attributes)
    labels = LLMLabels(operation, provider, model, None, server_address, server_port)
    return _core.llm_span(name, kind, scope, given, links, parent, start_time, root, labels)


def embedding_span(
    name: str,
    *,
    model: str | None = None,
    provider: str | None = None,
    dimensions: int | None = None,
    kind: Any = "client",
    attributes: Attributes | None = None,
    **options: Any,
) -> LLMSpan:
    """A span of an embedding (``gen_ai.operation.name`` "embeddings"); ``set_usage(input_tokens=...)`` counts tokens.

    Args:
        name: Name of the span.
        model: ``gen_ai.request.model``.
        provider: ``gen_ai.provider.name``.
        dimensions: ``gen_ai.embeddings.dimension.count``.
        kind: Kind of the span.
        attributes: Further attributes.
        options: As for ``llm_span``.

    """
    given = {} if dimensions is None else {"gen_ai.embeddings.dimension.count": dimensions}
    given.update(attributes or {})
    return llm_span(
        name, model=model, provider=provider, operation="embeddings", kind=kind, attributes=given, **options
    )


def _operation(name: str, operation: str, kind: Any, fields: Attributes, attributes: Any, options: Any) -> Span:
    given: dict[str, Any] = {"gen_ai.operation.name": operation}
    given.update({key: value for key, value in fields.items() if value is not None})
    given.update(attributes or {})
    return _core.span(name, kind, attributes=given, **options)


def tool_span(
    name: str,
    *,
    tool: str | None = None,
    tool_type: str | None = None,
    description: str | None = None,
    call_id: str | None = None,
    kind: Any = "internal",
    attributes: Attributes | None = None,
    **options: Any,
) -> Span:
    """A span of a tool that an agent uses (``gen_ai.operation.name`` "execute_tool").

    Args:
        name: Name of the span.
        tool: ``gen_ai.tool.name``. Default: the name of the span.
        tool_type: ``gen_ai.tool.type``: ``function``, ``extension`` or ``datastore``.
        description: ``gen_ai.tool.description``.
        call_id: ``gen_ai.tool.call.id``.
        kind: Kind of the span.
        attributes: Further attributes.
        options: ``links``, ``parent``, ``start_time``, ``root`` and ``scope`` as for ``span``.

    """
    fields = {
        "gen_ai.tool.name": tool or name,
        "gen_ai.tool.type": tool_type,
        "gen_ai.tool.description": description,
        "gen_ai.tool.call.id": call_id,
    }
    return _operation(name, "execute_tool", kind, fields, attributes, options)


def agent_span(
    name: str,
    *,
    agent: str | None = None,
    agent_id: str | None = None,
    description: str | None = None,
    version: str | None = None,
    conversation_id: str | None = None,
    provider: str | None = None,
    model: str | None = None,
    kind: Any = "internal",
    attributes: Attributes | None = None,
    **options: Any,
) -> Span:
    """A span of an agent's work (``gen_ai.operation.name`` "invoke_agent").

    Args:
        name: Name of the span.
        agent: ``gen_ai.agent.name``. Default: the name of the span.
        agent_id: ``gen_ai.agent.id``.
        description: ``gen_ai.agent.description``.
        version: ``gen_ai.agent.version``.
        conversation_id: ``gen_ai.conversation.id``.
        provider: ``gen_ai.provider.name``.
        model: ``gen_ai.request.model``.
        kind: Kind of the span; ``"client"`` where the agent is a service.
        attributes: Further attributes.
        options: ``links``, ``parent``, ``start_time``, ``root`` and ``scope`` as for ``span``.

    """
    fields = {
        "gen_ai.agent.name": agent or name,
        "gen_ai.agent.id": agent_id,
        "gen_ai.agent.description": description,
        "gen_ai.agent.version": version,
        "gen_ai.conversation.id": conversation_id,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
    }
    return _operation(name, "invoke_agent", kind, fields, attributes, options)


def retrieval_span(
    name: str,
    *,
    query: str | None = None,
    data_source: str | None = None,
    top_k: int | None = None,
    model: str | None = None,
    provider: str | None = None,
    kind: Any = "client",
    attributes: Attributes | None = None,
    **options: Any,
) -> Span:
    """A span of a retrieval (``gen_ai.operation.name`` "retrieval").

    Args:
        name: Name of the span.
        query: ``gen_ai.retrieval.query.text``; recorded only if content is captured.
        data_source: ``gen_ai.data_source.id``.
        top_k: ``gen_ai.request.top_k``.
        model: ``gen_ai.request.model``.
        provider: ``gen_ai.provider.name``.
        kind: Kind of the span.
        attributes: Further attributes.
        options: ``links``, ``parent``, ``start_time``, ``root`` and ``scope`` as for ``span``.

    """
    from axonize import _content

    fields = {
        "gen_ai.retrieval.query.text": None if query is None else _content.text_of("input", query),
        "gen_ai.data_source.id": data_source,
        "gen_ai.request.top_k": top_k,
        "gen_ai.request.model": model,
        "gen_ai.provider.name": provider,
    }
    return _operation(name, "retrieval", kind, fields, attributes, options)


def current_span() -> Span | None:
    """The span that is current here; None when there is none of this process."""
    current = _core.current()
    return current if isinstance(current, Span) else None


class Tracer:
    """Makes spans of one named scope, such as a library; made by ``axonize.tracer``."""

    __slots__ = ("name", "scope", "version")

    def __init__(self, name: str, version: str, scope: int) -> None:
        self.name = name
        self.version = version
        self.scope = scope

    def span(
        self,
        name: str,
        kind: Any = "internal",
        attributes: Attributes | None = None,
        links: Sequence[Any] | None = None,
        parent: Any = None,
        start_time: int | None = None,
        root: bool = False,
    ) -> Span:
        """As ``axonize.span``."""
        return _core.span(name, kind, self.scope, attributes, links, parent, start_time, root)

    def llm_span(self, name: str, **options: Any) -> LLMSpan:
        """As ``axonize.llm_span``."""
        return llm_span(name, scope=self.scope, **options)


def tracer(name: str, version: str = "", schema_url: str = "", attributes: Attributes | None = None) -> Tracer:
    """A tracer for spans of a scope (OpenTelemetry's InstrumentationScope). Cheap, but best kept by its user.

    Args:
        name: Name of the library or module whose work the spans describe.
        version: Its version.
        schema_url: URL of the conventions that the spans keep to.
        attributes: Attributes of the scope.

    """
    from axonize._scopes import scope_number

    encoded = encode_attributes(b"\x1a", attributes, 128)[0] if attributes else b""
    return Tracer(name, version, scope_number(name, version, schema_url, encoded))
