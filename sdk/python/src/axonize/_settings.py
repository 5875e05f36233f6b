"""The settings of a core, and its counters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict


@dataclass
class CoreSettings:
    """What ``start`` of a core reads; see ``_core.pyi``."""

    resource: bytes = b""
    resource_schema_url: str | None = None
    scope_name: str | None = None
    scope_version: str | None = None
    span_attribute_limit: int | None = None
    span_event_limit: int | None = None
    span_link_limit: int | None = None
    event_attribute_limit: int | None = None
    link_attribute_limit: int | None = None
    attribute_value_length_limit: int | None = None
    attribute_value_bytes_max: int | None = None
    span_bytes_max: int | None = None
    sampler: Literal["always_on", "always_off", "traceidratio"] = "always_on"
    sampler_ratio: float | None = None
    parent_based: bool = True
    queue_slots: int | None = None
    queue_spill_bytes: int | None = None
    batch_spans: int | None = None
    batch_bytes: int | None = None
    interval: float | None = None
    sender: Literal["http", "grpc", "python"] = "python"
    host: str | None = None
    port: int | None = None
    path: str | None = None
    headers: str | None = field(default=None, repr=False)
    # Of a proxy: where to connect instead, and "Name: value\r\n" for each header that it alone is sent. Secret.
    proxy_host: str | None = None
    proxy_port: int | None = None
    proxy_headers: str | None = field(default=None, repr=False)
    compression: Literal["none", "gzip", "zstd"] | None = None
    timeout: float | None = None
    retries: int | None = None
    backoff_first: float | None = None
    backoff_last: float | None = None
    llm_sink: Callable[[Any], object] | None = None


class Statistics(TypedDict):
    """Counters since ``start`` (in a forked child: since the fork), of recording spans unless said otherwise."""

    started: int
    ended: int
    exported: int  # taken by the receiver
    dropped_queue_full: int
    dropped_send_failed: int  # after the last retry, refused, or ended after shutdown
    dropped_too_large: int
    rejected: int  # by the receiver in partial successes; counted here and not in `exported`
    batches: int  # requests that the receiver took
    retries: int
    sent_bytes: int  # bodies after compression, of requests that the receiver took
    encoded_bytes: int  # the same before compression
    truncated_values: int
    dropped_attributes: int
    dropped_events: int
    dropped_links: int
    queued: int  # waiting now
    slots: int  # room in the queue
