"""The spans that wait to be sent."""

from collections import deque
from threading import Condition
from time import monotonic

from axonize._pure.runtime import Counter, runtime
from axonize._pure.span import Span

QUEUE_FULL = 16


class Queue:
    """Bounded in spans and in the bytes of large ones; producers never wait."""

    def __init__(self, slots: int, spill_bytes: int, batch_spans: int, interval: float) -> None:
        self.slots = slots
        self._spill_bytes = spill_bytes
        self._batch_spans = max(min(batch_spans, slots), 1)
        self._wake_at = max(min(self._batch_spans, slots // 4), 1)
        self._interval = interval
        self._spans: deque[Span] = deque()
        self._large = 0
        self._changed = Condition()
        self._dropped_full = Counter()
        self._dropped_late = Counter()
        self._taken = 0
        self._settled = 0
        self._flush_to = 0
        self._is_open = True

    def put(self, span: Span) -> None:
        """Queue an ended span, or count it as dropped."""
        spans = self._spans
        extra = span._extra
        waiting = len(spans)
        if extra is None and waiting < self._wake_at and self._is_open:
            # The usual case: what a queue that is not full has to look at.
            spans.append(span)
            return
        if not self._is_open:
            self._dropped_late.add()
            return
        if extra is not None and extra.size > 1024:
            if not self._reserve(extra.size):
                return
        elif waiting >= self.slots:
            self._dropped_full.add()
            runtime.warn(QUEUE_FULL)
            return
        spans.append(span)
        # At the first span beyond the mark, and now and then after it, in case the consumer was just going to sleep.
        if waiting == self._wake_at or waiting & 1023 == 0:
            self._wake()

    def _reserve(self, size: int) -> bool:
        with self._changed:
            if len(self._spans) >= self.slots or self._large + size > self._spill_bytes:
                self._dropped_full.add()
                runtime.warn(QUEUE_FULL)
                return False
            self._large += size
        return True

    def _wake(self) -> None:
        # A producer never waits: when the consumer holds the lock it is awake.
        if self._changed.acquire(blocking=False):
            try:
                self._changed.notify_all()
            finally:
                self._changed.release()

    def take(self, wait: float) -> list[Span]:
        """The next batch: full, or old enough, or asked for by a flush, or what there is after `wait` seconds."""
        end = monotonic() + max(wait, 0)
        first_seen: float | None = None
        with self._changed:
            while True:
                now = monotonic()
                waiting = len(self._spans)
                if waiting and first_seen is None:
                    first_seen = now
                due = end if first_seen is None else min(end, first_seen + self._interval)
                is_asked = waiting > 0 and self._flush_to > self._taken
                if waiting >= self._batch_spans or is_asked or now >= due or not self._is_open:
                    break
                # Spans come without a notification: the first of a batch is seen late by half an interval at most.
                limit = due - now if first_seen is not None else min(due - now, self._interval / 2)
                self._changed.wait(limit)
            batch: list[Span] = []
            while self._spans and len(batch) < self._batch_spans:
                span = self._spans.popleft()
                if span._extra is not None and span._extra.size > 1024:
                    self._large -= span._extra.size
                batch.append(span)
            self._taken += len(batch)
        return batch

    def give_back(self, spans: list[Span]) -> None:
        """Put spans that did not fit a request back to the front."""
        with self._changed:
            self._spans.extendleft(reversed(spans))
            self._large += sum(span._extra.size for span in spans if span._extra and span._extra.size > 1024)
            self._taken -= len(spans)

    def settle(self) -> None:
        """Note that everything taken so far was dealt with."""
        with self._changed:
            self._settled = self._taken
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until what is queued now was dealt with."""
        end = monotonic() + timeout
        with self._changed:
            target = self._taken + len(self._spans)
            self._flush_to = max(self._flush_to, target)
            self._changed.notify_all()
            while self._settled < target:
                left = end - monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 1.0))
        return True

    def close(self) -> None:
        """Take no more spans; what waits is lost and counted."""
        with self._changed:
            self._is_open = False
            lost = len(self._spans)
            self._spans.clear()
            self._taken += lost
            self._large = 0
            self._changed.notify_all()
        if lost:
            runtime.tally.add("send_failed", lost)

    @property
    def queued(self) -> int:
        """Spans that wait now."""
        return len(self._spans)

    @property
    def dropped_full(self) -> int:
        """Spans for which there was no room."""
        return self._dropped_full.value

    @property
    def dropped_late(self) -> int:
        """Spans that ended after the queue was closed."""
        return self._dropped_late.value

    @property
    def accepted(self) -> int:
        """Spans that were ever queued."""
        return self._taken + len(self._spans)
