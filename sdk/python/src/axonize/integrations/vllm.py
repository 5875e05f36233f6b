"""vLLM used offline: a span of each call of ``LLM.generate`` or ``LLM.chat``, with an LLM span for each request in it.

Installed by ``axonize.instrument("vllm")``. vLLM as a server has spans of its own (``--otlp-traces-endpoint``), which
need nothing of this: see ``docs/sdk/integrations.md``.
"""

import inspect
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from importlib import import_module
from typing import Any, NamedTuple

from axonize import _spans
from axonize._core import LLMSpan, Span
from axonize.integrations._calls import Current
from axonize.integrations._devices import name_of
from axonize.integrations._messages import content, items_of, number, text, texts
from axonize.integrations._wrapping import Patches, Unfit, failed, require

# chat() of many versions calls generate().
_inside: ContextVar[bool] = ContextVar("axonize_vllm", default=False)


def install(patches: Patches) -> None:
    """Wrap the methods of ``vllm.LLM``."""
    owner = require(import_module("vllm.entrypoints.llm"), "LLM")
    names = list(inspect.signature(require(owner, "generate")).parameters)
    if names[:3] != ["self", "prompts", "sampling_params"]:
        raise Unfit(f"LLM.generate has another signature: {names}")
    version = str(getattr(import_module("vllm"), "__version__", ""))
    tracer = _spans.tracer("axonize.vllm", version)
    patches.wrap(owner, "generate", _around(patches, tracer, "text_completion"))
    if hasattr(owner, "chat"):
        patches.wrap(owner, "chat", _around(patches, tracer, "chat"))


