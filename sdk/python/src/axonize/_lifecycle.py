"""``init``, ``flush``, ``shutdown`` and what happens at forks and exits."""

import atexit
import errno
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Literal, cast

from axonize import _content, _core, _resource, _scopes
from axonize._configuration import Configuration, Options, Redact, configure, warn_of_clear_key
from axonize._metrics.exporter import MetricsThread
from axonize._metrics.llm import llm_metrics
from axonize._sending.export_thread import ExportThread
from axonize._sending.select import (
    header_lines,
    metrics_transport,
    proxy_settings,
    trace_transport,
    traces_path,
    with_usable_protocol,
)
from axonize._sending.transport import describe, remedy_of
from axonize._settings import CoreSettings, Statistics
from axonize._version import __version__
from axonize._warn import warn

_logger = logging.getLogger("axonize")
# What the core notes, a bit for each kind (`take_warnings`).
_UNREACHABLE, _REFUSED, _PARTIAL, _UNCOMPRESSED, _FULL, _FOREIGN = (1 << bit for bit in range(6))
_MESSAGES = {
    _UNREACHABLE: "the receiver at %s cannot be reached (%s)",
    _REFUSED: "the receiver at %s refused spans (%s)",
    _PARTIAL: "the receiver at %s took a part of the spans only (%s)",
    _UNCOMPRESSED: "no library for the compression that was asked for; spans go to %s without",
    _FULL: "spans come faster than %s takes them, and some are dropped",
    _FOREIGN: "the receiver at %s does not speak gRPC; if it takes OTLP over HTTP there, set "
    'init(protocol="http/protobuf") or AXONIZE_PROTOCOL',
}
_KEPT = "; spans are kept as far as memory allows and sent again"


class _State:
    """What lives between ``init`` and ``shutdown``."""

    def __init__(self, configuration: Configuration, resource: dict[str, Any]) -> None:
        self.configuration = configuration
        self.resource = resource
        self.exporter: ExportThread | None = None
        self.metrics: MetricsThread | None = None
        # Why, for each kind of warning that was given.
        self.noted: dict[int, str] = {}
        # Whether the process has no time left to send anything again.
        self.is_ending = False

    @property
    def sends_natively(self) -> bool:
        """Whether the core's own thread can talk to the receiver."""
        return not self.configuration.endpoint.is_tls

    @property
    def target(self) -> str:
        """The receiver, without secrets."""
        proxy = self.configuration.proxy
        through = "" if proxy is None else f" through the proxy {proxy.authority}"
        return f"{self.configuration.endpoint.authority}{through}"


_state: _State | None = None
_lock = threading.RLock()
_hooked = False


