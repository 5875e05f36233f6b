"""The interface that both cores offer: ``axonize._native`` (Swift) and ``axonize._pure`` (Python).

The conformance suite in ``tests/conformance`` runs every statement below against each core that is present.

Units: points in time are ints, nanoseconds since 1970; ``timeout`` and ``wait`` are float seconds. Ids are ints, as in
OpenTelemetry's API. Nothing here raises for bad data: what cannot be recorded is left out or turned into a string,
counted, and warned of once a process through the logger ``axonize``. TypeError for a wrong number or name of
arguments is raised as Python does.

Before ``start`` and after ``shutdown`` everything works and records nothing: spans have ids and propagate them with the
sampled flag off.
"""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, final

from axonize._identity import SpanContext
from axonize._settings import Statistics as Statistics

Attributes: TypeAlias = Mapping[str, Any]
# "internal", "server", "client", "producer", "consumer"; or OTLP's number 1...5; or an enum member with such a name in
# any case (OpenTelemetry's SpanKind). Anything else: "internal", with a warning.
Kind: TypeAlias = str | int | Any

class Identity(Protocol):
    """What can be a parent or a link's target: our spans, our SpanContext, OpenTelemetry's SpanContext."""

    @property
    def trace_id(self) -> int: ...
    @property
    def span_id(self) -> int: ...
    # Optional, read when present: trace_flags (int, bit 0: sampled; default 1), is_remote (bool; default True),
    # trace_state (str in the W3C header form, or an object with to_header(); default "").

class CoreSettings(Protocol):
    """Attributes that ``start`` reads. None means the default in brackets."""

    resource: bytes  # encoded opentelemetry.proto.resource.v1.Resource
    resource_schema_url: str | None  # [""]
    scope_name: str | None  # of scope 0 [""]
    scope_version: str | None  # of scope 0 [""]
    # Limits (https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits).
    span_attribute_limit: int | None  # [128]
    span_event_limit: int | None  # [128]
    span_link_limit: int | None  # [128]
    event_attribute_limit: int | None  # [128]
    link_attribute_limit: int | None  # [128]
    attribute_value_length_limit: int | None  # code points of a text, also inside arrays and maps [none]
    attribute_value_bytes_max: int | None  # UTF-8 bytes of a text, bytes of a bytes value [65536]
    span_bytes_max: int | None  # encoded attributes, events and links of one span [4 MiB]
    # Sampling.
    sampler: Literal["always_on", "always_off", "traceidratio"]
    sampler_ratio: float | None  # of traceidratio: sampled when the low 64 bits of the trace id < round(ratio * 2**64)
    parent_based: bool  # a span with a parent follows the parent's flag, local or remote
    # Queue and batches.
    queue_slots: int | None  # spans that may wait; rounded up to a power of two
    queue_spill_bytes: (
        int | None
    )  # memory of waiting spans above 496 encoded bytes (native); the pure core bounds its whole queue
    batch_spans: int | None
    batch_bytes: int | None
    interval: float | None  # seconds that a span waits at most for its batch to fill
    # Sender. "http": a thread of the core sends to http://host:port/path without TLS. "grpc": it calls the method `path`
    # at host:port over gRPC without TLS; the pure core needs grpcio for it. "python": the embedder calls ``drain`` and
    # ``settle``.
    sender: Literal["http", "grpc", "python"]
    host: str | None
    port: int | None
    path: str | None  # over gRPC "/" service "/" method
    headers: str | None  # "Name: value\r\n" for each; Host, Content-* and User-Agent are added by the core
    # A proxy of HTTP between the core and `host`: requests of "http" are sent to it in absolute form, "grpc" makes a
    # tunnel by CONNECT. None: no proxy.
    proxy_host: str | None
    proxy_port: int | None
    proxy_headers: str | None  # "Name: value\r\n" for each, for the proxy alone
    compression: Literal["none", "gzip", "zstd"] | None
    timeout: float | None  # seconds, of one attempt
    retries: int | None  # attempts after the first [6]
    backoff_first: float | None  # seconds; doubles, each with full jitter; Retry-After is used instead where given
    backoff_last: float | None
    # Called at the end of every LLMSpan, sampled or not, on the thread that ends it, with an LLMRecord. It must not
    # raise; what it raises is dropped.
    llm_sink: Callable[[LLMRecord], object] | None

