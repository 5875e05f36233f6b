"""Random traces, and a plain evaluation of what the query APIs should say of them.

Everything here is written for being plainly right: quadratic loops over small traces, no indexes, no parts of ranges.
"""

import dataclasses
import random

MICROSECOND, MILLISECOND, SECOND, MINUTE = 10**3, 10**6, 10**9, 60 * 10**9
SERVICES = ["alpha", "beta", "gamma"]
MODELS = ["m-1", "m-2"]
SESSIONS = ["s-1", "s-2", "s-3"]


@dataclasses.dataclass
class Span:
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    start: int
    end: int
    status: int
    attributes: dict
    resource: dict

    @property
    def duration(self) -> int:
        """A span whose clock went back lasts 0."""
        return max(0, self.end - self.start)

    @property
    def clamped_end(self) -> int:
        return self.start + self.duration

    def tokens(self, kind: str) -> int:
        return self.attributes.get(f"gen_ai.usage.{kind}_tokens", 0)

    @property
    def tells_tokens(self) -> bool:
        return self.tokens("input") > 0 or self.tokens("output") > 0

    @property
    def model(self) -> str | None:
        return self.attributes.get("gen_ai.request.model")


@dataclasses.dataclass
class Trace:
    trace_id: str
    spans: list[Span]

    @property
    def start(self) -> int:
        return min(span.start for span in self.spans)

    @property
    def end(self) -> int:
        return max(span.clamped_end for span in self.spans)

    @property
    def duration(self) -> int:
        return self.end - self.start

    @property
    def root(self) -> Span | None:
        roots = [span for span in self.spans if not span.parent_id]
        return min(roots, key=lambda span: (span.start, span.span_id), default=None)

    @property
    def calls(self) -> list[Span]:
        """The spans whose tokens count: of spans within each other the innermost that tell any."""
        return [
            span
            for span in self.spans
            if span.tells_tokens and not any(other.tells_tokens for other in descendants(self.spans, [span]))
        ]

    def tokens(self, kind: str) -> int:
        return sum(span.tokens(kind) for span in self.calls)


def children(spans: list[Span], parent: Span) -> list[Span]:
    return [span for span in spans if span.parent_id == parent.span_id]


def descendants(spans: list[Span], above: list[Span]) -> list[Span]:
    """Whatever can be reached from some spans; in a cycle they are below themselves."""
    found: list[Span] = []
    waiting = list(above)
    while waiting:
        for child in children(spans, waiting.pop()):
            if not any(child is known for known in found):
                found.append(child)
                waiting.append(child)
    return found


