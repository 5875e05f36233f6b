"""Transformers' ``generate``: an LLM span of each call, with the time of every token.

Installed by ``axonize.instrument("transformers")``. Times come through a streamer, around the one that the caller gave
if there is one. Where ``generate`` takes none (beam search and the like) usage is recorded, and no times.
"""

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from axonize import _spans
from axonize._core import LLMSpan
from axonize.integrations._calls import Call, around
from axonize.integrations._devices import devices_of, gpus_of, name_of
from axonize.integrations._messages import items_of, number, texts
from axonize.integrations._wrapping import Patches, Unfit, failed, require

# generate() of a draft model within generate() is part of the outer one.
_inside: ContextVar[bool] = ContextVar("axonize_transformers", default=False)


def install(patches: Patches) -> None:
    """Wrap ``GenerationMixin.generate``, which models inherit."""
    owner = require(import_module("transformers.generation.utils"), "GenerationMixin")
    names = list(inspect.signature(require(owner, "generate")).parameters)
    if names[:3] != ["self", "inputs", "generation_config"] or "streamer" not in names or names[-1] != "kwargs":
        raise Unfit(f"GenerationMixin.generate has another signature: {names}")
    version = str(getattr(import_module("transformers"), "__version__", ""))
    tracer = _spans.tracer("axonize.transformers", version)

    def begin(model: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Call:
        named = {**dict(zip(names[1:], args, strict=False)), **given}
        call = _Generation(_Settings(model, named).span(tracer), _Settings(model, named))
        if "streamer" in given or len(args) < names.index("streamer"):
            if call.settings.takes_streamer:
                given["streamer"] = _Streamer(call, given.get("streamer"))
            elif given.get("streamer") is None:
                call.span.set_attribute("axonize.llm.token_times", False)
        return call

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        traced = around(patches, "transformers", begin)(original)

        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            if _inside.get():
                return original(self, *args, **kwargs)
            token = _inside.set(True)
            try:
                return traced(self, *args, **kwargs)
            finally:
                _inside.reset(token)

        return wrapper

    patches.wrap(owner, "generate", make)


class _Settings:
    """The arguments of a call over the settings of the model."""

    def __init__(self, model: Any, named: dict[str, Any]) -> None:
        self.model = model
        self.named = named
        self._config = named.get("generation_config")
        self._default = getattr(model, "generation_config", None)

    def get(self, name: str) -> Any:
        """A setting: as named in the call, of the configuration given there, or of the model's."""
        for value in (self.named.get(name), getattr(self._config, name, None), getattr(self._default, name, None)):
            if value is not None:
                return value
        return None

    @property
    def takes_streamer(self) -> bool:
        """Whether ``generate`` hands out tokens one after the other with these settings."""
        return (
            (self.get("num_beams") or 1) == 1
            and not self.get("penalty_alpha")
            and not any(self.get(name) for name in ("constraints", "force_words_ids", "dola_layers"))
            and self.named.get("custom_generate") is None
            and self.get("cache_implementation") != "paged"
        )

    @property
    def prompt(self) -> Any:
        """The tensor that the model was asked with: ids of tokens, or embeddings; None for other inputs."""
        for name in ("inputs", "input_ids", "inputs_embeds"):
            value = self.named.get(name)
            if hasattr(value, "shape"):
                return value
        return None

    @property
    def output_start(self) -> int:
        """Where in the sequences that come out the new tokens begin, as far as the arguments tell."""
        if getattr(self.model.config, "is_encoder_decoder", False):
            given: Any = self.named.get("decoder_input_ids")
            return int(given.shape[-1]) if hasattr(given, "shape") else 1
        prompt = self.prompt
        return int(prompt.shape[-1]) if prompt is not None and prompt.dim() == 2 else 0

    @property
    def input_tokens(self) -> int | None:
        """The tokens that came in, without padding where the mask is known."""
        mask: Any = self.named.get("attention_mask")
        if hasattr(mask, "sum"):
            return int(mask.sum())
        prompt = self.prompt
        if prompt is None:
            return None
        return int(prompt.numel() if prompt.dim() < 3 else prompt.shape[0] * prompt.shape[1])

    @property
    def limit(self) -> int | None:
        """The greatest number of new tokens of one sequence."""
        new = number(self.get("max_new_tokens"))
        if new is None and (length := number(self.get("max_length"))) is not None:
            new = length - self.output_start
        return None if new is None else int(new)

    def span(self, tracer: _spans.Tracer) -> LLMSpan:
        """The span of the call, started."""
        model = name_of(getattr(self.model.config, "_name_or_path", None), type(self.model).__name__)
        is_sampled = bool(self.get("do_sample"))
        choices, beams = number(self.get("num_return_sequences")), number(self.get("num_beams"))
        span = tracer.llm_span(
            f"text_completion {model}",
            model=model,
            provider="transformers",
            operation="text_completion",
            kind="internal",
            temperature=number(self.get("temperature")) if is_sampled else None,
            top_p=number(self.get("top_p")) if is_sampled else None,
            top_k=number(self.get("top_k")) if is_sampled else None,
            max_tokens=number(self.get("max_new_tokens")),
            stop_sequences=texts(self.get("stop_strings")),
            stream=True if self.named.get("streamer") is not None else None,
            attributes={
                key: value
                for key, value in (
                    ("gen_ai.request.choice.count", choices),
                    ("axonize.llm.num_beams", beams),
                )
                if value not in (None, 1)
            },
        ).start()
        gpus = gpus_of(devices_of(self.model))
        if gpus:
            span.set_gpus(gpus)
        return span


class _Generation(Call):
    library = "transformers"

    def __init__(self, span: LLMSpan, settings: _Settings) -> None:
        super().__init__(span)
        self.settings = settings
        self.output_start: int | None = None

    def on_answer(self, answer: Any) -> Any:
        sequences = getattr(answer, "sequences", answer)
        settings = self.settings
        start = settings.output_start if self.output_start is None else self.output_start
        count, reasons = 0, list[str]()
        rows = sequences[:, start:].tolist()
        # Sequences that other criteria ended are filled up to the longest.
        padding = settings.get("pad_token_id") if len(rows) > 1 else None
        for row in rows:
            length, reason = self._ended(row, padding)
            count += length
            reasons.append(reason)
        self.span.set_usage(input_tokens=settings.input_tokens, output_tokens=count)
        self.span.set_response(finish_reasons=reasons)
        self.end()
        return answer

    def _ended(self, row: list[int], padding: Any) -> tuple[int, str]:
        """How many tokens a sequence has, the one that ends it included, and why it ended."""
        ends = self.settings.get("eos_token_id")
        ends = {ends} if isinstance(ends, int) else set(items_of(ends))
        for index, token in enumerate(row):
            if token in ends:
                return index + 1, "stop"
        length = len(row)
        while length and padding is not None and row[length - 1] == padding:
            length -= 1
        limit = self.settings.limit
        return length, "stop" if limit is not None and length < limit else "length"


class _Streamer:
    """Notes when tokens come, and hands them on to the caller's streamer."""

    def __init__(self, call: _Generation, inner: Any) -> None:
        self._call = call
        self._inner = inner
        self._has_prompt = False

    def put(self, value: Any) -> None:
        """Take the prompt, then the new tokens of each step."""
        try:
            if self._has_prompt:
                self._call.span.record_token(int(value.numel()))
            else:
                self._has_prompt = True
                self._call.output_start = int(value.shape[-1])
        except Exception as error:
            failed("transformers", error)
        if self._inner is not None:
            self._inner.put(value)

    def end(self) -> None:
        """Take the end."""
        if self._inner is not None:
            self._inner.end()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
