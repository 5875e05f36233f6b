"""vLLM itself, on the CPU, with a tiny model: what its hook records against what vLLM returned.

`make test-vllm` installs vLLM and runs this. See test_vllm.py for what needs no vLLM.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import axonize
from axonize.testing import RecordedSpan, Recorder, record
from tests.integrations import vllm_model
from tests.receiver import Receiver

if find_spec("vllm") is None:
    pytest.skip("vLLM is not installed; `make test-vllm` runs this", allow_module_level=True)

# vLLM and what it loads warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")
IN_PROCESS = "VLLM_ENABLE_V1_MULTIPROCESSING"
PROGRAM = """
import json, sys
import axonize

axonize.init()
axonize.instrument("vllm")

from vllm import LLM, SamplingParams

if __name__ == "__main__":
    llm = LLM(sys.argv[1], disable_log_stats=False, enforce_eager=True, dtype="float32", max_model_len=512)
    outputs = llm.generate(["w1", "w2 w3"], SamplingParams(max_tokens=9))
    client = type(llm.llm_engine.engine_core).__name__
    with open(sys.argv[2], "w") as file:
        json.dump([client, [output.metrics.first_token_latency for output in outputs]], file)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vllm_model.make(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="module")
def make_llm(folder: Path) -> Iterator[Any]:
    """Engines in this process, one for each set of options."""
    # Else each takes half a minute to start.
    os.environ[IN_PROCESS] = "0"
    import vllm

    made: dict[str, Any] = {}

    def make(**options: Any) -> Any:
        key = repr(options)
        if key not in made:
            made[key] = vllm.LLM(
                str(folder), enforce_eager=True, dtype="float32", max_model_len=vllm_model.LENGTH_MAX, **options
            )
        return made[key]

    yield make
    del os.environ[IN_PROCESS]


@pytest.fixture
def llm(make_llm: Any) -> Any:
    return make_llm(disable_log_stats=False)


@pytest.fixture
def recorded() -> Iterator[Recorder]:
    """Spans with the system's clock, which is vLLM's too."""
    with record(capture_content=True) as recorder:
        assert axonize.instrument("vllm") == ["vllm"]
        yield recorder


def params(**given: Any) -> Any:
    import vllm

    return vllm.SamplingParams(**given)


def check_times(span: RecordedSpan, metrics: Any, call: RecordedSpan) -> None:
    """A span's times against those that vLLM kept."""
    found = span.attributes
    decode = metrics.last_token_ts - metrics.first_token_ts
    assert metrics.arrival_time > 0
    assert span.start_time == round(metrics.arrival_time * 1e9)
    assert call.start_time <= span.start_time < span.end_time <= call.end_time
    assert span.duration <= metrics.first_token_latency + decode + 1e-6
    assert found["gen_ai.response.time_to_first_chunk"] == metrics.first_token_latency > 0
    assert found["gen_ai.latency.time_in_queue"] == metrics.scheduled_ts - metrics.queued_ts >= 0
    assert found["gen_ai.latency.time_in_model_prefill"] == metrics.first_token_ts - metrics.scheduled_ts > 0
    assert found["gen_ai.latency.time_in_model_decode"] == decode
    if metrics.num_generation_tokens > 1:
        per_token = decode / (metrics.num_generation_tokens - 1)
        assert found["gen_ai.server.time_per_output_token"] == pytest.approx(per_token)
    else:
        assert "gen_ai.server.time_per_output_token" not in found
    assert "axonize.llm.token_times" not in found


