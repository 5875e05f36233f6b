"""Limits, and what is counted when they are reached."""

from tests.conformance.harness import Harness, pairs


def test_attributes(harness: Harness) -> None:
    harness.start(span_attribute_limit=3)
    with harness.core.span("s", attributes={"a": 1, "b": 2}) as span:
        span.set_attributes({"c": 3, "d": 4, "a": 5})
        span.set_attribute("e", 6)
    found = harness.span()
    assert pairs(found.attributes) == {"a": 5, "b": 2, "c": 3}
    assert found.dropped_attributes_count == 2
    assert harness.core.stats()["dropped_attributes"] == 2


def test_default_of_128(started: Harness) -> None:
    with started.core.span("s") as span:
        for number in range(200):
            span.set_attribute(f"k{number}", number)
            span.add_event("e")
            span.add_link(span)
    found = started.span()
    assert (len(found.attributes), len(found.events), len(found.links)) == (128, 128, 128)
    counts = (found.dropped_attributes_count, found.dropped_events_count, found.dropped_links_count)
    assert counts == (72, 72, 72)
    stats = started.core.stats()
    assert (stats["dropped_events"], stats["dropped_links"]) == (72, 72)


def test_of_events_and_links(harness: Harness) -> None:
    harness.start(span_event_limit=1, span_link_limit=2, event_attribute_limit=1, link_attribute_limit=2)
    with harness.core.span("s") as span:
        for _ in range(3):
            span.add_event("e", {"a": 1, "b": 2})
            span.add_link(span, {"a": 1, "b": 2, "c": 3})
    found = harness.span()
    assert (len(found.events), found.dropped_events_count) == (1, 2)
    assert (len(found.links), found.dropped_links_count) == (2, 1)
    assert (pairs(found.events[0].attributes), found.events[0].dropped_attributes_count) == ({"a": 1}, 1)
    assert (pairs(found.links[0].attributes), found.links[0].dropped_attributes_count) == ({"a": 1, "b": 2}, 1)


def test_length_of_values(harness: Harness) -> None:
    harness.start(attribute_value_length_limit=4)
    with harness.core.span("s") as span:
        span.set_attribute("text", "äbcdef")
        span.set_attribute("list", ["abcdef", "ab", 123456])
        span.set_attribute("map", {"k": "abcdef"})
        span.set_attribute("fits", "abcd")
        span.set_attribute("bytes", b"abcdef")
    assert pairs(harness.span().attributes) == {
        "text": "äbcd",
        "list": ["abcd", "ab", 123456],
        "map": {"k": "abcd"},
        "fits": "abcd",
        "bytes": b"abcdef",
    }
    assert harness.core.stats()["truncated_values"] == 3


def test_bytes_of_values(harness: Harness) -> None:
    harness.start(attribute_value_bytes_max=10)
    with harness.core.span("s") as span:
        span.set_attribute("ascii", "x" * 11)
        # Three bytes each: the fourth would be cut in its middle.
        span.set_attribute("wide", "€" * 5)
        span.set_attribute("bytes", b"y" * 20)
        span.set_attribute("fits", "z" * 10)
    assert pairs(harness.span().attributes) == {
        "ascii": "x" * 10,
        "wide": "€" * 3,
        "bytes": b"y" * 10,
        "fits": "z" * 10,
    }
    assert harness.core.stats()["truncated_values"] == 3


def test_huge_values_are_cut_by_default(started: Harness) -> None:
    with started.core.span("s") as span:
        span.set_attribute("huge", "x" * 10_000_000)
    found = started.span()
    assert len(pairs(found.attributes)["huge"]) == 65536
    assert started.core.stats()["truncated_values"] == 1


def test_bytes_of_a_span(harness: Harness) -> None:
    harness.start(span_bytes_max=100_000)
    with harness.core.span("s") as span:
        for number in range(5):
            span.set_attribute(f"k{number}", "x" * 40_000)
    found = harness.span()
    assert list(pairs(found.attributes)) == ["k0", "k1"]
    assert found.dropped_attributes_count == 3


def test_limit_of_none(harness: Harness) -> None:
    harness.start(span_attribute_limit=0, span_event_limit=0)
    with harness.core.span("s", attributes={"a": 1}) as span:
        span.add_event("e")
    found = harness.span()
    assert (found.dropped_attributes_count, found.dropped_events_count) == (1, 1)
    assert not found.attributes
    assert not found.events
