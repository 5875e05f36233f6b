"""The hook of vLLM's offline LLM against a stand-in with its classes' shapes, which needs no vLLM.

test_vllm_real.py has the same of vLLM itself.
"""

import json
import sys
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder
from tests.integrations import vllm_stand_in as vllm


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in vllm.modules().items():
        monkeypatch.setitem(sys.modules, name, module)


def test_generate(spans: Recorder) -> None:
    llm = vllm.LLM("/models/llama-3.1-8b", tensor_parallel_size=2, disable_log_stats=False)
    assert axonize.instrument("vllm") == ["vllm"]
    params = vllm.SamplingParams(temperature=0.5, top_p=0.9, top_k=40, seed=7, stop=["\n"], max_tokens=9)
    with axonize.span("outer") as outer:
        outputs = llm.generate(["Why?", "How?"], params)
    assert [output.request_id for output in outputs] == ["0", "1"]
    whole = spans.one("LLM.generate llama-3.1-8b")
    assert (whole.kind, whole.scope, whole.scope_version) == ("internal", "axonize.vllm", "0.13.0")
    assert whole.parent_span_id == outer.span_id_hex
    gpus = {"gpu.0.resource_uuid": "cuda:0", "gpu.1.resource_uuid": "cuda:1"}
    # No tokens here: they would count twice.
    assert whole.attributes == {"gen_ai.request.model": "llama-3.1-8b", "axonize.vllm.requests": 2, **gpus}
    first, second = spans.named("text_completion llama-3.1-8b")
    assert {first.parent_span_id, second.parent_span_id} == {whole.span_id}
    assert first.attributes == {
        **gpus,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": "llama-3.1-8b",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["\n"],
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 1,
        "gen_ai.response.model": "llama-3.1-8b",
        "gen_ai.response.id": "0",
        "gen_ai.response.finish_reasons": ["length"],
        "gen_ai.response.time_to_first_chunk": 0.35,
        "gen_ai.server.time_per_output_token": pytest.approx(4.0 / 8),
        "gen_ai.latency.time_in_queue": pytest.approx(0.1),
        "gen_ai.latency.time_in_model_prefill": pytest.approx(0.2),
        "gen_ai.latency.time_in_model_decode": pytest.approx(4.0),
    }
    assert first.start_time == round(outputs[0].metrics.arrival_time * 1e9)
    assert first.duration == pytest.approx(0.35 + 4)


def test_times_of_the_first_engine(spans: Recorder) -> None:
    llm = vllm.LLM("m", disable_log_stats=False)
    llm.metrics = lambda: vllm.RequestMetrics(1000.0, 1003.0, 1000.25, 1001.0, 0.25, 1003.5)
    axonize.instrument("vllm")
    llm.generate("Why?")
    span = spans.one("text_completion m")
    assert (span.start_time, span.end_time) == (1000_000_000_000, 1003_500_000_000)
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 1.0
    assert span.attributes["gen_ai.server.time_per_output_token"] == 2 / 8
    assert span.attributes["gen_ai.latency.time_in_queue"] == 0.25
    assert span.attributes["gen_ai.latency.time_in_model_prefill"] == 0.75


def test_times_of_several_answers(spans: Recorder) -> None:
    llm = vllm.LLM("m", disable_log_stats=False)
    axonize.instrument("vllm")
    llm.generate("Why?", vllm.SamplingParams(n=3))
    span = spans.one("text_completion m")
    assert span.attributes["gen_ai.usage.output_tokens"] == 27
    # The times are those of one answer of nine tokens.
    assert span.attributes["gen_ai.server.time_per_output_token"] == pytest.approx(4.0 / 8)
    # The first engine does not say of how many.
    llm.metrics = lambda: vllm.RequestMetrics(1000.0, 1003.0, 1000.25, 1001.0, 0.25, 1003.5)
    llm.generate("Why?", vllm.SamplingParams(n=3))
    assert spans.named("text_completion m")[1].attributes["gen_ai.server.time_per_output_token"] == 2 / 8


