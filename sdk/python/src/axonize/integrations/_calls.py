"""Spans of calls of a client library: one answer, or a stream of them."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any

from axonize._core import LLMSpan, current_variable
from axonize.integrations._wrapping import Patches, failed


class Current:
    """Within ``with``: a span is current, without being ended at the end."""

    __slots__ = ("_before", "_span")

    def __init__(self, span: Any) -> None:
        self._span = span

    def __enter__(self) -> None:
        self._before = current_variable.get(None)
        current_variable.set(self._span)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        current_variable.set(self._before)


class Call:
    """One call. What the library's objects mean is defined by subclasses, whose exceptions end here.

    Attributes:
        library: Name for warnings.
        span: Started, and ended once by whatever comes first: the answer, an error, the end of the stream.

    """

    library = ""

    def __init__(self, span: LLMSpan) -> None:
        self.span = span.start()
        # What on_item sets when the last item that matters was there; a stream may be left after that.
        self.is_complete = False
        self._is_open = True
        self._began = self._last = time.monotonic_ns()

    # For subclasses.

    def on_answer(self, answer: Any) -> Any:
        """Read the answer and end the span, or return a stream in its place that will."""
        self.end()
        return answer

    def on_item(self, item: Any) -> None:
        """Read one item of a stream."""

    def on_error(self, error: BaseException) -> None:
        """Read what an error of the library says."""

    def on_end(self) -> None:
        """Set what is known only when a stream is over; called however it ends."""

    # For wrappers and streams.

    def answered(self, answer: Any) -> Any:
        """Take what the call returned; returns what its caller gets."""
        try:
            return self.on_answer(answer)
        except Exception as error:
            failed(self.library, error)
            self.end()
            return answer

    def item(self, item: Any) -> None:
        """Take an item of a stream."""
        self._last = time.monotonic_ns()
        try:
            self.on_item(item)
        except Exception as error:
            failed(self.library, error)

    def fail(self, error: BaseException) -> None:
        """End the span with an error."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self.on_error(error)
            self.on_end()
        except Exception as problem:
            failed(self.library, problem)
        self.span.__exit__(type(error), error, error.__traceback__)

    def end(self, time: int | None = None) -> None:
        """End the span, now or at a time in nanoseconds since 1970."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self.on_end()
        except Exception as problem:
            failed(self.library, problem)
        self.span.end(time)

    def leave(self, outcome: str) -> None:
        """End the span of a stream that was not read to its end: "closed" or "abandoned"."""
        if not self._is_open:
            return
        if not self.is_complete:
            self.span.set_attribute("axonize.llm.stream.outcome", outcome)
        start = self.span.start_time
        # The garbage collector comes late; an abandoned stream ended when it was last read.
        self.end(None if outcome == "closed" or start is None else start + self._last - self._began)


# Makes the Call of a call; None: not to be traced. Gets the object, the positional and the named arguments.
Begin = Callable[[Any, tuple[Any, ...], dict[str, Any]], Call | None]


def begun(begin: Begin, library: str, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    """What `begin` makes; None when it fails."""
    try:
        return begin(owner, args, kwargs)
    except Exception as error:
        failed(library, error)
        return None


def around(patches: Patches, library: str, begin: Begin) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A wrapper of a method, for ``Patches.wrap``."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            call = begun(begin, library, self, args, kwargs) if patches.is_active else None
            if call is None:
                return original(self, *args, **kwargs)
            try:
                with Current(call.span):
                    answer = original(self, *args, **kwargs)
            except BaseException as error:
                call.fail(error)
                raise
            return call.answered(answer)

        return wrapper

    return make


def around_async(patches: Patches, library: str, begin: Begin) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A wrapper of a coroutine method, for ``Patches.wrap``."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            call = begun(begin, library, self, args, kwargs) if patches.is_active else None
            if call is None:
                return await original(self, *args, **kwargs)
            try:
                with Current(call.span):
                    answer = await original(self, *args, **kwargs)
            except BaseException as error:
                call.fail(error)
                raise
            return call.answered(answer)

        return wrapper

    return make


class Stream:
    """An iterator whose items a call sees."""

    def __init__(self, call: Call, inner: Iterator[Any]) -> None:
        self._call = call
        self._inner = inner

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Any:
        call = self._call
        try:
            with Current(call.span):
                item = next(self._inner)
        except StopIteration:
            call.end()
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.item(item)
        return item

    def close(self) -> None:
        """Close the iterator inside."""
        try:
            close = getattr(self._inner, "close", None)
            if close is not None:
                close()
        finally:
            self._call.leave("closed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        self._call.leave("abandoned")


class AsyncStream:
    """An asynchronous iterator whose items a call sees."""

    def __init__(self, call: Call, inner: AsyncIterator[Any]) -> None:
        self._call = call
        self._inner = inner

    def __aiter__(self) -> "AsyncStream":
        return self

    async def __anext__(self) -> Any:
        call = self._call
        try:
            with Current(call.span):
                item = await anext(self._inner)
        except StopAsyncIteration:
            call.end()
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.item(item)
        return item

    async def aclose(self) -> None:
        """Close the iterator inside."""
        try:
            close = getattr(self._inner, "aclose", None)
            if close is not None:
                await close()
        finally:
            self._call.leave("closed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        self._call.leave("abandoned")
