"""What ``init`` was told: arguments before ``AXONIZE_*`` before ``OTEL_*`` before defaults."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from axonize._warn import warn_once

T = TypeVar("T")

# Redacts what is captured of prompts and completions: kind of content, text -> text, or None to leave it out.
Redact = Callable[[str, str], str | None]


@dataclass(frozen=True)
class Endpoint:
    """Where telemetry goes."""

    is_tls: bool
    host: str
    port: int
    # Without the signal's name, such as "" or "/otlp".
    base: str
    # Overrides the path of traces; from OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which is used as it is.
    traces_path: str | None = None
    # Whether a path was given, as receivers of HTTP have one.
    has_path: bool = False

    @property
    def path(self) -> str:
        """The path of traces."""
        return self.traces_path if self.traces_path is not None else f"{self.base}/v1/traces"

    @property
    def metrics_path(self) -> str:
        """The path of metrics."""
        return f"{self.base}/v1/metrics"


@dataclass(frozen=True)
class Configuration:
    """Everything that is decided at ``init``."""

    endpoint: Endpoint
    is_enabled: bool
    service_name: str | None
    resource_attributes: Mapping[str, Any]
    headers: Mapping[str, str]
    protocol: str
    # Whether somebody asked for the protocol; else it was chosen by the port.
    is_protocol_given: bool
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


def _environment(names: tuple[str, ...], read: Callable[[str], T]) -> T | None:
    """The first variable that is set and can be read; one that cannot is warned of and passed over."""
    for name in names:
        text = os.environ.get(name, "").strip()
        if not text:
            continue
        try:
            return read(text)
        except ValueError:
            warn_once(name, f"{name}: %s is not understood and not used", text)
    return None


def _choose(given: T | None, names: tuple[str, ...], read: Callable[[str], T], otherwise: T) -> T:
    if given is not None:
        return given
    found = _environment(names, read)
    return otherwise if found is None else found


def read_bool(text: str) -> bool:
    """A truth value as people write them."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(text)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < 86400:
        raise ValueError(text)
    return number


def _milliseconds(text: str) -> float:
    return _seconds(str(float(text) / 1000))


def _otel_timeout(text: str) -> float:
    # The specification means milliseconds, opentelemetry-python reads seconds: both are written in practice.
    return _milliseconds(text) if float(text) >= 1000 else _seconds(text)


def read_pairs(text: str) -> dict[str, str]:
    """``a=b,c=d`` with percent-encoding, as in OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS."""
    pairs: dict[str, str] = {}
    for item in text.split(","):
        if not item.strip():
            continue
        key, separator, value = item.partition("=")
        if not separator or not key.strip():
            raise ValueError(item)
        pairs[unquote(key.strip())] = unquote(value.strip())
    return pairs


def read_endpoint(text: str) -> Endpoint:
    """A URL, or ``host:port``; raises ValueError for what is neither."""
    text = text.strip()
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(text)
    port = parts.port
    if port is None:
        port = 443 if parts.scheme == "https" else 4318
    if port == 0:
        raise ValueError(text)
    base = parts.path.rstrip("/")
    # People paste the whole path; the signal's name belongs to us.
    base = base.removesuffix("/v1/traces")
    return Endpoint(parts.scheme == "https", parts.hostname, port, base, has_path=bool(parts.path.rstrip("/")))


def _read_traces_endpoint(text: str) -> Endpoint:
    path = urlsplit(text if "://" in text else f"http://{text}").path or "/"
    endpoint = read_endpoint(text)
    return replace(endpoint, traces_path=path)


def _read_protocol(text: str) -> str:
    known = {"http/protobuf": "http/protobuf", "http": "http/protobuf", "grpc": "grpc"}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _protocol_of(endpoint: Endpoint) -> str:
    """Port 4317 is gRPC's by OTLP's convention (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-default-port)."""
    return "grpc" if endpoint.port == 4317 and not endpoint.has_path else "http/protobuf"


def _read_compression(text: str) -> str:
    if text.lower() not in ("none", "gzip", "zstd"):
        raise ValueError(text)
    return text.lower()


_SAMPLERS = {
    "always_on": ("always_on", False),
    "always_off": ("always_off", False),
    "traceidratio": ("traceidratio", False),
    "parentbased_always_on": ("always_on", True),
    "parentbased_always_off": ("always_off", True),
    "parentbased_traceidratio": ("traceidratio", True),
}


def _read_sampler(text: str) -> tuple[str, bool]:
    found = _SAMPLERS.get(text.lower())
    if found is None:
        raise ValueError(text)
    return found


