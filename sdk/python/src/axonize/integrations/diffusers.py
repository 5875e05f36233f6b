"""Diffusers' pipelines: a span of each call, one of each denoising step, and one of what follows the last.

Installed by ``axonize.instrument("diffusers")``. Steps come through the pipeline's ``callback_on_step_end``, before the
caller's own. Pipelines without that argument get the span of the call alone.
"""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any, cast

from axonize import _spans
from axonize._core import Span, current_variable
from axonize.integrations._calls import Call, begun
from axonize.integrations._devices import gpus_of, name_of
from axonize.integrations._messages import number, text
from axonize.integrations._wrapping import Patches, failed, own, require

_call: ContextVar["_Generation | None"] = ContextVar("axonize_diffusers", default=None)


def install(patches: Patches) -> None:
    """Wrap ``__call__`` of every class of pipelines, as soon as there is one of it."""
    base = require(import_module("diffusers.pipelines.pipeline_utils"), "DiffusionPipeline")
    version = str(getattr(import_module("diffusers"), "__version__", ""))
    tracer = _spans.tracer("axonize.diffusers", version)
    wrapped: set[type] = set()

    def wrap_class(kind: Any) -> None:
        owner = next((item for item in kind.__mro__ if callable(own(item, "__call__"))), None)
        if owner is None or owner in wrapped or owner is base:
            return
        wrapped.add(owner)
        patches.wrap(owner, "__call__", functools.partial(_around, patches, tracer))

    def seen(original: Callable[..., Any]) -> Callable[..., Any]:
        def register_modules(self: Any, **modules: Any) -> Any:
            if patches.is_active:
                try:
                    wrap_class(type(self))
                except Exception as error:
                    failed("diffusers", error)
            return original(self, **modules)

        return register_modules

    def started(original: Callable[..., Any]) -> Callable[..., Any]:
        def progress_bar(self: Any, *args: Any, **kwargs: Any) -> Any:
            call = _call.get()
            if patches.is_active and call is not None and call.pipeline is self:
                # Pipelines make their bar right before the first step.
                call.step()
            return original(self, *args, **kwargs)

        return progress_bar

    require(base, "register_modules")
    require(base, "progress_bar")
    patches.wrap(base, "register_modules", seen)
    patches.wrap(base, "progress_bar", started)
    waiting: list[Any] = [base]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        wrap_class(found)


def _around(patches: Patches, tracer: _spans.Tracer, original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)
    takes_callback = "callback_on_step_end" in signature.parameters

    def begin(pipeline: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Call:
        bound = signature.bind_partial(pipeline, *args, **given)
        bound.apply_defaults()
        call = _Generation(pipeline, tracer, bound.arguments)
        # An argument given by place stays there; nobody gives a callback so.
        if takes_callback and (bound.arguments.get("callback_on_step_end") is None or "callback_on_step_end" in given):
            given["callback_on_step_end"] = call.callback(given.get("callback_on_step_end"))
        return call

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = begun(begin, "diffusers", self, args, kwargs) if patches.is_active else None
        if not isinstance(call, _Generation):
            return original(self, *args, **kwargs)
        before = current_variable.get(None)
        token = _call.set(call)
        current_variable.set(call.span)
        try:
            answer = original(self, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            _call.reset(token)
            current_variable.set(before)
        return call.answered(answer)

    return wrapper


class _Generation(Call):
    library = "diffusers"

    def __init__(self, pipeline: Any, tracer: _spans.Tracer, given: dict[str, Any]) -> None:
        self.pipeline = pipeline
        self._tracer = tracer
        self._step: Span | None = None
        self._count = 0
        kind = type(pipeline).__name__
        model = name_of(getattr(pipeline, "name_or_path", None), kind)
        choices = number(given.get("num_images_per_prompt"))
        attributes = {
            "gen_ai.output.type": "image",
            "gen_ai.request.choice.count": choices if choices != 1 else None,
            "axonize.diffusion.pipeline": kind,
            "axonize.diffusion.scheduler": type(getattr(pipeline, "scheduler", None)).__name__,
            "axonize.diffusion.steps": number(given.get("num_inference_steps")),
            "axonize.diffusion.guidance_scale": number(given.get("guidance_scale")),
            "axonize.diffusion.height": number(given.get("height")),
            "axonize.diffusion.width": number(given.get("width")),
        }
        super().__init__(
            tracer.llm_span(
                f"generate_content {model}",
                model=model,
                provider="diffusers",
                operation="generate_content",
                kind="internal",
                attributes={key: value for key, value in attributes.items() if value is not None},
            )
        )
        gpus = gpus_of([getattr(pipeline, "device", "cpu")])
        if gpus:
            self.span.set_gpus(gpus)
        prompt = given.get("prompt")
        if text(prompt) or isinstance(prompt, (list, tuple)):
            self.span.set_prompt(prompt)

    def callback(self, theirs: Any) -> Any:
        """What the pipeline is to call after each step; it calls `theirs`."""
        if theirs is None:

            def ours(pipeline: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> Any:
                self.step_ended(index, timestep)
                return tensors

            return ours
        if hasattr(theirs, "tensor_inputs"):
            # A callback object, whose class the pipeline looks at: its method is wrapped for this call.
            return _observed(theirs, self)

        def both(pipeline: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> Any:
            self.step_ended(index, timestep)
            return theirs(pipeline, index, timestep, tensors)

        return both

    def step(self) -> None:
        """Begin a step."""
        try:
            if self._step is None:
                self._step = self._tracer.span("denoising step", parent=self.span).start()
                current_variable.set(self._step)
        except Exception as error:
            failed("diffusers", error)

    def step_ended(self, index: Any, timestep: Any) -> None:
        """End a step and begin the next."""
        try:
            # A pipeline that makes no bar: its first step began with the call.
            step = (
                self._step
                or self._tracer.span("denoising step", parent=self.span, start_time=self.span.start_time).start()
            )
            self._step = None
            self._count += 1
            step.set_attribute("axonize.diffusion.step.index", int(index))
            step.set_attribute("axonize.diffusion.step.timestep", float(timestep))
            step.end()
            current_variable.set(self.span)
            self.step()
        except Exception as error:
            failed("diffusers", error)

    def on_end(self) -> None:
        if self._step is not None:
            # What follows the last step is no step: images are made of what the steps made.
            self._step.update_name("decode")
            self._step.end()
            self._step = None
        self.span.set_attribute("axonize.diffusion.steps.done", self._count)

    def on_error(self, error: BaseException) -> None:
        if self._step is not None:
            self._step.__exit__(type(error), error, error.__traceback__)
            self._step = None

    def on_answer(self, answer: Any) -> Any:
        images = getattr(answer, "images", None)
        if images is not None:
            self.span.set_attribute("axonize.diffusion.images", len(images))
        self.end()
        return answer


def _observed(theirs: Any, call: _Generation) -> Any:
    """A copy of a callback object whose calls are seen."""
    import copy

    kind = cast(Any, type(theirs))

    def seen(self: Any, pipeline: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> Any:
        call.step_ended(index, timestep)
        return theirs(pipeline, index, timestep, tensors)

    observed = copy.copy(theirs)
    observed.__class__ = type(kind.__name__, (kind,), {"__call__": seen, "__module__": kind.__module__})
    return observed
