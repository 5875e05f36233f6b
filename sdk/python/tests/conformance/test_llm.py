"""LLM spans: tokens, usage, figures, records."""

import pytest

from tests.conformance.harness import Harness, pairs

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND


def test_figures_of_tokens(harness: Harness) -> None:
    records = []
    harness.start(llm_sink=records.append)
    clock = harness.core.set_fixed_clock
    clock(BEGIN)
    with harness.core.llm_span("chat", attributes={"gen_ai.request.model": "m"}, labels="labels") as span:
        clock(BEGIN + SECOND // 2)
        span.record_token()
        for gap in range(1, 101):
            clock(BEGIN + SECOND // 2 + gap * 10_000_000)
            span.record_token()
        span.set_usage(input_tokens=7, cached_tokens=3, cache_creation_tokens=2, reasoning_tokens=1)
        clock(BEGIN + 2 * SECOND)
    found = harness.span()
    assert found.kind == 3
    attributes = pairs(found.attributes)
    p = {name: attributes.pop(f"axonize.llm.inter_token_latency.{name}") for name in ("p50", "p95", "p99", "max")}
    for value in p.values():
        assert value == pytest.approx(0.01, rel=1 / 32)
    assert p["max"] == 0.01
    assert attributes == {
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.cache_creation.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "gen_ai.usage.output_tokens": 101,
        "gen_ai.response.time_to_first_chunk": 0.5,
        "gen_ai.server.time_per_output_token": pytest.approx(0.01),
        "axonize.llm.tokens_per_second": pytest.approx(101 / 1.5),
    }
    assert records == [("labels", None, 2.0, 0.5, pytest.approx(0.01), 7, 101)]


def test_percentiles_of_uneven_gaps(harness: Harness) -> None:
    harness.start()
    clock = harness.core.set_fixed_clock
    now = BEGIN
    clock(now)
    with harness.core.llm_span("chat") as span:
        for gap in [1_000_000] * 90 + [50_000_000] * 9 + [900_000_000]:
            span.record_token()
            now += gap
            clock(now)
        span.record_token()
    attributes = pairs(harness.span().attributes)
    prefix = "axonize.llm.inter_token_latency."
    assert attributes[f"{prefix}p50"] == pytest.approx(0.001, rel=1 / 32)
    assert attributes[f"{prefix}p95"] == pytest.approx(0.05, rel=1 / 32)
    assert attributes[f"{prefix}p99"] == pytest.approx(0.05, rel=1 / 32)
    assert attributes[f"{prefix}max"] == 0.9


def test_usage_counts_before_what_was_recorded(harness: Harness) -> None:
    records = []
    harness.start(llm_sink=records.append)
    clock = harness.core.set_fixed_clock
    clock(BEGIN)
    with harness.core.llm_span("chat") as span:
        span.record_token(4)
        clock(BEGIN + SECOND)
        span.record_token(4)
        span.set_usage(input_tokens=1, output_tokens=11)
    attributes = pairs(harness.span().attributes)
    assert attributes["gen_ai.usage.output_tokens"] == 11
    assert attributes["gen_ai.server.time_per_output_token"] == pytest.approx(0.1)
    assert attributes["gen_ai.response.time_to_first_chunk"] == 0.0
    assert attributes["axonize.llm.tokens_per_second"] == pytest.approx(11)
    assert records == [(None, None, 1.0, 0.0, pytest.approx(0.1), 1, 11)]


def test_one_token(harness: Harness) -> None:
    harness.start()
    clock = harness.core.set_fixed_clock
    clock(BEGIN)
    with harness.core.llm_span("chat") as span:
        clock(BEGIN + SECOND)
        span.record_token()
    assert pairs(harness.span().attributes) == {
        "gen_ai.usage.output_tokens": 1,
        "gen_ai.response.time_to_first_chunk": 1.0,
        "axonize.llm.tokens_per_second": 1.0,
    }


def test_no_tokens(harness: Harness) -> None:
    records = []
    harness.start(llm_sink=records.append)
    with harness.core.llm_span("embed", "internal") as span:
        span.set_usage(input_tokens=5)
    found = harness.span()
    assert pairs(found.attributes) == {"gen_ai.usage.input_tokens": 5}
    assert found.kind == 1
    ((labels, error, duration, first, per_token, inputs, outputs),) = records
    assert (labels, error, first, per_token, inputs, outputs) == (None, None, None, None, 5, None)
    assert 0 <= duration < 10


def test_what_the_user_set_stays(harness: Harness) -> None:
    harness.start()
    with harness.core.llm_span("chat") as span:
        span.record_token()
        span.set_attribute("gen_ai.response.time_to_first_chunk", 42.0)
        span.set_attribute("gen_ai.usage.output_tokens", 9)
    attributes = pairs(harness.span().attributes)
    assert attributes["gen_ai.response.time_to_first_chunk"] == 42.0
    assert attributes["gen_ai.usage.output_tokens"] == 9


def test_errors_are_told_to_the_sink(harness: Harness) -> None:
    records = []
    harness.start(llm_sink=records.append)
    with pytest.raises(TimeoutError), harness.core.llm_span("chat"):
        raise TimeoutError("late")
    assert records[0][1] == "TimeoutError"
    assert pairs(harness.span().attributes) == {"error.type": "TimeoutError"}


def test_unsampled_spans_have_records(harness: Harness) -> None:
    records = []
    harness.start(sampler="always_off", llm_sink=records.append)
    with harness.core.llm_span("chat", labels=1) as span:
        span.record_token()
        span.record_token()
        span.set_usage(input_tokens=3)
    assert harness.spans() == []
    ((labels, error, _, first, per_token, inputs, outputs),) = records
    assert (labels, error, inputs, outputs) == (1, None, 3, 2)
    assert first is not None
    assert per_token is not None


def test_a_sink_that_fails(harness: Harness) -> None:
    def sink(_: object) -> None:
        raise RuntimeError("no")

    harness.start(llm_sink=sink)
    with harness.core.llm_span("chat"):
        pass
    assert harness.span().name == "chat"


def test_labels_can_be_replaced(harness: Harness) -> None:
    records = []
    harness.start(llm_sink=records.append)
    with harness.core.llm_span("chat", labels="old") as span:
        assert span.labels == "old"
        span.labels = "new"
    assert records[0][0] == "new"


def test_bad_numbers_are_left_out(harness: Harness) -> None:
    harness.start()
    with harness.core.llm_span("chat") as span:
        span.set_usage(input_tokens=-1, output_tokens="many")
        span.set_usage(cached_tokens=True)
    assert pairs(harness.span().attributes) == {"gen_ai.usage.cache_read.input_tokens": 1}


def test_figures_come_beside_full_limits(harness: Harness) -> None:
    harness.start(span_attribute_limit=2)
    with harness.core.llm_span("chat", attributes={"a": 1, "b": 2}) as span:
        span.record_token()
    attributes = pairs(harness.span().attributes)
    assert attributes["gen_ai.usage.output_tokens"] == 1
    assert attributes["a"] == 1
