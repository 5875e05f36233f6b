"""Chat with the real client of OpenAI against a stand-in server."""

import asyncio
import gc
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder
from tests.integrations.openai_answers import CHAT, QUESTION, STREAM, completion
from tests.integrations.stand_in import StandIn

openai = pytest.importorskip("openai")


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