def _ratio(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number


def _given(name: str, value: Any, read: Callable[[str], T]) -> T | None:
    """An argument that has the form of a variable; None, with a warning, when it cannot be read."""
    if value is None:
        return None
    try:
        return read(str(value))
    except ValueError:
        warn_once(f"init.{name}", f"init({name}=): %s is not understood and not used", value)
        return None


def _endpoint(given: str | None) -> Endpoint:
    found = _given("endpoint", given, read_endpoint)
    if found is None:
        found = _environment(("AXONIZE_ENDPOINT",), read_endpoint)
    if found is None:
        found = _environment(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",), _read_traces_endpoint)
    if found is None:
        found = _environment(("OTEL_EXPORTER_OTLP_ENDPOINT",), read_endpoint)
    return found or Endpoint(False, "localhost", 4318, "")


def _headers(given: Mapping[str, str] | None, api_key: str | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "AXONIZE_HEADERS"):
        headers.update(_environment((name,), read_pairs) or {})
    headers.update({str(name): str(value) for name, value in (given or {}).items()})
    key = api_key or os.environ.get("AXONIZE_API_KEY", "").strip()
    if key:
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"Bearer {key}"
    usable: dict[str, str] = {}
    for name, value in headers.items():
        text = f"{name}{value}"
        if not name or not text.isascii() or not text.isprintable() or set(name) & set(" :\t"):
            # Not the value: it may be a secret.
            warn_once("headers", "the header %s has characters that HTTP does not allow; it is not sent", name)
        else:
            usable[name] = value
    return usable


def _limits() -> dict[str, int | None]:
    def limit(*names: str) -> int | None:
        return _environment(names, _count)

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


def configure(options: Mapping[str, Any]) -> Configuration:
    """Decide every setting from the arguments of ``init`` and the environment."""
    get = options.get
    sampler, parent_based = _choose(
        _given("sampler", get("sampler"), _read_sampler),
        ("AXONIZE_SAMPLER", "OTEL_TRACES_SAMPLER"),
        _read_sampler,
        ("always_on", True),
    )
    ratio = _given("sample_ratio", get("sample_ratio"), _ratio)
    if ratio is not None and get("sampler") is None:
        sampler, parent_based = "traceidratio", True
    otel_metrics_off = os.environ.get("OTEL_METRICS_EXPORTER", "").strip().lower() == "none"
    resource = _environment(("OTEL_RESOURCE_ATTRIBUTES",), read_pairs) or {}
    resource.update(_environment(("AXONIZE_RESOURCE_ATTRIBUTES",), read_pairs) or {})
    version = get("service_version")
    environment = get("environment")
    attributes: dict[str, Any] = {
        **resource,
        **({"service.version": version} if version is not None else {}),
        **({"deployment.environment.name": environment} if environment is not None else {}),
        **(get("resource_attributes") or {}),
    }
    disabled = _environment(("OTEL_SDK_DISABLED",), read_bool) or (
        os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    )
    endpoint = _endpoint(get("endpoint"))
    protocol = _given("protocol", get("protocol"), _read_protocol) or _environment(
        ("AXONIZE_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"), _read_protocol
    )
    return Configuration(
        endpoint=endpoint,
        is_enabled=_choose(get("enabled"), ("AXONIZE_ENABLED",), read_bool, not disabled),
        service_name=_choose(get("service_name"), ("AXONIZE_SERVICE_NAME", "OTEL_SERVICE_NAME"), str, "")
        or attributes.get("service.name"),
        resource_attributes=attributes,
        headers=_headers(get("headers"), get("api_key")),
        protocol=protocol or _protocol_of(endpoint),
        is_protocol_given=protocol is not None,
        compression=_choose(
            _given("compression", get("compression"), _read_compression),
            ("AXONIZE_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"),
            _read_compression,
            "none",
        ),
        timeout=_choose(
            _given("timeout", get("timeout"), _seconds),
            (),
            _seconds,
            _environment(("AXONIZE_TIMEOUT",), _seconds)
            or _environment(("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"), _otel_timeout)
            or 10.0,
        ),
        ca_file=_choose(
            get("ca_file"),
            ("AXONIZE_CA_FILE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
            str,
            "",
        )
        or None,
        client_key=_choose(get("client_key"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY",), str, "") or None,
        client_certificate=_choose(get("client_certificate"), ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",), str, "")
        or None,
        sampler=sampler,
        sampler_ratio=_choose(ratio, ("AXONIZE_SAMPLER_ARG", "OTEL_TRACES_SAMPLER_ARG"), _ratio, 1.0)
        if sampler == "traceidratio"
        else 1.0,
        parent_based=parent_based,
        capture_content=_choose(
            get("capture_content"),
            ("AXONIZE_CAPTURE_CONTENT", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"),
            read_bool,
            False,
        ),
        content_max_length=_choose(
            _given("content_max_length", get("content_max_length"), _count),
            ("AXONIZE_CONTENT_MAX_LENGTH",),
            _count,
            16384,
        ),
        redact=get("redact"),
        queue_size=_choose(
            _given("queue_size", get("queue_size"), _count),
            ("AXONIZE_QUEUE_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE"),
            _count,
            32768,
        ),
        batch_size=_choose(
            _given("batch_size", get("batch_size"), _count),
            ("AXONIZE_BATCH_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
            _count,
            8192,
        ),
        interval=_given("interval", get("interval"), _seconds)
        or _environment(("AXONIZE_INTERVAL",), _seconds)
        or _environment(("OTEL_BSP_SCHEDULE_DELAY",), _milliseconds)
        or 1.0,
        metrics=_choose(get("metrics"), ("AXONIZE_METRICS",), read_bool, not otel_metrics_off),
        metrics_interval=_given("metrics_interval", get("metrics_interval"), _seconds)
        or _environment(("AXONIZE_METRICS_INTERVAL",), _seconds)
        or _environment(("OTEL_METRIC_EXPORT_INTERVAL",), _milliseconds)
        or 10.0,
        gpu_snapshot_interval_ms=_choose(
            _given("gpu_snapshot_interval_ms", get("gpu_snapshot_interval_ms"), _count),
            ("AXONIZE_GPU_SNAPSHOT_INTERVAL_MS",),
            _count,
            0,
        ),
        otel=_choose(get("otel"), ("AXONIZE_OTEL",), read_bool, False),
        limits=_limits(),
    )