def init(
    endpoint: str | None = None,
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    environment: str | None = None,
    resource_attributes: Mapping[str, Any] | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    protocol: Literal["http/protobuf", "grpc"] | None = None,
    compression: Literal["none", "gzip", "zstd"] | None = None,
    timeout: float | None = None,
    ca_file: str | None = None,
    client_key: str | None = None,
    client_certificate: str | None = None,
    sampler: str | None = None,
    sample_ratio: float | None = None,
    capture_content: bool | None = None,
    content_max_length: int | None = None,
    redact: Redact | None = None,
    queue_size: int | None = None,
    batch_size: int | None = None,
    interval: float | None = None,
    metrics: bool | None = None,
    metrics_interval: float | None = None,
    gpu_snapshot_interval_ms: int | None = None,
    otel: bool | None = None,
    enabled: bool | None = None,
) -> None:
    """Begin to record spans and to send them. Never raises for a bad value: it warns and uses the default.

    What is not given comes from the environment: ``AXONIZE_*`` first, then OpenTelemetry's ``OTEL_*``. Called a second
    time, it does nothing but warn; after ``shutdown`` it begins anew.

    Args:
        endpoint: URL of the receiver, such as ``http://localhost:4317``. Over HTTP ``/v1/traces`` is added. Axonize's
            server takes HTTP and gRPC on both of its ports. Default: ``http://localhost:4318``.
        service_name: ``service.name`` of the resource. Default: ``unknown_service:python``.
        service_version: ``service.version``.
        environment: ``deployment.environment.name``.
        resource_attributes: Further attributes of the resource; they win over what is detected.
        api_key: Key of Axonize's server, sent as ``Authorization: Bearer``.
        headers: Further headers of every request.
        protocol: ``http/protobuf`` or ``grpc``. Default: ``grpc`` at port 4317 unless the endpoint has a path, else
            ``http/protobuf``. Over TLS, and with the core in Python, ``grpc`` needs the extra ``grpc``; where it is
            missing a warning says so and ``http/protobuf`` is used.
        compression: ``none`` (default), ``gzip``, or ``zstd``, which few receivers but Axonize's take over gRPC.
        timeout: Seconds for one request. Default: 10.
        ca_file: PEM file of certificates to trust instead of the system's, for ``https``.
        client_key: PEM file of the client's key.
        client_certificate: PEM file of the client's certificate.
        sampler: OpenTelemetry's name: ``always_on``, ``always_off``, ``traceidratio``, or each with ``parentbased_``
            before it. Default: ``parentbased_always_on``.
        sample_ratio: Share of traces to record, 0 to 1; alone it means ``parentbased_traceidratio``.
        capture_content: Record prompts, completions, inputs and outputs. Default: False.
        content_max_length: Longest captured text in code points. Default: 16384.
        redact: Called with the kind of content ("prompt", "completion", "system", "input", "output") and each text;
            what it returns is recorded, None leaves the text out.
        queue_size: Spans that may wait to be sent; more are dropped and counted. Default: 32768.
        batch_size: Greatest number of spans in a request. Default: 8192.
        interval: Seconds that a span waits at most for its batch. Default: 1.
        metrics: Send metrics of LLM operations and of the SDK itself. Default: True.
        metrics_interval: Seconds between them. Default: 10.
        gpu_snapshot_interval_ms: Sample this process's GPUs that often; for hosts where no agent runs. Default: 0, off.
        otel: Register as OpenTelemetry's tracer provider, see ``axonize.otel``. Default: False.
        enabled: False: record and send nothing. Default: True.

    """
    options = Options(
        endpoint=endpoint,
        service_name=service_name,
        service_version=service_version,
        environment=environment,
        resource_attributes=resource_attributes,
        api_key=api_key,
        headers=headers,
        protocol=protocol,
        compression=compression,
        timeout=timeout,
        ca_file=ca_file,
        client_key=client_key,
        client_certificate=client_certificate,
        sampler=sampler,
        sample_ratio=sample_ratio,
        capture_content=capture_content,
        content_max_length=content_max_length,
        redact=redact,
        queue_size=queue_size,
        batch_size=batch_size,
        interval=interval,
        metrics=metrics,
        metrics_interval=metrics_interval,
        gpu_snapshot_interval_ms=gpu_snapshot_interval_ms,
        otel=otel,
        enabled=enabled,
    )
    with _lock:
        if _state is not None:
            warn("init() was called before; this call changes nothing (shutdown() ends it)")
            return
        if _core.is_started():
            # axonize.testing records in memory.
            return
        try:
            configuration = configure(options)
            if configuration.is_enabled:
                _begin(with_usable_protocol(configuration))
        except Exception:
            # A program must not fail for its tracing. The traceback has no values of headers.
            _logger.exception("axonize: the SDK cannot start; no spans are recorded")


def _begin(configuration: Configuration) -> None:
    global _state
    resource = _resource.detect(configuration.service_name, configuration.resource_attributes)
    state = _State(configuration, resource)
    _content.configure(configuration.capture_content, configuration.content_max_length, configuration.redact)
    warn_of_clear_key(configuration)
    _core.start(_core_settings(state))
    _state = state
    _scopes.register_again()
    _start_threads(state)
    _hook()
    for hook in _start_hooks:
        hook(configuration)


_start_hooks: list[Callable[[Configuration], None]] = []


