"""The real client of Ollama against a stand-in server."""

import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder
from tests.integrations.stand_in import StandIn

ollama = pytest.importorskip("ollama")

QUESTION = [{"role": "user", "content": "Why?"}]
END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 900_000_000,
    "load_duration": 100_000_000,
    "prompt_eval_count": 11,
    "prompt_eval_duration": 50_000_000,
    "eval_count": 7,
    "eval_duration": 700_000_000,
}


def part(content: str = "", **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {"model": "llama", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False, **fields}


def piece(text: str = "", **fields: Any) -> dict[str, Any]:
    return {"model": "llama", "created_at": "2026-01-01T00:00:00Z", "response": text, "done": False, **fields}


STREAM = [part("Be"), part("cause."), part(**END)]


@pytest.fixture
def client(server: StandIn) -> Iterator[Any]:
    made = ollama.Client(server.url)
    yield made
    made._client.close()


def common(server: StandIn, operation: str) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "llama",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "llama",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "axonize.llm.server.load_duration": 0.1,
        "axonize.llm.server.prompt_duration": 0.05,
        "axonize.llm.server.generation_duration": 0.7,
    }


def test_chat(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json("/api/chat", part("Because.", **END))
    assert axonize.instrument("ollama") == ["ollama"]
    options = {"temperature": 0.5, "top_k": 40, "num_predict": 64, "seed": 3, "stop": ["\n"]}
    answer = client.chat("llama", QUESTION, options=options, format="json")
    assert answer.message.content == "Because."
    span = spans.one("chat llama")
    assert (span.kind, span.status, span.scope) == ("client", "unset", "axonize.ollama")
    assert span.attributes == {
        **common(server, "chat"),
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.seed": 3,
        "gen_ai.request.stop_sequences": ["\n"],
        "gen_ai.output.type": "json",
    }


def figures(span: Any) -> dict[str, Any]:
    return {key: value for key, value in span.attributes.items() if "latency" not in key}


def streamed(server: StandIn, operation: str) -> dict[str, Any]:
    return {
        **common(server, operation),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.5,
        "gen_ai.server.time_per_output_token": pytest.approx(0.25 / 6),
        "axonize.llm.tokens_per_second": pytest.approx(7 / 0.75),
    }


def read(spans: Recorder, stream: Any) -> str:
    text = ""
    spans.clock.advance(0.5)
    for item in stream:
        text += item.message.content if hasattr(item, "message") else item.response
        spans.clock.advance(0.25)
    return text


def test_chat_as_a_stream(server: StandIn, client: Any, spans: Recorder) -> None:
    server.lines("/api/chat", STREAM)
    axonize.instrument("ollama")
    assert read(spans, client.chat("llama", QUESTION, stream=True)) == "Because."
    assert figures(spans.one("chat llama")) == streamed(server, "chat")


def test_generate(server: StandIn, client: Any, spans: Recorder) -> None:
    axonize.instrument("ollama")
    server.json("/api/generate", piece("Because.", **END))
    client.generate("llama", "Why?")
    assert spans.one("text_completion llama").attributes == common(server, "text_completion")
    spans.clear()
    server.lines("/api/generate", [piece("Be"), piece("cause."), piece(**END)])
    assert read(spans, client.generate("llama", "Why?", stream=True)) == "Because."
    assert figures(spans.one("text_completion llama")) == streamed(server, "text_completion")


def test_embed(server: StandIn, client: Any, spans: Recorder) -> None:
    axonize.instrument("ollama")
    answer = {"model": "llama", "embeddings": [[0.5, 0.25]], "prompt_eval_count": 4, "load_duration": 100_000_000}
    server.json("/api/embed", answer)
    client.embed("llama", ["a"])
    assert spans.one("embeddings llama").attributes == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "llama",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "gen_ai.response.model": "llama",
        "gen_ai.embeddings.dimension.count": 2,
        "gen_ai.usage.input_tokens": 4,
        "axonize.llm.server.load_duration": 0.1,
    }
    spans.clear()
    server.json("/api/embeddings", {"embedding": [0.5, 0.25, 0.125]})
    client.embeddings("llama", "a")
    assert spans.one("embeddings llama").attributes["gen_ai.embeddings.dimension.count"] == 3