def test_no_request_ends_after_the_call(spans: Recorder) -> None:
    llm = vllm.LLM("m", disable_log_stats=False)
    axonize.instrument("vllm")
    # It arrived a second ago; the times add up to four and a third.
    began = spans.clock.time / 1e9 - 1
    llm.metrics = lambda: vllm.RequestStateStats(9, 0, began, 100.0, 100.1, 100.3, 104.3, 0.35)
    llm.generate("Why?")
    span = spans.one("text_completion m")
    assert span.end_time == spans.one("LLM.generate m").end_time == spans.clock.time
    assert span.start_time == round(began * 1e9)


def test_the_name_that_the_model_was_given(spans: Recorder) -> None:
    llm = vllm.LLM("/models/llama-3.1-8b")
    llm.model_config.served_model_name = "ours"
    axonize.instrument("vllm")
    llm.generate("Why?")
    assert spans.names() == ["LLM.generate ours", "text_completion ours"]


def test_without_times(spans: Recorder) -> None:
    axonize.instrument("vllm")
    vllm.LLM("m").generate("Why?")
    span = spans.one("text_completion m")
    assert span.start_time == spans.one("LLM.generate m").start_time
    assert span.attributes["axonize.llm.token_times"] is False
    assert "gen_ai.response.time_to_first_chunk" not in span.attributes


def test_chat_is_one_call(content_spans: Recorder) -> None:
    axonize.instrument("vllm")
    llm = vllm.LLM("m")
    llm.chat([{"role": "system", "content": "Answer."}, {"role": "user", "content": "Why?"}], vllm.SamplingParams(n=2))
    assert content_spans.names() == ["LLM.chat m", "chat m"]
    found = content_spans.one("chat m").attributes
    assert found["gen_ai.usage.output_tokens"] == 18
    assert found["gen_ai.request.choice.count"] == 2
    # The messages, not what the model's template made of them.
    messages = json.loads(found["gen_ai.input.messages"])
    assert [(message["role"], message["parts"][0]["content"]) for message in messages] == [
        ("system", "Answer."),
        ("user", "Why?"),
    ]
    assert len(json.loads(found["gen_ai.output.messages"])) == 2


def test_chat_of_many(content_spans: Recorder) -> None:
    axonize.instrument("vllm")
    vllm.LLM("m").chat(messages=[[{"role": "user", "content": text}] for text in ("Why?", "How?")])
    found = [span.attributes["gen_ai.input.messages"] for span in content_spans.named("chat m")]
    assert [json.loads(text)[0]["parts"][0]["content"] for text in found] == ["Why?", "How?"]


def test_params_of_each_prompt(spans: Recorder) -> None:
    axonize.instrument("vllm")
    params = [vllm.SamplingParams(max_tokens=1), vllm.SamplingParams(max_tokens=2)]
    vllm.LLM("m").generate(["a", "b"], params)
    found = [span.attributes["gen_ai.request.max_tokens"] for span in spans.named("text_completion m")]
    assert found == [1, 2]


def test_error(spans: Recorder) -> None:
    axonize.instrument("vllm")
    with pytest.raises(ValueError, match="cannot be empty"):
        vllm.LLM("m").generate("")
    span = spans.one("LLM.generate m")
    assert (span.status, span.attributes["error.type"]) == ("error", "ValueError")


def test_no_content_unless_asked(spans: Recorder) -> None:
    axonize.instrument("vllm")
    vllm.LLM("m").generate("Why?")
    assert "Why?" not in str(spans.spans)
    assert "because" not in str(spans.spans)


def test_another_signature_is_left_alone(spans: Recorder, warnings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm.LLM, "generate", lambda self, requests: requests)
    assert axonize.instrument("vllm") == []
    assert "another signature" in warnings()[0]
    assert vllm.LLM("m").generate(1) == 1  # type: ignore[comparison-overlap]
    assert not len(spans)
