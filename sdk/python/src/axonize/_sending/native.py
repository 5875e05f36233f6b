"""Requests that the native core sends: metrics over gRPC without TLS."""

from axonize import _core
from axonize._sending.transport import Reply
from axonize._settings import CoreSettings

_TAKEN = 0


class NativeTransport:
    """A connection of the core's own; a request holds no lock of the interpreter."""

    def __init__(self, settings: CoreSettings) -> None:
        self._settings = settings
        self._sender: object | None = None

    def send(self, body: bytes) -> Reply:
        """Make one attempt."""
        if self._sender is None:
            self._sender = _core.open_sender(self._settings)
        has_answer, verdict, status, pause, error, is_foreign, content, size = _core.send_with(self._sender, body)
        if not has_answer:
            if is_foreign:
                raise ConnectionError("the receiver does not speak gRPC")
            raise OSError(error, _text_of(error))
        return Reply(200 if verdict == _TAKEN else status, pause / 1e9 if pause else None, content, size)

    def close(self) -> None:
        """Close the connection."""
        self._sender = None


def _text_of(error: int) -> str:
    import os

    return os.strerror(error) if error else "no answer"
