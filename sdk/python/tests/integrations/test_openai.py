"""The real client of OpenAI against a stand-in server."""

import asyncio
import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder
from tests.integrations.stand_in import StandIn

openai = pytest.importorskip("openai")

CHAT = "/v1/chat/completions"
QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 16},
    "completion_tokens_details": {"reasoning_tokens": 4},
}


def completion(**message: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-2026",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
                "message": {"role": "assistant", "content": None, **message},
            }
        ],
        "usage": USAGE,
    }


def chunk(finish: str | None = None, usage: Any = None, **delta: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}] if usage is None else []
    return {
        "id": "chatcmpl-2",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m-2026",
        "choices": choices,
        "usage": usage,
    }


STREAM = [
    chunk(role="assistant", content=""),
    chunk(content="Be"),
    chunk(content="cause"),
    chunk(content="."),
    chunk(finish="stop"),
    chunk(usage=USAGE),
    "[DONE]",
]


@pytest.fixture
def client(server: StandIn) -> Iterator[Any]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as made:
        yield made


def asynchronous(server: StandIn) -> Any:
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0)


def test_chat(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json(CHAT, completion(content="Because."))
    assert axonize.instrument("openai") == ["openai"]
    with axonize.span("outer") as outer:
        answer = client.chat.completions.create(
            model="m",
            messages=QUESTION,
            temperature=0.5,
            top_p=0.9,
            max_completion_tokens=100,
            seed=7,
            stop=["\n"],
            frequency_penalty=0.1,
            presence_penalty=0.2,
            response_format={"type": "json_object"},
        )
    assert answer.choices[0].message.content == "Because."
    span = spans.one("chat m")
    assert (span.kind, span.status, span.parent_span_id) == ("client", "unset", outer.span_id_hex)
    assert (span.scope, span.scope_version) == ("axonize.openai", openai.__version__)
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["\n"],
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.output.type": "json",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.id": "chatcmpl-1",
        "openai.response.system_fingerprint": "fp_1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 16,
        "gen_ai.usage.reasoning.output_tokens": 4,
    }