class Generator:
    """Traces around `now`: usual ones, and everything that makes reading them hard."""

    def __init__(self, seed: int, now: int):
        self.random = random.Random(seed)
        self.now = now // MILLISECOND * MILLISECOND
        self.shared_ids = [self.span_id() for _ in range(4)]

    def span_id(self) -> str:
        return f"{self.random.randrange(1, 2**64):016x}"

    def trace(self) -> Trace:
        chance = self.random
        shape = chance.choice(["usual", "usual", "long", "very long", "orphaned", "roots", "cycle", "shared ids"])
        count = chance.randrange(1, 10)
        begin = self.now - chance.randrange(1, 150) * MINUTE - chance.randrange(MINUTE // MILLISECOND) * MILLISECOND
        spread = {"long": 25 * MINUTE, "very long": 130 * MINUTE}.get(shape, 2 * SECOND)
        # Half of an id is shared by several traces, so that ties and prefixes matter.
        trace_id = f"{chance.randrange(1, 4):016x}{chance.randrange(1, 2**64):016x}"
        spans: list[Span] = []
        for index in range(count):
            ids = [identity for identity in self.shared_ids if all(span.span_id != identity for span in spans)]
            span_id = chance.choice(ids) if shape == "shared ids" and ids else self.span_id()
            parent = chance.choice(spans).span_id if spans else ""
            if shape == "roots" and chance.random() < 0.4:
                parent = ""
            if shape == "orphaned" and chance.random() < 0.5:
                parent = self.span_id()
            offset = 0 if index == 0 else chance.randrange(spread // MICROSECOND) * MICROSECOND
            # A child can begin before its parent, and end before it begins.
            start = begin + offset - (chance.randrange(5) * MILLISECOND if chance.random() < 0.2 else 0)
            lasting = chance.choice([0, 1, 5, 5, 20, 400]) * MILLISECOND + chance.randrange(1000) * MICROSECOND
            if chance.random() < 0.1:
                lasting = -chance.randrange(1, 2000) * MILLISECOND
            spans.append(self.span(trace_id, span_id, parent, start, start + lasting))
        if shape == "cycle" and len(spans) > 1:
            spans[0].parent_id = spans[-1].span_id
            # Which of spans that are inside each other is the inner one has no answer.
            for span in spans:
                span.attributes = {key: value for key, value in span.attributes.items() if "usage" not in key}
        return Trace(trace_id, spans)

    def span(self, trace_id: str, span_id: str, parent_id: str, start: int, end: int) -> Span:
        chance = self.random
        attributes: dict = {}
        if chance.random() < 0.6:
            attributes["n"] = chance.randrange(5)
        if chance.random() < 0.3:
            attributes["tags"] = chance.sample(["x", "y", "z"], chance.randrange(1, 3))
        if chance.random() < 0.4:
            attributes["gen_ai.request.model"] = chance.choice(MODELS)
            attributes["gen_ai.usage.input_tokens"] = chance.randrange(1, 100)
            if chance.random() < 0.8:
                attributes["gen_ai.usage.output_tokens"] = chance.randrange(1, 100)
        if chance.random() < 0.15:
            attributes["gen_ai.conversation.id"] = chance.choice(SESSIONS)
        service = chance.choice(SERVICES)
        resource = {"service.name": service, "weight": SERVICES.index(service) * 10 + 1}
        return Span(
            trace_id,
            span_id,
            parent_id,
            f"op-{chance.randrange(4)}",
            service,
            start,
            end,
            chance.choice([0, 0, 1, 2]),
            attributes,
            resource,
        )

    def requests(self, traces: list[Trace]) -> list[list[Span]]:
        """The spans of all traces in no order, some of them again in another request."""
        spans = [span for trace in traces for span in trace.spans]
        self.random.shuffle(spans)
        groups = [spans[place : place + 40] for place in range(0, len(spans), 40)]
        return [*groups, *[self.random.sample(spans, 15) for _ in range(4)]]


def otlp_json(spans: list[Span]) -> dict:
    """The OTLP/JSON request of spans, each below a resource of its own."""

    def any_value(value):
        match value:
            case int():
                return {"intValue": str(value)}
            case list():
                return {"arrayValue": {"values": [any_value(item) for item in value]}}
            case _:
                return {"stringValue": value}

    def pairs(attributes: dict) -> list[dict]:
        return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]

    return {
        "resourceSpans": [
            {
                "resource": {"attributes": pairs(span.resource)},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": span.trace_id,
                                "spanId": span.span_id,
                                "parentSpanId": span.parent_id,
                                "name": span.name,
                                "kind": 1,
                                "startTimeUnixNano": str(span.start),
                                "endTimeUnixNano": str(span.end),
                                "status": {"code": span.status},
                                "attributes": pairs(span.attributes),
                            }
                        ]
                    }
                ],
            }
            for span in spans
        ]
    }


# Queries in TraceQL, as the text and what they mean.


@dataclasses.dataclass
class Query:
    text: str
    # The spans that it selects of the spans of one trace.
    select: object


