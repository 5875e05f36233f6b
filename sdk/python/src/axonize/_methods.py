"""Methods of spans that are the same over both cores; installed on the cores' types."""

from collections.abc import Iterable, Sequence
from typing import Any

from axonize import _content
from axonize._identity import SpanContext
from axonize._warn import warn_once


def get_span_context(self: Any) -> SpanContext:
    """The identity of the span, immutable; what to keep for links and other threads."""
    return SpanContext(self.trace_id, self.span_id, 1 if self.is_sampled else 0, self.trace_state, False)


def set_gpus(self: Any, gpus: Sequence[str | int] | str | int) -> None:
    """Say which GPUs the span computes on.

    ``"cuda:0"`` or an index as CUDA counts in this process, a GPU's or MIG instance's UUID, or a torch.device. One GPU
    is recorded as ``hw.id`` (with ``hw.parent`` for a MIG instance), several as ``gpu.{i}.resource_uuid`` (with
    ``gpu.{i}.physical_uuid``). Without NVML, and for what it does not know, the name is recorded. Never raises.
    """
    if not self.is_recording():
        return
    # Here, so that a process without GPUs does not load ctypes.
    from axonize._gpu.resolve import resolve

    try:
        many = isinstance(gpus, Iterable) and not isinstance(gpus, str)
        found = [resolve(gpu) for gpu in (gpus if many else (gpus,))]  # type: ignore[union-attr]
    except Exception as error:
        warn_once("gpus", "the GPUs of a span are left out: %s", error)
        return
    if len(found) == 1:
        self.set_attribute("hw.id", found[0].uuid)
        self.set_attribute("hw.type", "gpu")
        if found[0].parent:
            self.set_attribute("hw.parent", found[0].parent)
        return
    for index, gpu in enumerate(found[:64]):
        self.set_attribute(f"gpu.{index}.resource_uuid", gpu.uuid)
        if gpu.parent:
            self.set_attribute(f"gpu.{index}.physical_uuid", gpu.parent)


def set_input(self: Any, value: Any) -> None:
    """Record what the span was given ("input.value"), if content is captured."""
    _set_text(self, "input.value", "input", value)


def set_output(self: Any, value: Any) -> None:
    """Record what the span returned ("output.value"), if content is captured."""
    _set_text(self, "output.value", "output", value)


def _set_text(span: Any, key: str, kind: str, value: Any) -> None:
    if span.is_recording() and _content.is_captured():
        text = _content.text_of(kind, value)
        if text is not None:
            span.set_attribute(key, text)


def set_prompt(self: Any, prompt: Any, system: str | None = None) -> None:
    """Record the prompt, if content is captured: a text, a message, or messages as the chat APIs have them."""
    if not self.is_recording() or not _content.is_captured():
        return
    try:
        messages = _content.messages_json("prompt", prompt, "user")
    except Exception as error:
        warn_once("prompt", "a prompt is left out: %s", error)
        messages = None
    if messages is not None:
        self.set_attribute("gen_ai.input.messages", messages)
    if system is not None and (instructions := _content.system_json(system)) is not None:
        self.set_attribute("gen_ai.system_instructions", instructions)


def set_completion(self: Any, completion: Any, finish_reason: str | None = None) -> None:
    """Record the completion, if content is captured; the finish reason is recorded either way."""
    if not self.is_recording():
        return
    if finish_reason is not None:
        self.set_attribute("gen_ai.response.finish_reasons", [str(finish_reason)])
    if not _content.is_captured():
        return
    try:
        messages = _content.messages_json("completion", completion, "assistant", finish_reason)
    except Exception as error:
        warn_once("completion", "a completion is left out: %s", error)
        messages = None
    if messages is not None:
        self.set_attribute("gen_ai.output.messages", messages)


def set_response(
    self: Any, model: str | None = None, id: str | None = None, finish_reasons: Sequence[str] | str | None = None
) -> None:
    """Set "gen_ai.response.model", ".id" and ".finish_reasons"."""
    if model is not None:
        self.set_attribute("gen_ai.response.model", model)
        labels = self.labels
        if hasattr(labels, "_replace"):
            self.labels = labels._replace(response_model=str(model))
    if id is not None:
        self.set_attribute("gen_ai.response.id", id)
    if finish_reasons is not None:
        reasons = [finish_reasons] if isinstance(finish_reasons, str) else [str(reason) for reason in finish_reasons]
        self.set_attribute("gen_ai.response.finish_reasons", reasons)


def install(types: tuple[Any, Any]) -> None:
    """Put the methods on the types of a core: span, LLM span."""
    span, llm_span = types
    own: dict[str, Any] = {
        "get_span_context": get_span_context,
        "set_gpus": set_gpus,
        "set_input": set_input,
        "set_output": set_output,
    }
    for name, method in own.items():
        setattr(span, name, method)
    for name, method in (
        ("set_prompt", set_prompt),
        ("set_completion", set_completion),
        ("set_response", set_response),
    ):
        setattr(llm_span, name, method)