def test_generate(llm: Any, recorded: Recorder) -> None:
    import vllm

    asked = params(
        max_tokens=8, temperature=0.5, top_p=0.9, top_k=7, seed=3, frequency_penalty=0.5, stop=["none"], ignore_eos=True
    )
    with axonize.span("outer") as outer:
        (output,) = llm.generate("w1 w2 w3", asked, use_tqdm=False)
    call = recorded.one("LLM.generate tiny-llama")
    assert (call.kind, call.status, call.parent_span_id) == ("internal", "unset", outer.span_id_hex)
    assert (call.scope, call.scope_version) == ("axonize.vllm", vllm.__version__)
    assert call.attributes == {"gen_ai.request.model": "tiny-llama", "axonize.vllm.requests": 1}
    span = recorded.one("text_completion tiny-llama")
    assert (span.kind, span.status, span.parent_span_id) == ("internal", "unset", call.span_id)
    check_times(span, output.metrics, call)
    found = span.attributes
    (asked_message,) = json.loads(found.pop("gen_ai.input.messages"))
    (answer,) = json.loads(found.pop("gen_ai.output.messages"))
    assert asked_message == {"role": "user", "parts": [{"type": "text", "content": "w1 w2 w3"}]}
    assert answer["parts"] == [{"type": "text", "content": output.outputs[0].text}]
    assert answer["finish_reason"] == "length"
    times = [name for name in found if "latency" in name or "time" in name]
    assert len(times) == 5
    assert {name: value for name, value in found.items() if name not in times} == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": "tiny-llama",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 7,
        "gen_ai.request.max_tokens": 8,
        "gen_ai.request.seed": 3,
        "gen_ai.request.frequency_penalty": 0.5,
        "gen_ai.request.stop_sequences": ["none"],
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 8,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.response.model": "tiny-llama",
        "gen_ai.response.id": output.request_id,
        "gen_ai.response.finish_reasons": ["length"],
    }


def test_the_answers_stay_what_they_were(llm: Any, recorded: Recorder) -> None:
    asked = params(max_tokens=20, temperature=0)
    traced = llm.generate(["w1 w2", "w9"], asked, use_tqdm=False)
    axonize.uninstrument("vllm")
    plain = llm.generate(["w1 w2", "w9"], asked, use_tqdm=False)
    assert [item.outputs[0].token_ids for item in traced] == [item.outputs[0].token_ids for item in plain]
    assert len(recorded.named("LLM.generate tiny-llama")) == 1


def test_a_batch(llm: Any, recorded: Recorder) -> None:
    prompts = ["w1 w2 w3", {"prompt_token_ids": [5, 6, 7, 8]}, *(f"w{number}" for number in range(30))]
    lengths = [1, 4, *range(2, 32)]
    asked = [params(max_tokens=length, ignore_eos=True) for length in lengths]
    outputs = llm.generate(prompts, asked, use_tqdm=False)
    call = recorded.one("LLM.generate tiny-llama")
    assert call.attributes["axonize.vllm.requests"] == 32
    spans = recorded.named("text_completion tiny-llama")
    assert len({span.span_id for span in spans}) == 32
    for span, output, length in zip(spans, outputs, lengths, strict=True):
        assert span.parent_span_id == call.span_id
        assert span.attributes["gen_ai.response.id"] == output.request_id
        assert span.attributes["gen_ai.request.max_tokens"] == length
        assert span.attributes["gen_ai.usage.input_tokens"] == len(output.prompt_token_ids)
        assert span.attributes["gen_ai.usage.output_tokens"] == length
        check_times(span, output.metrics, call)
    # Numbers have no text.
    assert "gen_ai.input.messages" not in spans[1].attributes


def test_several_answers(llm: Any, recorded: Recorder) -> None:
    (output,) = llm.generate("w1 w2 w3", params(n=3, max_tokens=12, ignore_eos=True), use_tqdm=False)
    span = recorded.one("text_completion tiny-llama")
    assert span.attributes["gen_ai.request.choice.count"] == 3
    assert span.attributes["gen_ai.usage.input_tokens"] == 3
    assert span.attributes["gen_ai.usage.output_tokens"] == 36
    assert span.attributes["gen_ai.response.finish_reasons"] == ["length"] * 3
    assert len(json.loads(span.attributes["gen_ai.output.messages"])) == 3
    # The times are those of one answer, so they count its tokens.
    assert output.metrics.num_generation_tokens == 12
    check_times(span, output.metrics, recorded.one("LLM.generate tiny-llama"))


def test_finish_reasons(llm: Any, recorded: Recorder) -> None:
    (free,) = llm.generate("w1 w2", params(max_tokens=4, temperature=0), use_tqdm=False)
    stop = free.outputs[0].token_ids[2]
    (output,) = llm.generate("w1 w2", params(max_tokens=9, temperature=0, stop_token_ids=[stop]), use_tqdm=False)
    reasons = [
        span.attributes["gen_ai.response.finish_reasons"] for span in recorded.named("text_completion tiny-llama")
    ]
    assert reasons == [["length"], ["stop"]]
    assert reasons[1] == [output.outputs[0].finish_reason]


