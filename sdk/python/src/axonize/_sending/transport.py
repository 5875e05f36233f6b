"""What a transport is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Reply:
    """The answer to one attempt."""

    # Of HTTP, from 100 on; over gRPC 200 for OK, else its code, below 100.
    status: int
    # Seconds that the receiver asks to wait before the next attempt; None when it does not say.
    retry_after: float | None
    # An encoded Export…ServiceResponse, at most 64 KiB of it.
    body: bytes
    # Bytes of the request's body as it was sent.
    sent_bytes: int
    # No answer: gRPC was asked for, and the receiver speaks no HTTP/2.
    is_foreign: bool = False


class Transport(Protocol):
    """Carries encoded requests to one receiver; one thread uses it."""

    def send(self, body: bytes) -> Reply:
        """Make one attempt; raises OSError (TimeoutError included) when there is no answer."""
        ...

    def close(self) -> None:
        """Close connections; the next ``send`` opens new ones."""
        ...


# A receiver may not silence its clients for longer than this, in seconds.
RETRY_AFTER_MAX = 300.0
# OTLP: these mean "try again" (https://opentelemetry.io/docs/specs/otlp/#failures-1), of HTTP and of gRPC: CANCELLED,
# DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
_RETRYABLE = frozenset({429, 502, 503, 504, 1, 4, 10, 11, 14, 15})
_RESOURCE_EXHAUSTED = 8
# https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
_GRPC_NAMES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip


def is_retryable(reply: Reply) -> bool:
    """Whether the request is to be sent again; RESOURCE_EXHAUSTED only where the receiver says after which time."""
    return reply.status in _RETRYABLE or (reply.status == _RESOURCE_EXHAUSTED and reply.retry_after is not None)


def remedy_of(status: int, key_origin: str | None, has_proxy: bool) -> str:
    """What to do about a refusal, to follow what is said of it; empty where nobody knows."""
    if status == 407:
        return "; the proxy asks for a name and password, as in http://name:password@host:port"
    # gRPC's UNAUTHENTICATED and PERMISSION_DENIED are 401 and 403.
    if status not in (401, 403, 16, 7):
        return ""
    or_proxy = "; or the proxy refuses" if has_proxy else ""
    if key_origin is None:
        return f"; no API key was sent: set AXONIZE_API_KEY or init(api_key=){or_proxy}"
    reasons = "is it revoked, of another server, or not allowed to ingest?"
    return f"; it does not accept the key of {key_origin}: {reasons}{or_proxy}"


def describe(status: int) -> str:
    """A status as people know it."""
    if status >= 100:
        return f"HTTP {status}"
    return f"gRPC {_GRPC_NAMES[status]}" if status < len(_GRPC_NAMES) else f"gRPC {status}"
