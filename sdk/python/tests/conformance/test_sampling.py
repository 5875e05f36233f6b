"""Samplers."""

import pytest

from axonize import SpanContext
from tests.conformance.harness import Harness


def test_before_the_start_nothing_is_recorded(harness: Harness) -> None:
    with harness.core.span("a", attributes={"k": 1}) as outer, harness.core.span("b") as inner:
        assert not outer.is_recording()
        assert outer.trace_id == inner.trace_id != 0
        assert inner.parent_span_id == outer.span_id != 0
        assert not outer.is_sampled
    assert not harness.core.is_started()
    harness.start()
    assert harness.core.is_started()
    assert harness.spans() == []


def test_always_off(harness: Harness) -> None:
    harness.start(sampler="always_off")
    with harness.core.span("a") as span:
        assert span.trace_id
        assert not span.is_recording()
    assert harness.spans() == []
    stats = harness.core.stats()
    assert (stats["started"], stats["ended"]) == (0, 0)


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.5, 1.0])
def test_ratio_as_opentelemetry_decides(harness: Harness, ratio: float) -> None:
    sampling = pytest.importorskip("opentelemetry.sdk.trace.sampling")
    theirs = sampling.TraceIdRatioBased(ratio)
    harness.start(sampler="traceidratio", sampler_ratio=ratio)
    for _ in range(500):
        with harness.core.span("a") as span:
            expected = theirs.should_sample(None, span.trace_id, "a").decision.is_sampled()
            assert span.is_sampled == span.is_recording() == expected
    assert len(harness.spans()) == harness.core.stats()["ended"]


@pytest.mark.parametrize("sampler", ["always_on", "always_off"])
@pytest.mark.parametrize("flags", [0, 1])
def test_parent_decides(harness: Harness, sampler: str, flags: int) -> None:
    harness.start(sampler=sampler, parent_based=True)
    with harness.core.span("a", parent=SpanContext(1, 2, flags, "", True)), harness.core.span("b"):
        pass
    assert len(harness.spans()) == (2 if flags else 0)


def test_without_the_parent(harness: Harness) -> None:
    harness.start(sampler="always_on", parent_based=False)
    with harness.core.span("a", parent=SpanContext(1, 2, 0, "", True)):
        pass
    assert len(harness.spans()) == 1


def test_after_the_shutdown_nothing_is_recorded(harness: Harness) -> None:
    harness.start()
    open_span = harness.core.span("open").start()
    harness.core.shutdown(0.1)
    open_span.end()
    with harness.core.span("late") as span:
        assert not span.is_recording()
    assert not harness.core.is_started()
    harness.start()
    with harness.core.span("again"):
        pass
    assert [span.name for span in harness.spans()] == ["again"]


def test_wrong_settings(harness: Harness) -> None:
    with pytest.raises(ValueError, match="sampler"):
        harness.start(sampler="sometimes")
    with pytest.raises(ValueError, match="compression"):
        harness.start(compression="lzma")
    harness.start()
    with pytest.raises(RuntimeError):
        harness.start()