def on_start(hook: Callable[[Configuration], None]) -> None:
    """Have a function called each time the SDK has started: for modules above this one, which it must not import."""
    _start_hooks.append(hook)


def _core_settings(state: _State) -> CoreSettings:
    configuration = state.configuration
    endpoint = configuration.endpoint
    return CoreSettings(
        resource=_resource.encode(state.resource),
        scope_name="axonize",
        scope_version=__version__,
        sampler=cast(Any, configuration.sampler),
        sampler_ratio=configuration.sampler_ratio,
        parent_based=configuration.parent_based,
        queue_slots=configuration.queue_size,
        batch_spans=configuration.batch_size,
        interval=configuration.interval,
        sender=("grpc" if configuration.protocol == "grpc" else "http") if state.sends_natively else "python",
        host=endpoint.host,
        port=endpoint.port,
        path=traces_path(configuration),
        headers=header_lines(configuration),
        **proxy_settings(configuration),
        compression=cast(Any, configuration.compression),
        timeout=configuration.timeout,
        llm_sink=llm_metrics.record if configuration.metrics else None,
        **cast(Any, configuration.limits),
    )


def _start_threads(state: _State) -> None:
    configuration = state.configuration
    if not state.sends_natively:

        def note(bit: int, status: int, error: int, text: str) -> None:
            _warn_of(state, bit, status, error, text)

        transport = trace_transport(configuration, note)
        state.exporter = ExportThread(
            _core.drain, _core.settle, transport, retries=6, backoff_first=1.0, backoff_last=30.0, note=note
        )
        state.exporter.start()
    gpus = configuration.gpu_snapshot_interval_ms
    receiver = metrics_transport(configuration) if configuration.metrics or gpus else None
    state.metrics = MetricsThread(
        receiver,
        state.resource,
        configuration.metrics_interval,
        _report_warnings,
        configuration.metrics,
        gpus,
        configuration.key_origin,
        configuration.proxy is not None,
    )
    state.metrics.start()


def _hook() -> None:
    global _hooked
    if _hooked:
        return
    _hooked = True
    atexit.register(_at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork_in_child)


def _at_exit() -> None:
    shutdown(timeout=5.0)


def _after_fork_in_child() -> None:
    """A forked child has none of its parent's threads and sends what it records itself."""
    global _lock
    _lock = threading.RLock()
    _scopes.forked()
    state = _state
    if state is None:
        _core.after_fork_in_child()
        return
    try:
        given = state.configuration.resource_attributes
        state.resource = {**_resource.of_process(state.resource), **given}
        _core.after_fork_in_child(_resource.encode(state.resource))
        llm_metrics.clear()
        state.noted.clear()
        _start_threads(state)
        _end_with_multiprocessing()
    except Exception:
        _logger.exception("axonize: the SDK cannot go on in a forked child, whose spans are not recorded")


class _Marker:
    """Something for multiprocessing to keep a weak reference to."""


_marker = _Marker()


