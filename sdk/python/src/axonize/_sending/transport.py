"""What a transport is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Reply:
    """The answer to one attempt."""

    # An HTTP status; transports over gRPC translate theirs.
    status: int
    # Seconds that the receiver asks to wait before the next attempt; None when it does not say.
    retry_after: float | None
    # An encoded Export…ServiceResponse, at most 64 KiB of it.
    body: bytes
    # Bytes of the request's body as it was sent.
    sent_bytes: int


class Transport(Protocol):
    """Carries encoded requests to one receiver; one thread uses it."""

    def send(self, body: bytes) -> Reply:
        """Make one attempt; raises OSError (TimeoutError included) when there is no answer."""
        ...

    def close(self) -> None:
        """Close connections; the next ``send`` opens new ones."""
        ...


# OTLP: these mean "try again" (https://opentelemetry.io/docs/specs/otlp/#failures-1).
RETRYABLE = frozenset({429, 502, 503, 504})