def test_async(server: StandIn, spans: Recorder) -> None:
    axonize.instrument("ollama")
    client = ollama.AsyncClient(server.url)

    async def work() -> str:
        server.json("/api/chat", part("Because.", **END))
        await client.chat("llama", QUESTION)
        server.lines("/api/chat", STREAM)
        text = ""
        stream = await client.chat("llama", QUESTION, stream=True)
        spans.clock.advance(0.5)
        async for item in stream:
            text += item.message.content
            spans.clock.advance(0.25)
        # Closed before its end.
        early = await client.generate("llama", "Why?", stream=True)
        await anext(early)
        await early.aclose()
        await client._client.aclose()
        return text

    server.lines("/api/generate", [piece("Be"), piece("cause."), piece(**END)])
    assert asyncio.run(work()) == "Because."
    whole, stream = spans.named("chat llama")
    assert whole.attributes == common(server, "chat")
    assert figures(stream) == streamed(server, "chat")
    assert spans.one("text_completion llama").attributes["axonize.llm.stream.outcome"] == "closed"


def test_functions_imported_before(
    server: StandIn, client: Any, spans: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat: Callable[..., Any] = ollama.chat
    monkeypatch.setattr(chat.__self__, "_client", client._client)  # type: ignore[attr-defined]
    server.json("/api/chat", part("Because.", **END))
    axonize.instrument("ollama")
    chat("llama", QUESTION)
    assert spans.one("chat llama").attributes == common(server, "chat")


def test_tools_and_content(server: StandIn, client: Any, content_spans: Recorder) -> None:
    def weather(city: str) -> str:
        """Tell the weather.

        Args:
            city: Where.

        """
        return city

    call = {"function": {"name": "weather", "arguments": {"city": "Oslo"}}}
    end = part(**{**END, "message": {"role": "assistant", "content": "", "tool_calls": [call]}})
    server.json("/api/chat", end)
    axonize.instrument("ollama")
    client.chat("llama", QUESTION, tools=[weather])
    found = content_spans.one("chat llama").attributes
    assert json.loads(found["gen_ai.tool.definitions"])[0]["function"]["name"] == "weather"
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Why?"}]}
    ]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "tool_call", "id": "", "name": "weather", "arguments": '{"city": "Oslo"}'}]


def test_error(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json("/api/chat", {"error": "model 'llama' not found"}, 404)
    axonize.instrument("ollama")
    with pytest.raises(ollama.ResponseError, match="not found"):
        client.chat("llama", QUESTION)
    with pytest.raises(ollama.ResponseError, match="not found"):
        list(client.chat("llama", QUESTION, stream=True))
    for span in spans.named("chat llama"):
        assert span.status == "error"
        assert span.attributes["error.type"].endswith("ResponseError")
        assert span.attributes["http.response.status_code"] == 404


def test_stream_that_fails_midway(server: StandIn, client: Any, spans: Recorder) -> None:
    axonize.instrument("ollama")
    server.lines("/api/chat", [part("Be"), {"error": "out of memory"}])
    with pytest.raises(ollama.ResponseError, match="out of memory"):
        list(client.chat("llama", QUESTION, stream=True))
    server.lines("/api/chat", [part("Be"), None])
    with pytest.raises(Exception, match=r"incomplete|closed"):
        list(client.chat("llama", QUESTION, stream=True))
    for span in spans.named("chat llama"):
        assert (span.status, span.attributes["gen_ai.usage.output_tokens"]) == ("error", 1)


def test_stream_that_is_left(server: StandIn, client: Any, spans: Recorder) -> None:
    server.lines("/api/chat", STREAM)
    axonize.instrument("ollama")
    stream = client.chat("llama", QUESTION, stream=True)
    next(stream)
    stream.close()
    with pytest.raises(StopIteration):
        next(stream)
    client.chat("llama", QUESTION, stream=True)
    gc.collect()
    outcomes = [span.attributes["axonize.llm.stream.outcome"] for span in spans.named("chat llama")]
    assert outcomes == ["closed", "abandoned"]


def test_other_requests_are_not_traced(server: StandIn, client: Any, spans: Recorder) -> None:
    server.json("/api/show", {"model_info": {}})
    axonize.instrument("ollama")
    client.show("llama")
    assert not len(spans)


def test_a_client_of_another_shape_is_left_alone(
    server: StandIn, client: Any, spans: Recorder, warnings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ollama.AsyncClient._request

    async def changed(self: Any, body: Any) -> Any:
        return body

    monkeypatch.setattr(ollama.AsyncClient, "_request", changed)
    assert axonize.instrument("ollama") == []
    monkeypatch.setattr(ollama.AsyncClient, "_request", own)
    assert "ollama is not instrumented" in warnings()[0]
    server.json("/api/chat", part("Because.", **END))
    assert client.chat("llama", QUESTION).message.content == "Because."
    assert not len(spans)