def condition(chance: random.Random) -> tuple[str, object]:
    """A condition on one span: its text and a function of the span."""
    number, name = chance.randrange(5), f"op-{chance.randrange(4)}"
    service, tag = chance.choice(SERVICES), chance.choice("xyz")
    return chance.choice(
        [
            ("", lambda span: True),
            (f'name = "{name}"', lambda span: span.name == name),
            (f'name != "{name}"', lambda span: span.name != name),
            ("status = error", lambda span: span.status == 2),
            (f"span.n = {number}", lambda span: span.attributes.get("n") == number),
            (f".n > {number}", lambda span: span.attributes.get("n", -1) > number),
            (f"span.n != {number}", lambda span: span.attributes.get("n", number) != number),
            (f'span.tags = "{tag}"', lambda span: tag in span.attributes.get("tags", [])),
            (f'span.tags =~ "{tag}|q"', lambda span: tag in span.attributes.get("tags", [])),
            (f'span.tags != "{tag}"', lambda span: "tags" in span.attributes and tag not in span.attributes["tags"]),
            ("span.tags = nil", lambda span: "tags" not in span.attributes),
            (f"duration > {number}ms", lambda span: span.duration > number * MILLISECOND),
            (f"duration <= {number}ms", lambda span: span.duration <= number * MILLISECOND),
            (f'resource.service.name = "{service}"', lambda span: span.service == service),
            (
                f'resource.service.name = "{service}" && status = error',
                lambda span: span.service == service and span.status == 2,
            ),
            (
                'span.gen_ai.request.model = "m-1" || span.n = 1',
                lambda span: span.attributes.get("gen_ai.request.model") == "m-1" or span.attributes.get("n") == 1,
            ),
        ]
    )


def spansets(chance: random.Random, depth: int) -> tuple[str, object]:
    """An expression over sets of spans: its text and a function from a trace's spans to the selected ones."""
    if depth == 0 or chance.random() < 0.35:
        text, holds = condition(chance)
        return f"{{ {text} }}", lambda spans: [span for span in spans if holds(span)]
    if chance.random() < 0.5:
        (left, holds_left), (right, holds_right) = condition(chance), condition(chance)
        operator = chance.choice([">", ">>"])

        def related(spans):
            above = [span for span in spans if holds_left(span)]
            if operator == ">":
                below = [child for span in above for child in children(spans, span)]
            else:
                below = descendants(spans, above)
            return [span for span in spans if holds_right(span) and any(span is other for other in below)]

        return f"{{ {left} }} {operator} {{ {right} }}", related
    (left, select_left), (right, select_right) = spansets(chance, depth - 1), spansets(chance, depth - 1)
    operator = chance.choice(["&&", "||"])

    def combined(spans):
        first, second = select_left(spans), select_right(spans)
        if operator == "&&" and not (first and second):
            return []
        return [span for span in spans if any(span is other for other in first + second)]

    return f"({left}) {operator} ({right})", combined


def query(chance: random.Random, duration_of) -> Query:
    """A query; `duration_of` tells the duration of the whole trace of a span."""
    text, select = spansets(chance, 2)
    stages: list[object] = []
    while chance.random() < 0.35 and len(stages) < 2:
        stage, holds = aggregate(chance, duration_of)
        text += f" | {stage}"
        stages.append(holds)

    def selected(spans):
        found = select(spans)
        return found if all(holds(found) for holds in stages) else []

    return Query(text, selected)


def aggregate(chance: random.Random, duration_of) -> tuple[str, object]:
    operator = chance.choice([">", "<", "=", ">=", "!="])
    compare = {
        ">": lambda left, right: left > right,
        "<": lambda left, right: left < right,
        "=": lambda left, right: left == right,
        ">=": lambda left, right: left >= right,
        "!=": lambda left, right: left != right,
    }[operator]
    if chance.random() < 0.3:
        limit = chance.randrange(1, 5)
        return f"count() {operator} {limit}", lambda spans: compare(len(spans), limit)
    function = chance.choice(["min", "max", "avg", "sum"])
    compute = {"min": min, "max": max, "sum": sum, "avg": lambda values: sum(values) / len(values)}[function]
    field, limit, value = chance.choice(
        [
            ("duration", chance.randrange(1, 30) * MILLISECOND, lambda span: span.duration),
            ("span.n", chance.randrange(5), lambda span: span.attributes.get("n")),
            (".n", chance.randrange(5), lambda span: span.attributes.get("n")),
            ("resource.weight", chance.choice([1, 11, 21]), lambda span: span.resource["weight"]),
            (".weight", chance.choice([1, 11, 21]), lambda span: span.resource["weight"]),
            ("span.weight", 1, lambda span: None),
            ("traceDuration", chance.randrange(1, 40) * MILLISECOND, duration_of),
        ]
    )

    def holds(spans):
        values = [value(span) for span in spans if value(span) is not None]
        return bool(values) and compare(compute(values), limit)

    return f"{function}({field}) {operator} {limit}", holds
