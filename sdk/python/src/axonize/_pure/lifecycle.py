"""Starting, draining and ending the core."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from axonize._encoding.values import limits
from axonize._pure.encoder import encode_request, encode_scope, encode_span, scope_number
from axonize._pure.queue import Queue
from axonize._pure.runtime import Counter, Tally, runtime
from axonize._pure.span import Span
from axonize._warn import warn_once

if TYPE_CHECKING:
    from axonize._sending.transport import Transport

_SCOPES_MAX = 1024


class _Core:
    """What lasts from ``start`` to the next."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.queue = _queue_of(settings)
        self.resource: bytes = settings.resource
        self.resource_schema: str = settings.resource_schema_url or ""
        self.batch_bytes = _number(settings.batch_bytes, 4 << 20)
        self.scopes = [encode_scope(settings.scope_name or "", settings.scope_version or "", "", b"")]
        self.scope_lock = Lock()
        self.is_open = True
        self.exporter: Any = None


_core: _Core | None = None


def _queue_of(settings: Any) -> Queue:
    slots = 64
    while slots < min(_number(settings.queue_slots, 8192), 1 << 22):
        slots *= 2
    return Queue(
        slots,
        _number(settings.queue_spill_bytes, 16 << 20),
        _number(settings.batch_spans, 8192),
        1.0 if settings.interval is None else max(float(settings.interval), 0.001),
    )


