"""Help for tests: spans in memory instead of a receiver, ids and a clock that stand still.

With pytest the fixture ``axonize_spans`` is there by itself::

    def test_answer(axonize_spans):
        answer("why?")
        span = axonize_spans.one("answer")
        assert span.attributes["k"] == 10

Elsewhere::

    with axonize.testing.record() as spans:
        answer("why?")
    assert spans.names() == ["answer"]
"""

from axonize.testing._decode import RecordedEvent, RecordedLink, RecordedSpan
from axonize.testing._recorder import Clock, Recorder, record

__all__ = ["Clock", "RecordedEvent", "RecordedLink", "RecordedSpan", "Recorder", "record"]