def _end_with_multiprocessing() -> None:
    """Children of multiprocessing end without atexit; they have finalizers, which a new child begins by forgetting."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:

        def finalize(_: object) -> None:
            util.Finalize(None, shutdown, (2.0,), exitpriority=10)

        util.register_after_fork(_marker, finalize)


def _report_warnings() -> None:
    """Log what the core noted, each kind once."""
    state = _state
    if state is None:
        return
    bits, status, error = _core.take_warnings()
    if bits & _FOREIGN:
        # One clear word; that nothing arrives follows from it.
        state.noted.setdefault(_UNREACHABLE, "it does not speak gRPC")
    for bit in _MESSAGES:
        if bits & bit:
            _warn_of(state, bit, status, error)


def _text_of(error: int) -> str:
    if error == errno.EHOSTUNREACH:
        # Also what the cores make of a name that nobody knows.
        return "there is no such host, or no way to it"
    return os.strerror(error) if error else "no answer"


def _warn_of(state: _State, bit: int, status: int, error: int, text: str = "") -> None:
    if bit not in _MESSAGES or bit in state.noted:
        return
    reason = describe(status) if status else text or _text_of(error)
    state.noted[bit] = reason
    configuration = state.configuration
    if bit == _UNREACHABLE and not status and configuration.endpoint.port == 4317:
        # Servers of one protocol may just close when they meet the other.
        if configuration.protocol != "grpc" and error != errno.ECONNREFUSED:
            reason += '; where only gRPC is spoken, init(protocol="grpc") is needed'
        elif configuration.protocol == "grpc" and error == errno.ECONNRESET:
            reason += '; where only HTTP is spoken, init(protocol="http/protobuf") is needed'
    message = _MESSAGES[bit]
    if bit in (_UNREACHABLE, _FOREIGN) and not state.is_ending:
        message += _KEPT
    elif bit == _REFUSED:
        message += f"; they are dropped{remedy_of(status, configuration.key_origin, configuration.proxy is not None)}"
    warn(message, *((state.target, reason) if message.count("%s") > 1 else (state.target,)))


def _warn_of_lost(state: _State, ended: int) -> None:
    """Say how many of the spans that ended before the end began did not arrive, and why."""
    stats = _core.stats()
    lost = ended - stats["exported"]
    if lost <= 0:
        return
    full, large, rejected = stats["dropped_queue_full"], stats["dropped_too_large"], stats["rejected"]
    reasons: list[str] = []
    unsent = lost - full - large - rejected
    if unsent > 0:
        noted = state.noted
        reason = noted.get(_REFUSED) or noted.get(_UNREACHABLE) or noted.get(_FOREIGN) or "no answer in time"
        reasons.append(f"{unsent} because {state.target} did not take them ({reason})")
    if full > 0:
        reasons.append(f"{full} because the queue was full")
    if rejected > 0:
        reasons.append(f"{rejected} because {state.target} rejected them")
    if large > 0:
        reasons.append(f"{large} because they were too large")
    warn("%d of %d spans were lost: %s", lost, ended, ", ".join(reasons))


def flush(timeout: float = 10.0) -> bool:
    """Send every span that has ended; waits for it. Returns False when `timeout` seconds passed first."""
    done = _core.flush(timeout)
    _report_warnings()
    return done


def shutdown(timeout: float = 5.0) -> bool:
    """Send what waits and end; spans of afterwards are not recorded. Called by itself at exit.

    Each request is tried once, all of them and the last metrics for `timeout` seconds at most. A warning says how many
    spans were lost since ``init``, if any were. Returns False when something of what waited was not sent.
    """
    global _state
    with _lock:
        state = _state
        if state is None:
            return True
        end = monotonic() + timeout
        ended = _core.stats()["ended"]
        state.is_ending = True
        if state.exporter is not None:
            state.exporter.stop_retrying()
            done = _core.flush(timeout)
            state.exporter.stop()
            done = _core.shutdown(0.0) and done
            state.exporter.join(max(end - monotonic(), 0.0))
        else:
            done = _core.shutdown(timeout)
        _report_warnings()
        if state.metrics is not None:
            # After the spans, so that the last values count them, and in the time that those left.
            state.metrics.stop(max(end - monotonic(), 0.0))
        _warn_of_lost(state, ended)
        _state = None
        return done


def stats() -> Statistics:
    """Counters since ``init``, such as spans ended, exported and dropped, requests, retries and bytes.

    ``dropped_queue_full`` counts spans that came faster than they could be sent, ``dropped_send_failed`` those that the
    receiver refused or that were given up after all retries, ``rejected`` those that the receiver refused in a partial
    success, ``queued`` what waits now out of ``slots``.
    """
    return _core.stats()


def is_started() -> bool:
    """Whether spans are recorded and sent: between ``init`` and ``shutdown``."""
    return _core.is_started()


def resource() -> Mapping[str, Any]:
    """The attributes of the resource: what is known of this process."""
    return {} if _state is None else dict(_state.resource)


__all__: Sequence[str] = ("flush", "init", "is_started", "resource", "shutdown", "stats")