def _number(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else max(int(value), 0)


def start(settings: Any) -> None:
    """Begin to record and send."""
    global _core
    if _core is not None and _core.is_open:
        raise RuntimeError("the core is started already")
    if settings.sampler not in ("always_on", "always_off", "traceidratio"):
        raise ValueError(f"sampler: {settings.sampler!r} is not known")
    if settings.sender not in ("http", "grpc", "python"):
        raise ValueError(f"sender: {settings.sender!r} is not known")
    if settings.compression not in (None, "none", "gzip", "zstd"):
        raise ValueError(f"compression: {settings.compression!r} is not known")
    if not isinstance(settings.resource, bytes):
        raise ValueError("resource: not bytes")
    core = _Core(settings)
    _set_limits(settings)
    _set_sampler(settings)
    runtime.started = Counter()
    runtime.tally = Tally()
    runtime.warnings = runtime.warned = runtime.last_status = runtime.last_error = 0
    runtime.llm_sink = settings.llm_sink
    runtime.check_clock_unless_fixed()
    _core = core
    _record_into(core.queue)
    _start_exporter(core)


def _set_limits(settings: Any) -> None:
    runtime.attribute_limit = _number(settings.span_attribute_limit, 128)
    runtime.event_limit = _number(settings.span_event_limit, 128)
    runtime.link_limit = _number(settings.span_link_limit, 128)
    runtime.event_attribute_limit = _number(settings.event_attribute_limit, 128)
    runtime.link_attribute_limit = _number(settings.link_attribute_limit, 128)
    length = settings.attribute_value_length_limit
    limits.characters = None if length is None else max(int(length), 0)
    limits.bytes = _number(settings.attribute_value_bytes_max, 65536)
    limits.count = runtime.count
    runtime.span_bytes = _number(settings.span_bytes_max, 4 << 20)
    # A code point takes four bytes at most.
    limits.short_text = min(256, limits.bytes // 4)
    if limits.characters is not None:
        limits.short_text = min(limits.short_text, limits.characters)


def _set_sampler(settings: Any) -> None:
    ratio = 1.0 if settings.sampler_ratio is None else float(settings.sampler_ratio)
    runtime.sampled_below = min(max(round(ratio * 2**64), 0), 2**64) if ratio == ratio else 0
    runtime.sampler = settings.sampler
    runtime.parent_based = bool(settings.parent_based)


def _record_into(queue: Queue) -> None:
    generation = runtime.generation

    def put_own(span: Span) -> None:
        if span._generation == generation:
            queue.put(span)

    # In a forked child: what it inherited is its parent's to record.
    runtime.enqueue = put_own if generation else queue.put


def _start_exporter(core: _Core) -> None:
    if core.settings.sender == "python":
        return
    # Only where the core sends itself: an import of sockets and threads.
    from axonize._sending.export_thread import ExportThread

    settings = core.settings
    transport: Transport
    if settings.sender == "grpc":
        from axonize._sending.grpc import GRPCTransport

        transport = GRPCTransport.of_settings(settings)
    else:
        from axonize._sending.http import HTTPTransport

        transport = HTTPTransport.of_settings(settings, lambda: note(8))
    core.exporter = ExportThread(
        drain,
        settle,
        transport,
        retries=_number(settings.retries, 6),
        backoff_first=1.0 if settings.backoff_first is None else settings.backoff_first,
        backoff_last=30.0 if settings.backoff_last is None else settings.backoff_last,
        note=note,
    )
    core.exporter.start()


def note(bit: int, status: int = 0, error: int = 0, text: str = "") -> None:
    """Keep what a sender learned, for ``take_warnings``, which has numbers alone."""
    runtime.last_status = status
    runtime.last_error = error
    runtime.warn(bit)


def is_started() -> bool:
    """Whether spans are recorded and sent."""
    return _core is not None and _core.is_open


def register_scope(name: str, version: str = "", schema_url: str = "", attributes: bytes = b"") -> int:
    """The number of a scope."""
    core = _core
    if core is None:
        return 0
    scope = encode_scope(name, version, schema_url, attributes)
    with core.scope_lock:
        if scope in core.scopes[1:]:
            return core.scopes.index(scope, 1)
        if len(core.scopes) >= _SCOPES_MAX:
            return 0
        core.scopes.append(scope)
        return len(core.scopes) - 1


def drain(wait: float) -> tuple[bytes, int] | None:
    """The next request to send and its number of spans."""
    core = _core
    if core is None:
        return None
    runtime.check_clock_unless_fixed()
    spans = core.queue.take(wait)
    if not spans:
        return None
    request, left = _encode(core, spans)
    if left:
        core.queue.give_back(left)
    return request


def _encode(core: _Core, spans: Sequence[Span]) -> tuple[tuple[bytes, int] | None, list[Span]]:
    encoded: list[tuple[int, bytes]] = []
    size = 0
    failed = 0
    for index, span in enumerate(spans):
        try:
            content = encode_span(span)
        except Exception as error:
            # Nothing of a span should make it fail; if something does, one span is lost and not all.
            failed += 1
            warn_once("encoding", "a span could not be encoded: %s", error)
            continue
        if encoded and size + len(content) > core.batch_bytes:
            if failed:
                runtime.tally.add("too_large", failed)
            return (_request(core, encoded), len(encoded)), list(spans[index:])
        size += len(content)
        encoded.append((scope_number(span.scope), content))
    if failed:
        runtime.tally.add("too_large", failed)
    if not encoded:
        core.queue.settle()
        return None, []
    return (_request(core, encoded), len(encoded)), []


def _request(core: _Core, encoded: Sequence[tuple[int, bytes]]) -> bytes:
    request = encode_request(core.resource, core.resource_schema, core.scopes, encoded)
    runtime.tally.add("encoded_bytes", len(request))
    return request


def settle(exported: int, failed: int, rejected: int = 0, sent_bytes: int = 0, retries: int = 0) -> None:
    """Count what became of the request drained last."""
    core = _core
    if core is None:
        return
    tally = runtime.tally
    if exported or rejected:
        tally.add("exported", exported)
        tally.add("batches")
        tally.add("rejected", rejected)
        tally.add("sent_bytes", sent_bytes)
    if failed:
        tally.add("send_failed", failed)
    if retries:
        tally.add("retries", retries)
    core.queue.settle()


def flush(timeout: float) -> bool:
    """Send what is queued now and wait for the outcome."""
    core = _core
    if core is None or not core.is_open:
        return True
    return core.queue.flush(timeout)


def shutdown(timeout: float) -> bool:
    """Flush, end the thread, record nothing from now on."""
    core = _core
    if core is None or not core.is_open:
        return True
    runtime.sampler = "always_off"
    runtime.parent_based = False
    if core.exporter is not None:
        # From here on a batch is tried once: a receiver that is down does not hold up the end of the program.
        end = monotonic() + timeout
        core.exporter.stop_retrying()
        done = core.queue.flush(timeout)
        core.exporter.stop()
        core.queue.close()
        core.exporter.join(max(end - monotonic(), 0.0))
    else:
        done = core.queue.queued == 0
        core.queue.close()
    core.is_open = False
    return done


def stats() -> dict[str, int]:
    """The counters."""
    core = _core
    tally = runtime.tally
    full = core.queue.dropped_full if core is not None else 0
    late = core.queue.dropped_late if core is not None else 0
    return {
        "started": runtime.started.value,
        "ended": (core.queue.accepted if core is not None else 0) + full + late,
        "exported": tally.get("exported"),
        "dropped_queue_full": full,
        "dropped_send_failed": tally.get("send_failed") + late,
        "dropped_too_large": tally.get("too_large"),
        "rejected": tally.get("rejected"),
        "batches": tally.get("batches"),
        "retries": tally.get("retries"),
        "sent_bytes": tally.get("sent_bytes"),
        "encoded_bytes": tally.get("encoded_bytes"),
        "truncated_values": tally.get("truncated_values"),
        "dropped_attributes": tally.get("dropped_attributes"),
        "dropped_events": tally.get("dropped_events"),
        "dropped_links": tally.get("dropped_links"),
        "queued": core.queue.queued if core is not None else 0,
        "slots": core.queue.slots if core is not None else 0,
    }


def take_warnings() -> tuple[int, int, int]:
    """What happened for the first time since the last call."""
    bits, runtime.warnings = runtime.warnings, 0
    return bits, runtime.last_status, runtime.last_error


def after_fork_in_child(resource: bytes | None = None) -> None:
    """Begin anew in a forked child."""
    runtime.forked()
    core = _core
    if core is None:
        return
    if resource is not None:
        core.resource = resource
    core.queue = _queue_of(core.settings)
    core.scope_lock = Lock()
    if not core.is_open:
        core.queue.close()
        return
    _record_into(core.queue)
    _start_exporter(core)


def set_fixed_ids(first: int) -> None:
    """Make ids follow each other, for tests."""
    runtime.fixed_id = first


def set_fixed_clock(time: int) -> None:
    """Make the clocks stand still, for tests."""
    runtime.set_fixed_clock(time)
