"""The decorator."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any, ParamSpec, TypeVar, cast, overload

from axonize import _content, _core
from axonize._core import Span, current_variable

P = ParamSpec("P")
R = TypeVar("R")


@overload
def trace(name: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def trace(
    name: str | None = None,
    *,
    kind: Any = "internal",
    attributes: Mapping[str, Any] | None = None,
    capture: bool = False,
    scope: int = 0,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def trace(
    name: Any = None,
    *,
    kind: Any = "internal",
    attributes: Mapping[str, Any] | None = None,
    capture: bool = False,
    scope: int = 0,
) -> Any:
    """Make every call of a function a span; for functions, coroutines, generators and async generators.

    The span of a generator lasts until the generator ends or is closed, and is current only while its body runs. An
    exception that leaves the function is recorded.

    Args:
        name: Name of the span. Default: the function's qualified name.
        kind: Kind of the span.
        attributes: Attributes of every span.
        capture: Record arguments and result ("input.value", "output.value"), if ``init(capture_content=True)``.
        scope: Number of a scope; tracers know theirs.

    """
    if callable(name):
        return trace()(cast(Callable[..., Any], name))

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        title = name or getattr(function, "__qualname__", None) or type(function).__name__

        def make() -> Span:
            return _core.span(title, kind, scope, attributes)

        wrapper = _wrapper_of(function, make, capture)
        return functools.wraps(function, updated=("__dict__",) if hasattr(function, "__dict__") else ())(wrapper)

    return decorate


def _wrapper_of(function: Callable[..., Any], make: Callable[[], Span], capture: bool) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):
        return _async_generator_of(function, make)
    if inspect.isgeneratorfunction(function):
        return _generator_of(function, make)
    if inspect.iscoroutinefunction(function):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with make() as span:
                if capture:
                    _capture_input(span, args, kwargs)
                result = await function(*args, **kwargs)
                if capture:
                    span.set_output(result)
                return result

        return coroutine

    if not capture:

        def plain(*args: Any, **kwargs: Any) -> Any:
            with make():
                return function(*args, **kwargs)

        return plain

    def capturing(*args: Any, **kwargs: Any) -> Any:
        with make() as span:
            _capture_input(span, args, kwargs)
            result = function(*args, **kwargs)
            span.set_output(result)
            return result

    return capturing


class _Place:
    """What is current inside a generator, while its consumer has something else current."""

    __slots__ = ("_inside", "_outside")

    def __init__(self, span: Span) -> None:
        self._inside: Any = span

    def __enter__(self) -> None:
        self._outside = current_variable.get(None)
        current_variable.set(self._inside)

    def __exit__(self, *_: object) -> None:
        self._inside = current_variable.get(None)
        current_variable.set(self._outside)


def _generator_of(function: Callable[..., Any], make: Callable[[], Span]) -> Callable[..., Any]:
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = make().start()
        place = _Place(span)
        stream = function(*args, **kwargs)
        try:
            with place:
                item = next(stream)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    with place:
                        stream.close()
                    raise
                except BaseException as error:
                    with place:
                        item = stream.throw(error)
                else:
                    with place:
                        item = next(stream) if sent is None else stream.send(sent)
        except StopIteration as stop:
            return stop.value
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        finally:
            span.end()

    return generator


def _async_generator_of(function: Callable[..., Any], make: Callable[[], Span]) -> Callable[..., Any]:
    async def generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = make().start()
        place = _Place(span)
        stream = function(*args, **kwargs)
        try:
            with place:
                item = await anext(stream)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    with place:
                        await stream.aclose()
                    raise
                except BaseException as error:
                    with place:
                        item = await stream.athrow(error)
                else:
                    with place:
                        item = await stream.asend(sent)
        except StopAsyncIteration:
            return
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        finally:
            span.end()

    return generator


def _capture_input(span: Span, args: Any, kwargs: Any) -> None:
    if _content.is_captured():
        span.set_input({"args": args, "kwargs": kwargs} if kwargs else list(args))