def _around(
    patches: Patches, tracer: _spans.Tracer, operation: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not patches.is_active or _inside.get():
                return original(self, *args, **kwargs)
            batch = _begun(self, tracer, operation, args, kwargs)
            if batch is None:
                return original(self, *args, **kwargs)
            token = _inside.set(True)
            try:
                with Current(batch.span):
                    outputs = original(self, *args, **kwargs)
            except BaseException as error:
                batch.span.__exit__(type(error), error, error.__traceback__)
                raise
            finally:
                _inside.reset(token)
            try:
                batch.answered(outputs)
            except Exception as error:
                failed("vllm", error)
                # Does nothing where it has ended already.
                batch.span.end()
            return outputs

        return wrapper

    return make


def _begun(
    llm: Any, tracer: _spans.Tracer, operation: str, args: tuple[Any, ...], given: dict[str, Any]
) -> "_Batch | None":
    try:
        params = args[1] if len(args) > 1 else given.get("sampling_params")
        messages = args[0] if args else given.get("messages")
        return _Batch(llm, tracer, operation, params, _conversations(messages) if operation == "chat" else ())
    except Exception as error:
        failed("vllm", error)
        return None


class _Batch:
    """One call, of one prompt or of thousands."""

    def __init__(
        self, llm: Any, tracer: _spans.Tracer, operation: str, params: Any, conversations: Sequence[Any]
    ) -> None:
        engine = getattr(llm, "llm_engine", None)
        config = getattr(llm, "model_config", None) or getattr(engine, "model_config", None)
        # Where no other name was given, this is the path too.
        named = text(getattr(config, "served_model_name", None)) or getattr(config, "model", None)
        self._model = name_of(named, type(llm).__name__)
        self._tracer = tracer
        self._operation = operation
        self._params = params
        self._conversations = conversations
        self._gpus = _gpus(engine)
        name = "chat" if operation == "chat" else "generate"
        # Tokens are told by the requests' spans alone, or they would count twice.
        self.span: Span = tracer.span(f"LLM.{name} {self._model}").start()
        self.span.set_attribute("gen_ai.request.model", self._model)
        if self._gpus:
            self.span.set_gpus(self._gpus)

    def answered(self, outputs: Any) -> None:
        """End the call's span and make those of its requests."""
        requests = items_of(outputs)
        self.span.set_attribute("axonize.vllm.requests", len(requests))
        # First, so that it does not last as long as the making of thousands of others.
        self.span.end()
        params = items_of(self._params)
        for index, output in enumerate(requests):
            given = params[index] if index < len(params) else None if params else self._params
            messages = self._conversations[index] if index < len(self._conversations) else None
            self._request(output, given, messages)

    def _request(self, output: Any, params: Any, messages: Any) -> None:
        start = self.span.start_time
        times = _times(getattr(output, "metrics", None))
        choices, seed = number(getattr(params, "n", None)), number(getattr(params, "seed", None))
        span = self._tracer.llm_span(
            f"{self._operation} {self._model}",
            model=self._model,
            provider="vllm",
            operation=self._operation,
            kind="internal",
            temperature=number(getattr(params, "temperature", None)),
            top_p=number(getattr(params, "top_p", None)),
            top_k=top_k if (top_k := number(getattr(params, "top_k", None)) or 0) > 0 else None,
            max_tokens=number(getattr(params, "max_tokens", None)),
            seed=seed,
            stop_sequences=texts(getattr(params, "stop", None)),
            frequency_penalty=number(getattr(params, "frequency_penalty", None)) or None,
            presence_penalty=number(getattr(params, "presence_penalty", None)) or None,
            attributes={"gen_ai.request.choice.count": choices} if choices not in (None, 1) else None,
            parent=self.span,
            start_time=start if times is None else times.arrival,
        ).start()
        answers = items_of(output.outputs)
        lengths = [len(answer.token_ids) for answer in answers]
        if self._gpus:
            span.set_gpus(self._gpus)
        span.set_usage(
            input_tokens=None if output.prompt_token_ids is None else len(output.prompt_token_ids),
            output_tokens=sum(lengths),
            cached_tokens=getattr(output, "num_cached_tokens", None),
            cache_creation_tokens=getattr(output, "num_cache_creation_tokens", None),
        )
        span.set_response(
            model=self._model,
            id=str(output.request_id),
            finish_reasons=[str(answer.finish_reason) for answer in answers if answer.finish_reason] or None,
        )
        # Of a chat the output has the text that the template made of the messages.
        prompt = output.prompt if messages is None else messages
        if prompt is not None:
            span.set_prompt(prompt)
        span.set_completion(
            [{"role": "assistant", "content": answer.text, "finish_reason": answer.finish_reason} for answer in answers]
        )
        if times is None:
            # LLM(disable_log_stats=False) makes vLLM keep times; without, only those of the whole call are known.
            span.set_attribute("axonize.llm.token_times", False)
            span.end(self.span.end_time)
        else:
            times.set_on(span, times.tokens or max(lengths, default=0))
            span.end(times.end_within(self.span.end_time))


class _Times(NamedTuple):
    """Of one request, and where it asked for several answers of the one that ended last.

    Nanoseconds since 1970, the number of its tokens, then seconds; None where unknown.
    """

    arrival: int
    end: int
    tokens: int | None
    first_token: float
    queue: float | None
    prefill: float | None
    decode: float

    def end_within(self, call_end: int | None) -> int:
        """The end, but none after that of the call.

        vLLM tells no time of the end. The one here counts the way of the first token from the engine to this process,
        which may take longer than that of the last one, after which the call returned.
        """
        return self.end if call_end is None or call_end < self.arrival else min(self.end, call_end)

    def set_on(self, span: LLMSpan, tokens: int) -> None:
        """Record them by the names that vLLM's own spans have, and by those of the conventions."""
        span.set_attribute("gen_ai.response.time_to_first_chunk", self.first_token)
        if tokens > 1:
            span.set_attribute("gen_ai.server.time_per_output_token", self.decode / (tokens - 1))
        if self.queue is not None:
            span.set_attribute("gen_ai.latency.time_in_queue", self.queue)
        if self.prefill is not None:
            span.set_attribute("gen_ai.latency.time_in_model_prefill", self.prefill)
        span.set_attribute("gen_ai.latency.time_in_model_decode", self.decode)


def _times(metrics: Any) -> _Times | None:
    """The times of a request; None when vLLM kept none."""
    arrival = number(getattr(metrics, "arrival_time", None))
    if not arrival:
        return None
    began = round(arrival * 1e9)
    first_at = number(getattr(metrics, "first_token_time", None))
    if first_at:
        # RequestMetrics of the first engine: the clock on the wall.
        last = number(getattr(metrics, "last_token_time", None)) or first_at
        ended = number(getattr(metrics, "finished_time", None)) or last
        queue = number(getattr(metrics, "time_in_queue", None))
        prefill = None if queue is None else first_at - arrival - queue
        return _Times(began, round(ended * 1e9), None, first_at - arrival, queue, prefill, last - first_at)
    # RequestStateStats of the second: arrival on the wall, the rest on the engine's monotonic clock.
    first = number(getattr(metrics, "first_token_ts", None))
    last = number(getattr(metrics, "last_token_ts", None))
    latency = number(getattr(metrics, "first_token_latency", None))
    if not first or not last or latency is None:
        return None
    queued, scheduled = number(getattr(metrics, "queued_ts", None)), number(getattr(metrics, "scheduled_ts", None))
    return _Times(
        began,
        began + round((latency + last - first) * 1e9),
        number(getattr(metrics, "num_generation_tokens", None)),
        latency,
        scheduled - queued if scheduled and queued else None,
        first - scheduled if scheduled else None,
        last - first,
    )


def _conversations(messages: Any) -> Sequence[Any]:
    """What ``LLM.chat`` was given as a list of conversations."""
    many = items_of(messages)
    return many if many and items_of(many[0]) else [content(messages)]


def _gpus(engine: Any) -> list[str]:
    """The GPUs of the engine: the first ones that the process sees, as many as its parallel ranks."""
    config = getattr(engine, "vllm_config", None) or engine
    if getattr(getattr(config, "device_config", None), "device_type", None) != "cuda":
        return []
    ranks = number(getattr(getattr(config, "parallel_config", None), "world_size", None)) or 1
    return [f"cuda:{index}" for index in range(int(ranks))]
