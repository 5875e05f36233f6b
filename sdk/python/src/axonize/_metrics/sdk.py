"""Metrics of the SDK itself."""

from collections.abc import Mapping
from typing import Any

from axonize._metrics import encoder
from axonize._metrics.llm import llm_metrics

_DROPS = {
    "dropped_queue_full": "queue_full",
    "dropped_send_failed": "send_failed",
    "dropped_too_large": "too_large",
    "rejected": "rejected",
}


def sdk_metrics(stats: Mapping[str, Any], start: int, now: int) -> list[bytes]:
    """``axonize.sdk.*`` of the counters of ``axonize.stats()``."""

    def total(name: str, unit: str, description: str, value: int) -> bytes:
        return encoder.metric(name, unit, description, encoder.total([((), value)], start, now))

    drops = [((("reason", reason),), stats[key]) for key, reason in _DROPS.items()]
    return [
        total("axonize.sdk.span.started", "{span}", "Recording spans started", stats["started"]),
        total("axonize.sdk.span.ended", "{span}", "Recording spans ended", stats["ended"]),
        total("axonize.sdk.span.exported", "{span}", "Spans the receiver took", stats["exported"]),
        encoder.metric("axonize.sdk.span.dropped", "{span}", "Spans lost, by reason", encoder.total(drops, start, now)),
        total("axonize.sdk.export.requests", "{request}", "Requests the receiver took", stats["batches"]),
        total("axonize.sdk.export.retries", "{request}", "Requests tried again", stats["retries"]),
        total("axonize.sdk.export.bytes", "By", "Bytes of bodies sent", stats["sent_bytes"]),
        total("axonize.sdk.llm.lost", "{record}", "LLM operations missing in metrics", llm_metrics.lost),
        encoder.metric(
            "axonize.sdk.queue.size", "{span}", "Spans waiting", encoder.gauge([((), stats["queued"])], now)
        ),
        encoder.metric(
            "axonize.sdk.queue.capacity", "{span}", "Spans that may wait", encoder.gauge([((), stats["slots"])], now)
        ),
    ]