# (labels, error_type, duration, time_to_first_token, time_per_output_token, input_tokens, output_tokens): `labels` is
# the object given to ``llm_span``, error_type the value of "error.type" that __exit__ set or None; seconds as float;
# None where unknown.
LLMRecord: TypeAlias = tuple[Any, str | None, float, float | None, float | None, int | None, int | None]

class Span:
    """A span. Made by ``span``; starts with ``start`` or by entering it as a context manager.

    A method that does not apply in the present state (before the start, after the end, not sampled) does nothing.
    The types are mutable (attributes can be set on the type, not on instances): ``get_span_context``, ``set_gpus`` and
    what else is marked so are installed on them by the package, from Python, for both cores alike.
    """

    __slots__: ClassVar[Sequence[str]]

    # Identity; 0 and "0"*32 / "0"*16 before the start.
    @property
    def name(self) -> str: ...
    @property
    def trace_id(self) -> int: ...
    @property
    def span_id(self) -> int: ...
    @property
    def trace_id_hex(self) -> str: ...
    @property
    def span_id_hex(self) -> str: ...
    @property
    def parent_span_id(self) -> int | None: ...
    @property
    def trace_state(self) -> str: ...
    @property
    def is_sampled(self) -> bool: ...
    @property
    def has_remote_parent(self) -> bool: ...
    @property
    def start_time(self) -> int | None: ...
    @property
    def end_time(self) -> int | None: ...
    def __enter__(self) -> Span:
        """Start the span unless it was started, and make it current in this context."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End the span and make current what was current before; an exception is recorded.

        For an Exception (not GeneratorExit, KeyboardInterrupt, asyncio.CancelledError or SystemExit): an event as by
        ``record_exception(error, escaped=True)``, the attribute "error.type" (the type's name as in "exception.type")
        unless the user set it, and, unless the user set a status, status error with the description
        "<type name>: <message>". Where another span is current (a generator closed elsewhere), what is current stays,
        and this span is passed over wherever it still is current.
        """

    def start(self) -> Span:
        """Start the span without making it current. A second start does nothing.

        Order: the parent (``parent``, else what is current, else none; none too with ``root``), ids, the sampler's
        decision, the start time, the given attributes, the given links. A child has its parent's trace_state.
        """

    def end(self, end_time: int | None = None) -> None:
        """End the span and queue it. A second end does nothing. Never blocks.

        Without `end_time`: the start plus the time passed on the monotonic clock; where a start time was given, the
        present time.
        """

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute; one of the same key is replaced in place. Ignored with a warning: a key that is not a str, or empty.

        str, bool, int (64 bits), float, bytes, list/tuple (ArrayValue; None inside is an empty AnyValue), dict
        (KeyValueList with str(key)) have types in OTLP. Ints beyond 64 bits become their digits. Objects with
        ``__index__`` become ints, objects with ``__float__`` (numpy's) floats, numpy's bool a bool. Everything else, None included,
        becomes str(value), with a warning once. Nesting deeper than 8 becomes a string. Subclasses (enum.IntEnum,
        numpy.float64) count as their base type. Lone surrogates become "?". Beyond ``span_attribute_limit`` or
        ``span_bytes_max``: dropped and counted on the span.
        """

    def set_attributes(self, attributes: Attributes) -> None: ...
    def add_event(self, name: str, attributes: Attributes | None = None, timestamp: int | None = None) -> None: ...
    def add_link(self, context: Span | Identity, attributes: Attributes | None = None) -> None: ...
    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an event "exception" with exception.type ("module.Name", "Name" of builtins), exception.message,
        exception.stacktrace and exception.escaped ("True"/"False"), then `attributes` over them.
        """

    def set_status(self, status: str | int | Any, description: str | None = None) -> None:
        """ "unset", "ok", "error" (any case), 0, 1, 2, an enum with such a value, or an object with status_code and description.

        OK is final; unset never replaces anything; only an error has a description.
        """

    def update_name(self, name: str) -> None: ...
    def is_recording(self) -> bool:
        """Started, not ended and sampled."""

    # Installed by the package, for both cores:
    def get_span_context(self) -> SpanContext:
        """The identity of the span, immutable; what to keep for links and other threads."""

    def set_gpus(self, gpus: Sequence[str | int] | str | int) -> None:
        """Say which GPUs the span computes on: "cuda:0", an index as CUDA counts, a GPU's or MIG instance's UUID.

        Recorded as "hw.id" (and "hw.parent" of a MIG instance) for one GPU, else "gpu.{i}.resource_uuid" (and
        "gpu.{i}.physical_uuid"). Without NVML, or for what it does not know, recorded as named. Never raises.
        """

    def set_input(self, value: Any) -> None:
        """Record what the span was given ("input.value"), if content is captured; see ``init(capture_content=)``."""

    def set_output(self, value: Any) -> None:
        """Record what the span returned ("output.value"), if content is captured."""

@final
class LLMSpan(Span):
    """A span of a model's generation; made by ``llm_span``."""

    labels: Any  # the object given to ``llm_span``; may be replaced; handed to the sink as it is at the end

    def __enter__(self) -> LLMSpan: ...
    def start(self) -> LLMSpan: ...
    def record_token(self, count: int = 1) -> None:
        """Note that `count` tokens arrived now. Works in unsampled spans too. Not before start or after the end."""

    def set_usage(
        self,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cached_tokens: int | None = None,
        cache_creation_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Set "gen_ai.usage.input_tokens", ".output_tokens", ".cache_read.input_tokens",
        ".cache_creation.input_tokens", ".reasoning.output_tokens" at once as int attributes; None leaves one alone. What is
        no int (``__index__``) of at least 0 is ignored with a warning.
        """

    # Installed by the package, for both cores:
    def set_prompt(self, prompt: Any, system: str | None = None) -> None:
        """Record the prompt, if content is captured ("gen_ai.input.messages", "gen_ai.system_instructions").

        A text, a message, or messages: dicts or objects with ``role`` and ``content``, as the chat APIs have them.
        """

    def set_completion(self, completion: Any, finish_reason: str | None = None) -> None:
        """Record the completion, if content is captured ("gen_ai.output.messages")."""

    def set_response(
        self,
        model: str | None = None,
        id: str | None = None,
        finish_reasons: Sequence[str] | str | None = None,
    ) -> None:
        """Set "gen_ai.response.model", ".id" and ".finish_reasons"."""

    # Attributes that the end of a span adds, in this order, none of which replaces what the user set himself:
    #   "gen_ai.usage.output_tokens" int     the tokens recorded, if any and if no set_usage gave output_tokens
    #   "gen_ai.response.time_to_first_chunk" double, seconds   first token - start, if a token was recorded
    #   "gen_ai.server.time_per_output_token" double, seconds   (last token - first token) / (output tokens - 1), if at
    #        least two calls of record_token and two output tokens (set_usage's number, else the recorded one)
    #   "axonize.llm.tokens_per_second" double   output tokens / (last token - start), if a token was recorded and > 0
    #   "axonize.llm.inter_token_latency.p50", ".p95", ".p99", ".max" double, seconds   of the times between calls of
    #        record_token, from a histogram of 16 steps an octave (error below 1/32), if there were two calls
    # The limits of attributes do not apply to these.

def span(
    name: str,
    kind: Kind = "internal",
    scope: int = 0,
    attributes: Attributes | None = None,
    links: Sequence[Any] | None = None,
    parent: Span | Identity | None = None,
    start_time: int | None = None,
    root: bool = False,
) -> Span:
    """Make a span that has not started. By place or by name; `name` is str(name) when it is not a str.

    `links`: spans, identities, pairs of one and attributes, or objects with ``context`` and ``attributes``
    (OpenTelemetry's Link). A `parent` without an identity (invalid ids) reads as none: the span becomes a root.
    """

def llm_span(
    name: str,
    kind: Kind = "client",
    scope: int = 0,
    attributes: Attributes | None = None,
    links: Sequence[Any] | None = None,
    parent: Span | Identity | None = None,
    start_time: int | None = None,
    root: bool = False,
    labels: Any = None,
) -> LLMSpan: ...

core_name: str  # "native" or "pure": which core is in use (of ``axonize._core`` only)

# The variable that holds what is current: a Span, an Identity (a remote parent), or None. Also for embedders to set.
current_variable: ContextVar[Any]

def current() -> Any:
    """What is current: a Span or an Identity; None when nothing is. Spans that were left elsewhere are passed over."""

def register_scope(name: str, version: str = "", schema_url: str = "", attributes: bytes = b"") -> int:
    """The number of a scope, from 1 on in the order of registration after each ``start``; equal scopes share one.

    `attributes` are encoded KeyValue fields (number 3) of InstrumentationScope. 0, the scope of the settings, when there are
    more than 1023. ``start`` forgets all scopes; the package registers its own again, in the same order.
    """

def start(settings: CoreSettings) -> None:
    """Begin to record and send. Raises ValueError for settings of a wrong kind, RuntimeError while started."""

def is_started() -> bool: ...
def flush(timeout: float) -> bool:
    """Send what is queued now and wait for the outcome, without the GIL. False when `timeout` passed first."""

def shutdown(timeout: float) -> bool:
    """Try each batch once within `timeout`, end the thread, record nothing from now on.

    False when a span was not sent. Spans that live are lost and counted when they end.
    """

def drain(wait: float) -> tuple[bytes, int] | None:
    """With sender "python": an encoded ExportTraceServiceRequest and its number of spans, without the GIL while it waits.

    Returns when a batch is full, its oldest span waited for ``interval``, a flush asks, or `wait` passed: then with what
    there is, None when that is nothing. Every batch is settled before the next drain.
    """

def settle(exported: int, failed: int, rejected: int = 0, sent_bytes: int = 0, retries: int = 0) -> None:
    """Count what became of the batch drained last, and wake flushes that wait for it."""

def stats() -> Statistics: ...
def take_warnings() -> tuple[int, int, int]:
    """Bits of what happened for the first time since the last call, the status and the errno of the last failure.

    A status below 100 is gRPC's, one from 100 on HTTP's.

    1: unreachable, spans are kept and retried; 2: refused with a status that is not retried; 4: partial success;
    8: no library for the compression; 16: the queue is full, spans are dropped; 32: gRPC was asked for and the receiver
    speaks no HTTP/2, spans are kept and retried. Each bit once between start and shutdown.
    """

# The native core only; None of ``axonize._core`` with the pure one.

def open_sender(settings: CoreSettings) -> object:
    """A connection for requests of any signal, as the settings' sender says ("http" or "grpc"); opened when first used."""

def send_with(sender: object, body: bytes) -> tuple[bool, int, int, int, int, bool, bytes, int]:
    """Make one attempt to send a request, without the GIL. One thread at a time uses a sender.

    Whether there was an answer; the verdict (0 taken, 1 to be sent again, 2 refused); its status; nanoseconds that the
    receiver asks to wait; the errno where there was no answer; whether the receiver speaks no HTTP/2 though gRPC was
    asked for; the answer's content; bytes of the body as sent.
    """

def after_fork_in_child(resource: bytes | None = None) -> None:
    """To be called in a forked child before any other use: new ids, an empty queue, counters at 0, a new thread.

    `resource` replaces the encoded Resource of the settings (the process id is another).

    Spans that live are the parent's to record: in the child they keep their identity, so that they can be parents, and
    their end puts nothing into the queue and nothing into ``llm_sink``.
    """

def set_fixed_ids(first: int) -> None:
    """For tests: ids are `first` and the numbers after it, in the order low half of a root's trace id, span id; the high
    half of trace ids is 0. 0: random again.
    """

def set_fixed_clock(time: int) -> None:
    """For tests: every reading of either clock is `time`. 0: the system's clocks again."""