def test_request_is_what_it_would_be_without(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    for _ in range(2):
        list(client.chat.completions.create(model="m", messages=iter(QUESTION), stream=True, user="u"))
        axonize.instrument("openai")
    (_, bare_head, bare), (_, head, body) = server.requests
    assert body == bare == {"model": "m", "messages": QUESTION, "stream": True, "user": "u"}
    assert set(head) == set(bare_head)
    assert spans.names() == ["chat m"]


def test_stream(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    with axonize.span("outer"):
        stream = client.chat.completions.create(model="m", messages=QUESTION, stream=True)
        assert isinstance(stream, openai.Stream)
        before = axonize.current_span()
        spans.clock.advance(0.5)
        texts = []
        for item in stream:
            # The span is no parent of what its reader does.
            assert axonize.current_span() is before
            spans.clock.advance(0.25)
            texts += [choice.delta.content or "" for choice in item.choices]
    assert "".join(texts) == "Because."
    assert stream.response.status_code == 200
    span = spans.one("chat m")
    assert span.duration == pytest.approx(0.5 + 6 * 0.25)
    figures = {key: value for key, value in span.attributes.items() if "latency" not in key}
    assert figures == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.stream": True,
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.id": "chatcmpl-2",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 16,
        "gen_ai.usage.reasoning.output_tokens": 4,
        # The chunk with the role alone came first, and is no token.
        "gen_ai.response.time_to_first_chunk": 0.75,
        "gen_ai.server.time_per_output_token": pytest.approx(0.5 / 8),
        "axonize.llm.tokens_per_second": pytest.approx(9 / 1.25),
    }


def test_stream_without_usage_counts_chunks(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, [item for item in STREAM if isinstance(item, str) or not item["usage"]])
    axonize.instrument("openai")
    list(client.chat.completions.create(model="m", messages=QUESTION, stream=True))
    assert spans.one("chat m").attributes["gen_ai.usage.output_tokens"] == 3


def test_async_stream(server: StandIn, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")

    async def work() -> str:
        async with asynchronous(server) as client:
            stream = await client.chat.completions.create(model="m", messages=QUESTION, stream=True)
            assert isinstance(stream, openai.AsyncStream)
            spans.clock.advance(0.5)
            return "".join([choice.delta.content or "" async for item in stream for choice in item.choices])

    assert asyncio.run(work()) == "Because."
    span = spans.one("chat m")
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 0.5
    assert span.attributes["gen_ai.usage.output_tokens"] == 9


def test_async_calls_side_by_side_keep_their_parents(server: StandIn, spans: Recorder) -> None:
    server.json(CHAT, completion(content="Because."))
    axonize.instrument("openai")

    async def one(client: Any, index: int) -> None:
        with axonize.span(f"task {index}"):
            await client.chat.completions.create(model=f"m{index}", messages=QUESTION)

    async def work() -> None:
        async with asynchronous(server) as client:
            await asyncio.gather(*(one(client, index) for index in range(5)))

    asyncio.run(work())
    for index in range(5):
        assert spans.one(f"chat m{index}").parent_span_id == spans.one(f"task {index}").span_id


@pytest.mark.parametrize("way", ["close", "with"])
def test_stream_closed_early(server: StandIn, client: Any, spans: Recorder, way: str) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    stream = client.chat.completions.create(model="m", messages=QUESTION, stream=True)
    if way == "with":
        with stream:
            [next(stream) for _ in range(3)]
    else:
        [next(stream) for _ in range(3)]
        stream.close()
    span = spans.one("chat m")
    assert span.status == "unset"
    assert span.attributes["axonize.llm.stream.outcome"] == "closed"
    assert span.attributes["gen_ai.usage.output_tokens"] == 2
    assert stream.response.is_closed


def test_stream_abandoned(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    for item in client.chat.completions.create(model="m", messages=QUESTION, stream=True):
        if item.choices[0].delta.content == "Be":
            break
    spans.clock.advance(3600)
    gc.collect()
    span = spans.one("chat m")
    assert span.attributes["axonize.llm.stream.outcome"] == "abandoned"
    # It ended when it was last read, not when the collector came.
    assert span.duration < 3600


def test_stream_never_read(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    client.chat.completions.create(model="m", messages=QUESTION, stream=True)
    gc.collect()
    assert spans.one("chat m").attributes["axonize.llm.stream.outcome"] == "abandoned"


def test_stream_left_after_its_last_token_is_complete(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    with client.chat.completions.create(model="m", messages=QUESTION, stream=True) as stream:
        for item in stream:
            if item.choices[0].finish_reason:
                break
    assert "axonize.llm.stream.outcome" not in spans.one("chat m").attributes


def test_async_stream_closed_early(server: StandIn, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")

    async def work() -> None:
        async with (
            asynchronous(server) as client,
            await client.chat.completions.create(model="m", messages=QUESTION, stream=True) as stream,
        ):
            await anext(stream)

    asyncio.run(work())
    assert spans.one("chat m").attributes["axonize.llm.stream.outcome"] == "closed"


def test_stream_that_fails_midway(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, [*STREAM[:3], None])
    axonize.instrument("openai")
    stream = client.chat.completions.create(model="m", messages=QUESTION, stream=True)
    with pytest.raises(Exception) as raised:
        list(stream)
    span = spans.one("chat m")
    assert span.status == "error"
    assert span.event("exception").attributes["exception.type"].endswith(type(raised.value).__name__)
    assert span.attributes["gen_ai.usage.output_tokens"] == 2


def test_error_in_a_stream(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, [*STREAM[:3], {"error": {"message": "out of memory", "code": 500}}])
    axonize.instrument("openai")
    with pytest.raises(openai.APIError, match="out of memory"):
        list(client.chat.completions.create(model="m", messages=QUESTION, stream=True))
    span = spans.one("chat m")
    assert (span.status, span.attributes["error.type"]) == ("error", "openai.APIError")


def test_error(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json(CHAT, {"error": {"message": "slow down", "type": "requests", "code": "rate_limit"}}, 429)
    axonize.instrument("openai")
    with pytest.raises(openai.RateLimitError) as raised:
        client.chat.completions.create(model="m", messages=QUESTION)
    assert raised.value.status_code == 429
    span = spans.one("chat m")
    assert span.status == "error"
    assert "slow down" in span.status_description
    assert span.attributes["error.type"] == "openai.RateLimitError"
    assert span.attributes["http.response.status_code"] == 429


def test_wrong_arguments_raise_as_without(client: Any, spans: Recorder) -> None:
    with pytest.raises(TypeError) as bare:
        client.chat.completions.create(model="m")
    axonize.instrument("openai")
    with pytest.raises(TypeError) as raised:
        client.chat.completions.create(model="m")
    assert str(raised.value) == str(bare.value)
    assert spans.one("chat m").attributes["error.type"] == "TypeError"


TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]


def test_tools(server: StandIn, client: Any, content_spans: Recorder) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
    server.json(CHAT, completion(tool_calls=[call]))
    axonize.instrument("openai")
    client.chat.completions.create(model="m", messages=QUESTION, tools=TOOLS)
    found = content_spans.one("chat m").attributes
    assert found["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert json.loads(found["gen_ai.tool.definitions"]) == TOOLS
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Why?"}]},
    ]
    part = {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": '{"city": "Oslo"}'}
    assert json.loads(found["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [part], "finish_reason": "tool_calls"}
    ]


def test_tools_in_a_stream(server: StandIn, client: Any, content_spans: Recorder) -> None:
    pieces = [
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"city":'}},
        {"index": 0, "function": {"arguments": ' "Oslo"}'}},
    ]
    server.events(CHAT, [*(chunk(tool_calls=[piece]) for piece in pieces), chunk(finish="tool_calls"), "[DONE]"])
    axonize.instrument("openai")
    list(client.chat.completions.create(model="m", messages=QUESTION, tools=TOOLS, stream=True))
    found = content_spans.one("chat m").attributes
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert message["parts"] == [
        {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": '{"city": "Oslo"}'}
    ]
    assert found["gen_ai.usage.output_tokens"] == 3


def test_no_content_unless_asked(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    list(client.chat.completions.create(model="m", messages=QUESTION, tools=TOOLS, stream=True))
    text = str(spans.one("chat m"))
    assert all(word not in text for word in ("Why?", "Be brief", "cause", "weather"))


def test_content_of_a_stream(server: StandIn, client: Any, content_spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    list(client.chat.completions.create(model="m", messages=QUESTION, stream=True))
    (message,) = json.loads(content_spans.one("chat m").attributes["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "text", "content": "Because."}]


def test_stream_helper_and_parse(server: StandIn, client: Any, spans: Recorder) -> None:
    server.events(CHAT, STREAM)
    axonize.instrument("openai")
    with client.chat.completions.stream(model="helper", messages=QUESTION) as stream:
        stream.until_done()
        assert stream.get_final_completion().choices[0].message.content == "Because."
    assert spans.one("chat helper").attributes["gen_ai.usage.output_tokens"] == 9
    server.json(CHAT, completion(content="{}"))
    client.chat.completions.parse(model="parsed", messages=QUESTION)
    assert spans.one("chat parsed").attributes["gen_ai.usage.output_tokens"] == 9
    raw = client.chat.completions.with_raw_response.create(model="raw", messages=QUESTION)
    assert raw.parse().usage.completion_tokens == 9
    assert spans.one("chat raw").attributes["gen_ai.usage.output_tokens"] == 9
    assert len(spans) == 3


def test_completions(server: StandIn, client: Any, spans: Recorder) -> None:
    def answer(text: str, finish: str | None = None, usage: Any = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
        return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]} | (
            {"usage": usage} if usage else {}
        )

    axonize.instrument("openai")
    server.json("/v1/completions", answer("Because.", "length", USAGE))
    client.completions.create(model="whole", prompt="Why?", max_tokens=9)
    found = spans.one("text_completion whole").attributes
    assert found["gen_ai.usage.output_tokens"] == 9
    assert found["gen_ai.response.finish_reasons"] == ["length"]
    server.events("/v1/completions", [answer("Be"), answer("cause"), answer("", "stop"), "[DONE]"])
    list(client.completions.create(model="stream", prompt="Why?", stream=True))
    found = spans.one("text_completion stream").attributes
    assert found["gen_ai.usage.output_tokens"] == 2
    assert found["gen_ai.response.finish_reasons"] == ["stop"]


def response(status: str = "completed", **fields: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m-2026",
        "status": status,
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Because.", "annotations": []}],
            }
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 20,
            "output_tokens": 9,
            "total_tokens": 29,
            "input_tokens_details": {"cached_tokens": 16, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 4},
        },
        **fields,
    }


def test_responses(server: StandIn, client: Any, content_spans: Recorder) -> None:
    server.json("/v1/responses", response())
    axonize.instrument("openai")
    client.responses.create(
        model="m", input="Why?", instructions="Be brief.", max_output_tokens=50, conversation="conv_1"
    )
    found = content_spans.one("chat m").attributes
    assert json.loads(found.pop("gen_ai.input.messages"))[0]["parts"][0]["content"] == "Why?"
    assert json.loads(found.pop("gen_ai.system_instructions")) == [{"type": "text", "content": "Be brief."}]
    assert json.loads(found.pop("gen_ai.output.messages"))[0]["parts"][0]["content"] == "Because."
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.conversation.id": "conv_1",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.id": "resp_1",
        "gen_ai.response.finish_reasons": ["completed"],
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 16,
        "gen_ai.usage.reasoning.output_tokens": 4,
    }


def test_responses_as_a_stream(server: StandIn, client: Any, content_spans: Recorder) -> None:
    delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0}
    begun = response("in_progress", output=[], usage=None)
    events = [
        {"type": "response.created", "sequence_number": 0, "response": begun},
        {**delta, "sequence_number": 1, "delta": "Be", "logprobs": []},
        {**delta, "sequence_number": 2, "delta": "cause.", "logprobs": []},
        {"type": "response.completed", "sequence_number": 3, "response": response()},
    ]
    server.events("/v1/responses", events)
    axonize.instrument("openai")
    for _ in client.responses.create(model="m", input="Why?", stream=True):
        content_spans.clock.advance(0.5)
    found = content_spans.one("chat m").attributes
    assert found["gen_ai.response.time_to_first_chunk"] == 0.5
    assert found["gen_ai.server.time_per_output_token"] == pytest.approx(0.5 / 8)
    assert found["gen_ai.usage.output_tokens"] == 9
    assert found["gen_ai.response.finish_reasons"] == ["completed"]
    assert json.loads(found["gen_ai.output.messages"])[0]["parts"][0]["content"] == "Because."


def test_response_that_failed(server: StandIn, client: Any, spans: Recorder) -> None:
    error = {"code": "server_error", "message": "it broke"}
    server.json("/v1/responses", response("failed", output=[], usage=None, error=error))
    axonize.instrument("openai")
    client.responses.create(model="m", input="Why?")
    span = spans.one("chat m")
    assert (span.status, span.status_description) == ("error", "it broke")
    assert span.attributes["error.type"] == "server_error"


def test_embeddings(server: StandIn, client: Any, spans: Recorder) -> None:
    data = [{"object": "embedding", "index": index, "embedding": [0.5, 0.25, 0.125]} for index in range(2)]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    server.json("/v1/embeddings", {"object": "list", "data": data, "model": "e-1", "usage": usage})
    axonize.instrument("openai")
    client.embeddings.create(model="e", input=["a", "b"], encoding_format="float")
    assert spans.one("embeddings e").attributes == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "e",
        "gen_ai.request.encoding_formats": ["float"],
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "e-1",
        "gen_ai.embeddings.dimension.count": 3,
        "gen_ai.usage.input_tokens": 8,
    }


def test_options(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json(CHAT, completion(content="Because."))
    axonize.instrument("openai", provider="vllm", propagate=True)
    client.chat.completions.create(model="m", messages=QUESTION, extra_headers={"x-mine": "1"})
    span = spans.one("chat m")
    assert span.attributes["gen_ai.provider.name"] == "vllm"
    headers = {name.lower(): value for name, value in server.requests[0][1].items()}
    assert headers["traceparent"] == f"00-{span.trace_id}-{span.span_id}-01"
    assert headers["x-mine"] == "1"


def test_an_answer_that_is_not_understood_reaches_its_user(
    server: StandIn, client: Any, spans: Recorder, warnings: Any
) -> None:
    server.json(CHAT, {"id": "x", "choices": [{"index": 0, "message": None, "finish_reason": "stop"}]})
    axonize.instrument("openai")
    answer = client.chat.completions.create(model="m", messages=QUESTION)
    assert answer.id == "x"
    assert spans.one("chat m").status == "unset"
    assert "openai" in warnings()[0]


def test_uninstrument(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json(CHAT, completion(content="Because."))
    before = vars(type(client.chat.completions))["create"]
    axonize.instrument("openai")
    assert vars(type(client.chat.completions))["create"] is not before
    assert axonize.uninstrument("openai") == ["openai"]
    assert vars(type(client.chat.completions))["create"] is before
    client.chat.completions.create(model="m", messages=QUESTION)
    assert not len(spans)
