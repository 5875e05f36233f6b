"""Spans of a PyTorch model's forward passes.

::

    from axonize.integrations.torch import trace_module

    traced = trace_module(model, name="ranker")     # every call of model(...) is a span
    traced.remove()
"""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from axonize import _spans
from axonize._core import Span
from axonize.integrations._devices import devices_of, gpus_of
from axonize.integrations._wrapping import failed

_local = threading.local()


class TracedModule:
    """What ``trace_module`` added to a model; ``remove`` takes it away. Also a context manager that removes."""

    def __init__(self, handles: list[Any]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Trace the model no more."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def __enter__(self) -> "TracedModule":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def trace_module(
    model: Any,
    name: str | None = None,
    *,
    submodules: Iterable[str] | Callable[[str, Any], bool] = (),
    attributes: Mapping[str, Any] | None = None,
) -> TracedModule:
    """Make every call of a ``torch.nn.Module`` a span, through its forward hooks.

    The span names the GPUs of the model's parameters and the shapes of the first tensor that comes in and goes out.
    CUDA computes later than Python calls: without a synchronisation of your own the span covers what the call took
    on the CPU. For a model compiled with ``torch.compile``, trace the compiled one.

    Args:
        model: The module.
        name: Name of the span. Default: the name of the model's class.
        submodules: Which modules inside get spans too, as children: their names as ``named_modules`` gives them, or a
            function of name and module.
        attributes: Attributes of every span of the model itself.

    Returns:
        What ends the tracing.

    Raises:
        TypeError: `model` is not a module.
        ValueError: `submodules` names one that the model has not.

    """
    if not callable(getattr(model, "register_forward_pre_hook", None)):
        raise TypeError(f"a torch.nn.Module is needed, not {type(model).__name__}")
    inside = dict(model.named_modules())
    chosen: dict[str, Any] = {}
    if callable(submodules):
        chosen = {path: module for path, module in inside.items() if path and submodules(path, module)}
    else:
        for path in submodules:
            if not path or path not in inside:
                raise ValueError(f"{type(model).__name__} has no module {path!r}")
            chosen[path] = inside[path]
    title = name or type(model).__name__
    handles: list[Any] = []
    for path, module in {"": model, **chosen}.items():
        hooks = _Hooks(f"{title}.{path}" if path else title, None if path else dict(attributes or {}))
        handles.append(module.register_forward_pre_hook(hooks.before, with_kwargs=True))
        # Called after an exception too, though without a result.
        handles.append(module.register_forward_hook(hooks.after, with_kwargs=True, always_call=True))
    return TracedModule(handles)


class _Hooks:
    """The hooks of one module. They can be copied and pickled with it."""

    def __init__(self, name: str, attributes: dict[str, Any] | None) -> None:
        # By name, because the number of a scope is another one in another process.
        self._tracer = _spans.tracer("axonize.torch", str(getattr(sys.modules.get("torch"), "__version__", "")))
        self._name = name
        self._attributes = attributes

    def __reduce__(self) -> Any:
        return (_Hooks, (self._name, self._attributes))

    def before(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Start a span."""
        try:
            frame = sys._getframe(1)
            _forget_interrupted(frame)
            span = self._tracer.span(self._name, attributes=self._attributes)
            span.__enter__()
            _calls().append(_Running(self, frame, id(sys.exc_info()[1]), span))
            if not span.is_recording():
                return
            span.set_attribute("axonize.torch.module", type(module).__qualname__)
            gpus = gpus_of(devices_of(module))
            if gpus:
                span.set_gpus(gpus)
            _set_tensor(span, "input", (*args, *kwargs.values()))
        except Exception as error:
            failed("torch", error)

    def after(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """End the span that was started for the same call."""
        try:
            calls = _calls()
            if not calls or calls[-1].hooks is not self:
                return
            call = calls.pop()
            span, error = call.span, sys.exc_info()[1]
            # The model may be called while an exception is handled, which is none of this call.
            if error is None or result is not None or id(error) == call.handled:
                _set_tensor(span, "output", (result,))
                span.__exit__(None, None, None)
            else:
                span.__exit__(type(error), error, error.__traceback__)
        except Exception as error:
            failed("torch", error)


class _Running(NamedTuple):
    """A call that runs: its caller's frame, and the id of the exception that was handled when it began."""

    hooks: _Hooks
    frame: Any
    handled: int
    span: Span


def _calls() -> list[_Running]:
    """The calls of traced modules that run on this thread."""
    calls: list[_Running] | None = getattr(_local, "calls", None)
    if calls is None:
        calls = _local.calls = []
    return calls


def _forget_interrupted(frame: Any) -> None:
    """End spans of calls that ended without their hook: torch does not call it for KeyboardInterrupt."""
    calls = _calls()
    if not calls:
        return
    running: set[Any] = set()
    while frame is not None:
        running.add(frame)
        frame = frame.f_back
    while calls and calls[-1].frame not in running:
        calls.pop().span.__exit__(None, None, None)


def _set_tensor(span: Span, side: str, values: Iterable[Any]) -> None:
    tensor = next((found for value in values if (found := _tensor(value)) is not None), None)
    if tensor is not None:
        span.set_attribute(f"axonize.torch.{side}.shape", [int(size) for size in tensor.shape])
        span.set_attribute(f"axonize.torch.{side}.dtype", str(tensor.dtype).removeprefix("torch."))


def _tensor(value: Any) -> Any:
    """The first tensor of a value: itself, or in a list, a tuple or a mapping."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return value
    items: Iterable[Any] = ()
    if isinstance(value, Mapping):
        items = value.values()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    elif isinstance(value, (list, tuple)):
        items = value  # pyright: ignore[reportUnknownVariableType]
    return next((found for item in items if (found := _tensor(item)) is not None), None)  # pyright: ignore