def test_the_cache_of_prompts(llm: Any, recorded: Recorder) -> None:
    text = vllm_model.prompt(300, first=100)
    for _ in range(2):
        llm.generate(text, params(max_tokens=2), use_tqdm=False)
    found = [span.attributes for span in recorded.named("text_completion tiny-llama")]
    blocks = 300 // vllm_model.BLOCK * vllm_model.BLOCK
    assert [item["gen_ai.usage.input_tokens"] for item in found] == [300, 300]
    assert [item["gen_ai.usage.cache_read.input_tokens"] for item in found] == [0, blocks]
    assert [item["gen_ai.usage.cache_creation.input_tokens"] for item in found] == [blocks, 0]


def test_chat(llm: Any, recorded: Recorder) -> None:
    talk = [{"role": "system", "content": "w1 w2"}, {"role": "user", "content": "w3"}]
    outputs = llm.chat([talk, talk[1:]], params(max_tokens=5, temperature=0), use_tqdm=False)
    # One span of the call, whether chat() calls generate() or not.
    assert recorded.names() == ["LLM.chat tiny-llama", "chat tiny-llama", "chat tiny-llama"]
    call = recorded.one("LLM.chat tiny-llama")
    for span, output, messages in zip(recorded.named("chat tiny-llama"), outputs, (talk, talk[1:]), strict=True):
        assert span.attributes["gen_ai.operation.name"] == "chat"
        assert span.attributes["gen_ai.usage.input_tokens"] == len(output.prompt_token_ids)
        # What was said, not what the model's template made of it.
        found = json.loads(span.attributes["gen_ai.input.messages"])
        assert found == [
            {"role": item["role"], "parts": [{"type": "text", "content": item["content"]}]} for item in messages
        ]
        check_times(span, output.metrics, call)


def test_without_times(make_llm: Any, recorded: Recorder) -> None:
    llm = make_llm(disable_log_stats=True, served_model_name="ours")
    (output,) = llm.generate("w1 w2", params(max_tokens=3, ignore_eos=True), use_tqdm=False)
    assert output.metrics is None
    call, span = recorded.one("LLM.generate ours"), recorded.one("text_completion ours")
    assert (span.start_time, span.end_time) == (call.start_time, call.end_time)
    assert span.attributes["axonize.llm.token_times"] is False
    assert span.attributes["gen_ai.usage.output_tokens"] == 3
    assert not [name for name in span.attributes if "latency" in name or name.endswith("first_chunk")]


@pytest.mark.parametrize(
    ("prompts", "given", "said"),
    [
        (["w1", "w2"], [{}], "must be the same"),
        ("w1", {"logprobs": 10_000}, "logprobs"),
        (vllm_model.prompt(vllm_model.LENGTH_MAX + 1), {}, "maximum context length"),
    ],
    ids=["too few parameters", "a bad parameter", "a prompt too long"],
)
def test_error(llm: Any, recorded: Recorder, prompts: Any, given: Any, said: str) -> None:
    asked = [params(**item) for item in given] if isinstance(given, list) else params(**given)
    # A ValueError in some versions, an exception of vLLM's own in others.
    with pytest.raises(Exception, match=said) as raised:
        llm.generate(prompts, asked, use_tqdm=False)
    assert recorded.names() == ["LLM.generate tiny-llama"]
    span = recorded.one("LLM.generate tiny-llama")
    kind = type(raised.value)
    assert (span.status, span.attributes["error.type"]) == ("error", f"{kind.__module__}.{kind.__qualname__}")


def test_no_requests(llm: Any, recorded: Recorder) -> None:
    assert llm.generate([], use_tqdm=False) == []
    assert recorded.one("LLM.generate tiny-llama").attributes["axonize.vllm.requests"] == 0
    assert len(recorded) == 1


def test_engine_in_its_own_process(folder: Path, tmp_path: Path) -> None:
    """As the example: hooked before vLLM is imported, by a program that vLLM's processes import again."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    receiver = Receiver()
    try:
        done = subprocess.run(
            [sys.executable, str(program), str(folder), str(tmp_path / "told.json")],
            env={
                **{name: value for name, value in os.environ.items() if name != IN_PROCESS},
                "AXONIZE_ENDPOINT": f"http://127.0.0.1:{receiver.port}",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        process, first_tokens = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
        assert sorted(receiver.names) == ["LLM.generate tiny-llama", *["text_completion tiny-llama"] * 2]
        found = [
            {item.key: item.value.double_value for item in span.attributes}["gen_ai.response.time_to_first_chunk"]
            for span in receiver.spans
            if span.name.startswith("text")
        ]
        assert found == first_tokens
        assert process == "SyncMPClient"
    finally:
        receiver.close()
