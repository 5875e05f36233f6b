"""The thread that takes batches from a core and sends them."""

import errno
import random
import socket
import threading
import time
from collections.abc import Callable

from axonize._sending.partial_success import partial_success
from axonize._sending.transport import Reply, Transport, is_retryable

UNREACHABLE, REFUSED, PARTIAL, COMPRESSION, FOREIGN = 1, 2, 4, 8, 32


class ExportThread:
    """Sends batches one after another, again where the receiver asks for it or cannot be reached."""

    def __init__(
        self,
        drain: Callable[[float], tuple[bytes, int] | None],
        settle: Callable[[int, int, int, int, int], object],
        transport: Transport,
        *,
        retries: int,
        backoff_first: float,
        backoff_last: float,
        note: Callable[[int, int, int, str], object],
    ) -> None:
        self._drain = drain
        self._settle = settle
        self._transport = transport
        self._retries = retries
        self._backoff_first = backoff_first
        self._backoff_last = backoff_last
        self._note = note
        self._ends = False
        self._hurries = threading.Event()
        self._thread = threading.Thread(target=self._run, name="axonize-export", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop_retrying(self) -> None:
        """From now on make one attempt with each batch and wait for nothing."""
        self._hurries.set()

    def stop(self) -> None:
        """Let the thread end after its present attempt."""
        self._hurries.set()
        self._ends = True

    def join(self, timeout: float) -> None:
        """Wait for the thread's end, at most `timeout` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._ends:
            batch = self._drain(0.25 if self._hurries.is_set() else 1.0)
            if batch is not None:
                self._send(*batch)
        self._transport.close()

    def _send(self, body: bytes, spans: int) -> None:
        attempt = 0
        while True:
            reply = self._attempt(body)
            if reply is not None and 200 <= reply.status < 300:
                rejected, message = partial_success(reply.body)
                rejected = min(rejected, spans)
                if rejected or message:
                    self._note(PARTIAL, reply.status, 0, "")
                self._settle(spans - rejected, 0, rejected, reply.sent_bytes, attempt)
                return
            if reply is not None and not is_retryable(reply):
                self._note(REFUSED, reply.status, 0, "")
                break
            if reply is not None:
                bit, status = (FOREIGN, 0) if reply.is_foreign else (UNREACHABLE, reply.status)
                self._note(bit, status, 0, "")
            if attempt >= self._retries or self._hurries.is_set():
                break
            self._pause(attempt, None if reply is None else reply.retry_after)
            attempt += 1
        self._settle(0, spans, 0, 0, attempt)

    def _attempt(self, body: bytes) -> Reply | None:
        try:
            return self._transport.send(body)
        except OSError as error:
            number = _number_of(error)
            self._note(UNREACHABLE, 0, number, "" if number else str(error.strerror or error))
        except Exception:
            # What a transport of somebody else raises must not end the thread.
            self._note(UNREACHABLE, 0, 0, "")
        return None

    def _pause(self, attempt: int, asked: float | None) -> None:
        if asked is None:
            # Full jitter: clients that failed together do not come back together.
            asked = random.uniform(0, min(self._backoff_last, self._backoff_first * 2 ** min(attempt, 30)))
        until = time.monotonic() + asked
        while not self._hurries.is_set() and (left := until - time.monotonic()) > 0:
            self._hurries.wait(min(left, 1.0))


def _number_of(error: OSError) -> int:
    """The number that the system has for an error; 0 for errors of TLS and others, whose numbers are their own."""
    if isinstance(error, TimeoutError):
        return errno.ETIMEDOUT
    if isinstance(error, socket.gaierror):
        return errno.EHOSTUNREACH
    return (error.errno or 0) if type(error).__module__ == "builtins" else 0
