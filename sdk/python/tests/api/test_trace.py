"""The decorator and the span makers."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest

import axonize
from axonize.testing import Recorder, record


def test_function(axonize_spans: Recorder) -> None:
    @axonize.trace()
    def add(a: int, b: int = 1) -> int:
        """Adds."""
        assert axonize.current_span() is not None
        return a + b

    assert add(1, b=2) == 3
    span = axonize_spans.one("test_function.<locals>.add")
    assert span.kind == "internal"
    assert add.__doc__ == "Adds."
    assert list(inspect.signature(add).parameters) == ["a", "b"]


def test_without_parentheses_and_with_arguments(axonize_spans: Recorder) -> None:
    @axonize.trace
    def first() -> None:
        second()

    @axonize.trace("other", kind="client", attributes={"k": 1})
    def second() -> None: ...

    first()
    child, parent = axonize_spans.spans
    assert (child.name, child.kind, child.attributes) == ("other", "client", {"k": 1})
    assert child.parent_span_id == parent.span_id


def test_exception(axonize_spans: Recorder) -> None:
    @axonize.trace("fails")
    def fails() -> None:
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        fails()
    span = axonize_spans.one("fails")
    assert (span.status, span.status_description) == ("error", "ValueError: why")
    assert span.event("exception").attributes["exception.message"] == "why"


def test_coroutine(axonize_spans: Recorder) -> None:
    @axonize.trace("work")
    async def work(number: int) -> int:
        await asyncio.sleep(0)
        with axonize.span(f"inner {number}"):
            await asyncio.sleep(0)
        return number

    async def main() -> list[int]:
        return await asyncio.gather(work(1), work(2))

    assert inspect.iscoroutinefunction(work)
    assert asyncio.run(main()) == [1, 2]
    for outer in axonize_spans.named("work"):
        assert len(axonize_spans.children(outer)) == 1


def test_generator(axonize_spans: Recorder) -> None:
    @axonize.trace("items")
    def items() -> Iterator[int]:
        with axonize.span("first"):
            received = yield 1
        assert received == "sent"
        with axonize.span("second"):
            yield 2
        return "result"

    assert inspect.isgeneratorfunction(items)
    with axonize.span("consumer") as consumer:
        stream = items()
        assert next(stream) == 1
        assert axonize.current_span() is consumer
        with axonize.span("between"):
            pass
        assert stream.send("sent") == 2
        with pytest.raises(StopIteration) as stop:
            next(stream)
        assert stop.value.value == "result"
        assert axonize.current_span() is consumer
    outer = axonize_spans.one("items")
    assert [span.name for span in axonize_spans.children(outer)] == ["first", "second"]
    assert {span.name for span in axonize_spans.children(axonize_spans.one("consumer"))} == {"between", "items"}


def test_generator_closed_early_and_thrown_into(axonize_spans: Recorder) -> None:
    closed = []

    @axonize.trace("items")
    def items() -> Iterator[int]:
        try:
            yield 1
            yield 2
        except KeyError:
            yield 3
        finally:
            closed.append(axonize.current_span())

    for item in items():
        assert item == 1
        break
    stream = items()
    next(stream)
    assert stream.throw(KeyError("k")) == 3
    stream.close()
    assert len(closed) == 2
    assert all(span is not None for span in closed)
    assert [span.status for span in axonize_spans.named("items")] == ["unset", "unset"]


def test_generator_that_fails(axonize_spans: Recorder) -> None:
    @axonize.trace("items")
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        list(items())
    assert axonize_spans.one("items").status == "error"


def test_async_generator(axonize_spans: Recorder) -> None:
    @axonize.trace("items")
    async def items() -> AsyncIterator[int]:
        with axonize.span("inside"):
            yield 1
        await asyncio.sleep(0)
        yield 2

    async def main() -> None:
        with axonize.span("consumer") as consumer:
            found = []
            async for item in items():
                assert axonize.current_span() is consumer
                with axonize.span("between"):
                    found.append(item)
            assert found == [1, 2]
            stream = items()
            assert await anext(stream) == 1
            await stream.aclose()

    assert inspect.isasyncgenfunction(items)
    asyncio.run(main())
    whole, closed = axonize_spans.named("items")
    for span in (whole, closed):
        assert span.status == "unset"
        assert [child.name for child in axonize_spans.children(span)] == ["inside"]
    consumer = axonize_spans.one("consumer")
    assert sorted(child.name for child in axonize_spans.children(consumer)) == ["between", "between", "items", "items"]


def test_methods(axonize_spans: Recorder) -> None:
    class Model:
        @axonize.trace()
        def run(self) -> str:
            return "ran"

        @staticmethod
        @axonize.trace("static")
        def helper() -> str:
            return "helped"

        @classmethod
        @axonize.trace("class")
        def make(cls) -> type:
            return cls

    assert Model().run() == "ran"
    assert Model.helper() == "helped"
    assert Model.make() is Model
    assert axonize_spans.names() == ["test_methods.<locals>.Model.run", "static", "class"]


def test_llm_span(axonize_spans: Recorder) -> None:
    with axonize.llm_span(
        "chat m", model="m", provider="vllm", temperature=0.5, max_tokens=10, stream=True, conversation_id="c",
        stop_sequences=["a", "b"], attributes={"extra": 1},
    ) as span:  # fmt: skip
        span.record_token()
        span.set_usage(input_tokens=3)
        span.set_response(model="m-2", id="r1", finish_reasons="stop")
    found = axonize_spans.one("chat m")
    assert found.kind == "client"
    attributes = {key: value for key, value in found.attributes.items() if "token" not in key and "time" not in key}
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ["a", "b"],
        "gen_ai.request.stream": True,
        "gen_ai.conversation.id": "c",
        "extra": 1,
        "gen_ai.response.model": "m-2",
        "gen_ai.response.id": "r1",
        "gen_ai.response.finish_reasons": ["stop"],
    }
    assert found.attributes["gen_ai.request.max_tokens"] == 10
    assert found.attributes["gen_ai.usage.input_tokens"] == 3


def test_other_spans(axonize_spans: Recorder) -> None:
    with axonize.agent_span("planner", agent_id="a1", model="m"):
        with axonize.tool_span("search", call_id="c1", tool_type="function"):
            pass
        with axonize.retrieval_span("find", query="secret", top_k=3, data_source="docs"):
            pass
        with axonize.embedding_span("embed", model="e", dimensions=384) as span:
            span.set_usage(input_tokens=4)
    found = {span.name: (span.kind, span.attributes) for span in axonize_spans.spans}
    assert found["planner"] == (
        "internal",
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "planner",
            "gen_ai.agent.id": "a1",
            "gen_ai.request.model": "m",
        },
    )
    assert found["search"][1] == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "c1",
    }
    assert found["find"] == (
        "client",
        {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "docs", "gen_ai.request.top_k": 3},
    )
    assert found["embed"][1] == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "e",
        "gen_ai.embeddings.dimension.count": 384,
        "gen_ai.usage.input_tokens": 4,
    }


def test_content_is_not_captured_by_default(axonize_spans: Recorder) -> None:
    @axonize.trace("f", capture=True)
    def f(secret: str) -> str:
        return secret

    f("secret")
    with axonize.llm_span("chat") as span:
        span.set_prompt("secret", system="secret")
        span.set_completion("secret", finish_reason="stop")
        span.set_input("secret")
        span.set_output("secret")
    assert "secret" not in str([span.attributes for span in axonize_spans.spans])
    assert axonize_spans.one("chat").attributes["gen_ai.response.finish_reasons"] == ["stop"]


def test_content() -> None:
    import json

    def redact(kind: str, text: str) -> str | None:
        return None if kind == "system" else text.replace("secret", "***")

    @axonize.trace("f", capture=True)
    def f(a: int, b: str = "") -> str:
        return "secret result"

    with record(capture_content=True, content_max_length=20, redact=redact) as spans:
        f(1, b="x")
        with axonize.llm_span("chat") as span:
            span.set_prompt(
                [
                    {"role": "system", "content": "be nice"},
                    {"role": "user", "content": [{"type": "text", "text": "a secret"}, {"type": "image_url", "x": 1}]},
                    {"role": "assistant", "tool_calls": [
                        {"id": "c", "function": {"name": "f", "arguments": "{}"}}
                    ]},
                    {"role": "tool", "tool_call_id": "c", "content": "42"},
                ],
                system="hidden",
            )  # fmt: skip
            span.set_completion("x" * 100, finish_reason="stop")
        with axonize.retrieval_span("find", query="where"):
            pass
    attributes = spans.one("chat").attributes
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "be nice"}]},
        {"role": "user", "parts": [{"type": "text", "content": "a ***"}, {"type": "image_url"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": "{}"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]},
    ]
    assert "gen_ai.system_instructions" not in attributes
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "x" * 20}], "finish_reason": "stop"}
    ]
    assert spans.one("f").attributes == {"input.value": '{"args": [1], "kwarg', "output.value": "*** result"}
    assert spans.one("find").attributes["gen_ai.retrieval.query.text"] == "where"


def test_failing_redaction_leaves_the_text_out() -> None:
    def redact(kind: str, text: str) -> str:
        raise RuntimeError("no")

    with record(capture_content=True, redact=redact) as spans, axonize.llm_span("chat") as span:
        span.set_prompt("secret")
    assert spans.one("chat").attributes == {"gen_ai.operation.name": "chat"}


def test_tracers(axonize_spans: Recorder) -> None:
    tracer = axonize.tracer("lib", "1.0", attributes={"k": 1})
    with tracer.span("a"), tracer.llm_span("b", model="m"):
        pass
    with axonize.span("c"):
        pass
    assert {span.name: (span.scope, span.scope_version) for span in axonize_spans.spans} == {
        "a": ("lib", "1.0"),
        "b": ("lib", "1.0"),
        "c": ("axonize", axonize.__version__),
    }


def test_tracers_outlive_a_restart() -> None:
    first, second = axonize.tracer("lib.one"), axonize.tracer("lib.two")
    for _ in range(2):
        with record() as spans, first.span("a"), second.span("b"):
            pass
        assert {span.name: span.scope for span in spans.spans} == {"a": "lib.one", "b": "lib.two"}


def test_span_contexts(axonize_spans: Recorder) -> None:
    import pickle

    with axonize.span("a") as span:
        context = span.get_span_context()
    assert context.is_valid
    assert context.is_sampled
    assert (context.trace_id, context.span_id) == (span.trace_id, span.span_id)
    assert pickle.loads(pickle.dumps(context)) == context
    assert hash(context) == hash(span.get_span_context())
    with pytest.raises(AttributeError):
        context.trace_id = 1
    with axonize.span("b", parent=context):
        pass
    assert axonize_spans.one("b").parent_span_id == axonize_spans.one("a").span_id


def test_recorder(axonize_spans: Recorder) -> None:
    with axonize.span("a"):
        pass
    assert len(axonize_spans) == 1
    assert axonize_spans.one("a").trace_id == f"{1:032x}"
    with pytest.raises(LookupError, match="0 spans 'b'"):
        axonize_spans.one("b")
    axonize_spans.clear()
    assert axonize_spans.spans == []
    axonize.init(service_name="ignored while recording")
    with pytest.raises(RuntimeError), record():
        pass


def test_clock() -> None:
    with record(fixed_clock=True) as spans, axonize.llm_span("chat") as span:
        spans.clock.advance(0.5)
        span.record_token()
        spans.clock.advance(0.25)
        span.record_token()
        spans.clock.advance(0.25)
    found = spans.one("chat")
    assert found.duration == 1.0
    assert found.attributes["gen_ai.response.time_to_first_chunk"] == 0.5
    assert found.attributes["gen_ai.server.time_per_output_token"] == 0.25
