"""Traces across threads."""

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures import ThreadPoolExecutor as _ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from axonize import _core
from axonize._core import current_variable
from axonize._propagation import baggage_variable

P = ParamSpec("P")
R = TypeVar("R")


def propagate(function: Callable[P, R]) -> Callable[P, R]:
    """A function that runs, in whichever thread, with what is current here and now as current.

    Any number of threads may run it at the same time. Only the span and the baggage are taken along, not the other
    context variables: ``contextvars.copy_context().run`` takes all of them, and then this is not needed.
    """
    current = _core.current()
    members = baggage_variable.get()

    @functools.wraps(function, updated=())
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        before = current_variable.get(None)
        before_members = baggage_variable.get()
        current_variable.set(current)
        baggage_variable.set(members)
        try:
            return function(*args, **kwargs)
        finally:
            current_variable.set(before)
            baggage_variable.set(before_members)

    return run


class PropagatingExecutor(Executor):
    """Any executor of threads, so that what it runs has the submitter's span as parent."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """As of the executor inside."""
        return self._executor.submit(propagate(fn), *args, **kwargs)

    def map(
        self, fn: Callable[..., R], *iterables: Any, timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[R]:
        """As of the executor inside."""
        return self._executor.map(propagate(fn), *iterables, timeout=timeout, chunksize=chunksize)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of the executor inside."""
        self._executor.shutdown(wait=wait, cancel_futures=cancel_futures)


class ThreadPoolExecutor(_ThreadPoolExecutor):
    """``concurrent.futures.ThreadPoolExecutor`` whose work has the submitter's span as parent."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Schedule a call."""
        return super().submit(propagate(fn), *args, **kwargs)
