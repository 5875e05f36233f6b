"""What ``init`` was told: arguments before ``AXONIZE_*`` before ``OTEL_*`` before defaults."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from axonize._readers import (
    Endpoint,
    choose,
    from_argument,
    from_environment,
    is_header_name,
    is_header_value,
    read_bool,
    read_compression,
    read_count,
    read_endpoint,
    read_milliseconds,
    read_otel_timeout,
    read_pairs,
    read_protocol,
    read_ratio,
    read_sampler,
    read_seconds,
    read_traces_endpoint,
    split_pairs,
)
from axonize._sending.proxy import Proxy, is_loopback, proxy_for
from axonize._variables import warn_of_unknown
from axonize._warn import warn_first

# Redacts what is captured of prompts and completions: kind of content, text -> text, or None to leave it out.
Redact = Callable[[str, str], str | None]


@dataclass(frozen=True)
class Options:
    """The arguments of ``init``, which explains each; None: decided by the environment, or the default."""

    endpoint: str | None = None
    service_name: str | None = None
    service_version: str | None = None
    environment: str | None = None
    resource_attributes: Mapping[str, Any] | None = None
    api_key: str | None = None
    headers: Mapping[str, str] | None = None
    protocol: str | None = None
    compression: str | None = None
    timeout: float | None = None
    ca_file: str | None = None
    client_key: str | None = None
    client_certificate: str | None = None
    sampler: str | None = None
    sample_ratio: float | None = None
    capture_content: bool | None = None
    content_max_length: int | None = None
    redact: Redact | None = None
    queue_size: int | None = None
    batch_size: int | None = None
    interval: float | None = None
    metrics: bool | None = None
    metrics_interval: float | None = None
    gpu_snapshot_interval_ms: int | None = None
    otel: bool | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class Configuration:
    """Everything that is decided at ``init``."""

    endpoint: Endpoint
    is_enabled: bool
    service_name: str | None
    resource_attributes: Mapping[str, Any]
    headers: Mapping[str, str]
    # What gave the header Authorization, such as "AXONIZE_API_KEY"; None where there is none.
    key_origin: str | None
    protocol: str
    # Whether somebody asked for the protocol; else it was chosen by the port.
    is_protocol_given: bool
    # What requests go through; None: they go to the receiver itself.
    proxy: Proxy | None
    compression: str
    timeout: float
    ca_file: str | None
    client_key: str | None
    client_certificate: str | None
    sampler: str
    sampler_ratio: float
    parent_based: bool
    capture_content: bool
    content_max_length: int
    redact: Redact | None
    queue_size: int
    batch_size: int
    interval: float
    metrics: bool
    metrics_interval: float
    gpu_snapshot_interval_ms: int
    otel: bool
    limits: Mapping[str, int | None] = field(default_factory=dict[str, int | None])


def _protocol_of(endpoint: Endpoint) -> str:
    """Port 4317 is gRPC's by OTLP's convention (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-default-port)."""
    return "grpc" if endpoint.port == 4317 and not endpoint.has_path else "http/protobuf"


def _endpoint(given: str | None) -> Endpoint:
    found = from_argument("endpoint", given, read_endpoint)
    if found is None:
        found = from_environment(("AXONIZE_ENDPOINT",), read_endpoint)
    if found is None:
        found = from_environment(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",), read_traces_endpoint)
    if found is None:
        found = from_environment(("OTEL_EXPORTER_OTLP_ENDPOINT",), read_endpoint)
    if found is not None and found.has_user:
        warn_first(
            "endpoint.user", "what stands before the @ of the endpoint is not sent; use api_key or headers for it"
        )
    return found or Endpoint(False, "localhost", 4318, "")


class _Headers:
    """Headers by their names without regard to case; of two with one name the later counts.

    Values are never logged, and names only where they can be no value: either may be a secret.
    """

    def __init__(self) -> None:
        # Name, value and origin.
        self._found: dict[str, tuple[str, str, str]] = {}

    def put(self, name: str, value: str, origin: str, place: str) -> None:
        """Add a header that HTTP allows; warn of another one by its place."""
        if is_header_name(name) and is_header_value(value):
            self._found[name.lower()] = (name, value, origin)
        else:
            warn_first(f"headers {place}", "%s has characters that HTTP does not allow; it is not sent", place)

    def read(self, variable: str) -> None:
        """Add the headers of a variable."""
        pairs, malformed = split_pairs(os.environ.get(variable, "").strip())
        for place in malformed:
            warn_first(f"{variable} {place}", "%s: entry %d is not name=value; it is not sent", variable, place)
        for place, name, value in pairs:
            self.put(name, value, variable, f"{variable}: entry {place}")

    def give(self, headers: Any) -> None:
        """Add the headers that ``init`` was given."""
        if headers is None:
            return
        if not isinstance(headers, Mapping):
            warn_first("init.headers", "init(headers=) is not a mapping of names to values; it is not used")
            return
        items = cast(Any, headers).items()
        for place, (name, value) in enumerate(items, 1):
            known = f" ({name})" if is_header_name(str(name)) else ""
            self.put(str(name), str(value), "init(headers=)", f"init(headers=): header {place}{known}")

    @property
    def all(self) -> dict[str, str]:
        """Names and values."""
        return {name: value for name, value, _ in self._found.values()}

    @property
    def key_origin(self) -> str | None:
        """What gave Authorization."""
        found = self._found.get("authorization")
        return None if found is None else found[2]


def _headers(given: Any, api_key: Any) -> _Headers:
    headers = _Headers()
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "AXONIZE_HEADERS"):
        headers.read(name)
    headers.give(given)
    origin = "init(api_key=)" if api_key else "AXONIZE_API_KEY"
    key = str(api_key or os.environ.get("AXONIZE_API_KEY", "")).strip()
    if key:
        headers.put("Authorization", f"Bearer {key}", origin, f"the key of {origin}")
    return headers


def warn_of_clear_key(configuration: Configuration) -> None:
    """Warn where everybody on the way can read the key."""
    endpoint = configuration.endpoint
    if configuration.key_origin and not endpoint.is_tls and not is_loopback(endpoint.host):
        warn_first(
            "clear key",
            "the key of %s goes to %s without encryption, and whoever is on the way can read it; an endpoint with "
            "https:// encrypts it",
            configuration.key_origin,
            endpoint.authority,
        )


def _limits() -> dict[str, int | None]:
    def limit(*names: str) -> int | None:
        return from_environment(names, read_count)

    return {
        "span_attribute_limit": limit("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
        "span_event_limit": limit("OTEL_SPAN_EVENT_COUNT_LIMIT"),
        "span_link_limit": limit("OTEL_SPAN_LINK_COUNT_LIMIT"),
        "event_attribute_limit": limit("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
        "link_attribute_limit": limit("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
        "attribute_value_length_limit": limit(
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"
        ),
        "attribute_value_bytes_max": limit("AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX"),
    }


def configure(options: Options) -> Configuration:
    """Decide every setting from the arguments of ``init`` and the environment."""
    warn_of_unknown()
    sampler, parent_based = choose(
        from_argument("sampler", options.sampler, read_sampler),
        ("AXONIZE_SAMPLER", "OTEL_TRACES_SAMPLER"),
        read_sampler,
        ("always_on", True),
    )
    ratio = from_argument("sample_ratio", options.sample_ratio, read_ratio)
    if ratio is not None and options.sampler is None:
        sampler, parent_based = "traceidratio", True
    otel_metrics_off = os.environ.get("OTEL_METRICS_EXPORTER", "").strip().lower() == "none"
    resource = from_environment(("OTEL_RESOURCE_ATTRIBUTES",), read_pairs) or {}
    resource.update(from_environment(("AXONIZE_RESOURCE_ATTRIBUTES",), read_pairs) or {})
    version = options.service_version
    environment = options.environment
    attributes: dict[str, Any] = {
        **resource,
        **({"service.version": version} if version is not None else {}),
        **({"deployment.environment.name": environment} if environment is not None else {}),
        **(options.resource_attributes or {}),
    }
    disabled = from_environment(("OTEL_SDK_DISABLED",), read_bool) or (
        os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    )
    endpoint = _endpoint(options.endpoint)
    protocol = from_argument("protocol", options.protocol, read_protocol) or from_environment(
        ("AXONIZE_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"), read_protocol
    )
    headers = _headers(options.headers, options.api_key)
    return Configuration(
        endpoint=endpoint,
        is_enabled=choose(
            from_argument("enabled", options.enabled, read_bool), ("AXONIZE_ENABLED",), read_bool, not disabled
        ),
        service_name=choose(options.service_name, ("AXONIZE_SERVICE_NAME", "OTEL_SERVICE_NAME"), str, "")
        or attributes.get("service.name"),
        resource_attributes=attributes,
        headers=headers.all,
        key_origin=headers.key_origin,
        protocol=protocol or _protocol_of(endpoint),
        proxy=proxy_for(endpoint.host, endpoint.port, endpoint.is_tls, protocol or _protocol_of(endpoint)),
        is_protocol_given=protocol is not None,
        compression=choose(
            from_argument("compression", options.compression, read_compression),
            ("AXONIZE_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"),
            read_compression,
            "none",
        ),
        timeout=choose(
            from_argument("timeout", options.timeout, read_seconds),
            (),
            read_seconds,
            from_environment(("AXONIZE_TIMEOUT",), read_seconds)
            or from_environment(("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"), read_otel_timeout)
            or 10.0,
        ),
        ca_file=choose(
            options.ca_file,
            ("AXONIZE_CA_FILE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
            str,
            "",
        )
        or None,
        client_key=choose(options.client_key, ("OTEL_EXPORTER_OTLP_CLIENT_KEY",), str, "") or None,
        client_certificate=choose(options.client_certificate, ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",), str, "")
        or None,
        sampler=sampler,
        sampler_ratio=choose(ratio, ("AXONIZE_SAMPLER_ARG", "OTEL_TRACES_SAMPLER_ARG"), read_ratio, 1.0)
        if sampler == "traceidratio"
        else 1.0,
        parent_based=parent_based,
        capture_content=choose(
            from_argument("capture_content", options.capture_content, read_bool),
            ("AXONIZE_CAPTURE_CONTENT", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"),
            read_bool,
            False,
        ),
        content_max_length=choose(
            from_argument("content_max_length", options.content_max_length, read_count),
            ("AXONIZE_CONTENT_MAX_LENGTH",),
            read_count,
            16384,
        ),
        redact=options.redact,
        queue_size=choose(
            from_argument("queue_size", options.queue_size, read_count),
            ("AXONIZE_QUEUE_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE"),
            read_count,
            32768,
        ),
        batch_size=choose(
            from_argument("batch_size", options.batch_size, read_count),
            ("AXONIZE_BATCH_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
            read_count,
            8192,
        ),
        interval=from_argument("interval", options.interval, read_seconds)
        or from_environment(("AXONIZE_INTERVAL",), read_seconds)
        or from_environment(("OTEL_BSP_SCHEDULE_DELAY",), read_milliseconds)
        or 1.0,
        metrics=choose(
            from_argument("metrics", options.metrics, read_bool), ("AXONIZE_METRICS",), read_bool, not otel_metrics_off
        ),
        metrics_interval=from_argument("metrics_interval", options.metrics_interval, read_seconds)
        or from_environment(("AXONIZE_METRICS_INTERVAL",), read_seconds)
        or from_environment(("OTEL_METRIC_EXPORT_INTERVAL",), read_milliseconds)
        or 10.0,
        gpu_snapshot_interval_ms=choose(
            from_argument("gpu_snapshot_interval_ms", options.gpu_snapshot_interval_ms, read_count),
            ("AXONIZE_GPU_SNAPSHOT_INTERVAL_MS",),
            read_count,
            0,
        ),
        otel=choose(from_argument("otel", options.otel, read_bool), ("AXONIZE_OTEL",), read_bool, False),
        limits=_limits(),
    )
