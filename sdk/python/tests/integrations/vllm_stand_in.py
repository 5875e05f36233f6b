"""A stand-in for vLLM, which is too large for every run of the tests; test_vllm_real.py has vLLM itself.

The classes have the names, fields and signatures that they have in vLLM's repository (vllm/entrypoints/llm.py,
vllm/outputs.py, vllm/v1/metrics/stats.py); what they compute is made up. Here are older shapes and GPUs too.
"""

import time
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any


@dataclass
class RequestStateStats:
    num_generation_tokens: int = 0
    num_preemptions: int = 0
    arrival_time: float = 0.0
    queued_ts: float = 0.0
    scheduled_ts: float = 0.0
    first_token_ts: float = 0.0
    last_token_ts: float = 0.0
    first_token_latency: float = 0.0
    is_corrupted: bool = False


@dataclass
class RequestMetrics:
    """Of the first engine, which later versions have no more."""

    arrival_time: float
    last_token_time: float
    first_scheduled_time: float | None
    first_token_time: float | None
    time_in_queue: float | None
    finished_time: float | None = None


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None = None
    logprobs: Any = None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class SamplingParams:
    n: int = 1
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = 16


class RequestOutput:
    def __init__(
        self,
        request_id: str,
        prompt: str | None,
        prompt_token_ids: list[int] | None,
        prompt_logprobs: Any,
        outputs: list[CompletionOutput],
        finished: bool,
        metrics: Any = None,
        lora_request: Any = None,
        encoder_prompt: str | None = None,
        encoder_prompt_token_ids: list[int] | None = None,
        num_cached_tokens: int | None = None,
        num_cache_creation_tokens: int | None = None,
    ) -> None:
        self.request_id = request_id
        self.prompt = prompt
        self.prompt_token_ids = prompt_token_ids
        self.prompt_logprobs = prompt_logprobs
        self.outputs = outputs
        self.finished = finished
        self.metrics = metrics
        self.num_cached_tokens = num_cached_tokens
        self.num_cache_creation_tokens = num_cache_creation_tokens


@dataclass
class _Config:
    model: str
    served_model_name: str | None = None


@dataclass
class _Parallel:
    world_size: int = 1


@dataclass
class _Engine:
    model_config: _Config
    vllm_config: Any = field(default=None)


class LLM:
    def __init__(self, model: str, *, tensor_parallel_size: int = 1, disable_log_stats: bool = True) -> None:
        config = _Config(model)
        self.model_config = config
        self.llm_engine = _Engine(
            config,
            SimpleNamespace(
                parallel_config=_Parallel(tensor_parallel_size),
                device_config=SimpleNamespace(device_type="cuda"),
            ),
        )
        self.metrics: Any = None if disable_log_stats else self._stats
        self.counter = 0

    @staticmethod
    def _stats() -> RequestStateStats:
        # Queued for 0.1 s, 0.2 s of prefill, 4 s for eight more tokens; 0.05 s before the engine got it.
        return RequestStateStats(9, 0, time.time() - 10, 100.0, 100.1, 100.3, 104.3, 0.35)

    def generate(
        self,
        prompts: Any,
        sampling_params: Any = None,
        *,
        use_tqdm: Any = True,
        lora_request: Any = None,
        priority: list[int] | None = None,
        tokenization_kwargs: dict[str, Any] | None = None,
        mm_processor_kwargs: dict[str, Any] | None = None,
    ) -> list[RequestOutput]:
        found = []
        for prompt in [prompts] if isinstance(prompts, (str, dict)) else prompts:
            if prompt == "":
                raise ValueError("The decoder prompt cannot be empty")
            text = prompt if isinstance(prompt, str) else prompt["prompt"]
            count = sampling_params.n if isinstance(sampling_params, SamplingParams) else 1
            answers = [
                CompletionOutput(index, "because " * 3, list(range(9)), finish_reason="length")
                for index in range(count)
            ]
            metrics = None if self.metrics is None else self.metrics()
            found.append(
                RequestOutput(
                    str(self.counter),
                    text,
                    list(range(5)),
                    None,
                    answers,
                    True,
                    metrics,
                    num_cached_tokens=4,
                    num_cache_creation_tokens=1,
                )
            )
            self.counter += 1
        return found

    def chat(self, messages: Any, sampling_params: Any = None, use_tqdm: Any = True, **_: Any) -> list[RequestOutput]:
        many = messages if isinstance(messages[0], list) else [messages]
        # What the template of a model makes of the messages.
        texts = ["".join(f"<{message['role']}>{message['content']}" for message in item) for item in many]
        return self.generate([{"prompt": text} for text in texts], sampling_params, use_tqdm=use_tqdm)


def modules() -> dict[str, ModuleType]:
    package, entrypoints, llm = (ModuleType(name) for name in ("vllm", "vllm.entrypoints", "vllm.entrypoints.llm"))
    package.__version__ = "0.13.0"  # type: ignore[attr-defined]
    package.LLM = llm.LLM = LLM  # type: ignore[attr-defined]
    package.SamplingParams = SamplingParams  # type: ignore[attr-defined]
    for module in (package, entrypoints, llm):
        module.__spec__ = SimpleNamespace(_initializing=False, name=module.__name__)  # type: ignore[assignment]
    return {module.__name__: module for module in (package, entrypoints, llm)}
