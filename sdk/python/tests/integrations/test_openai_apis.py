"""Tools, helpers and the other APIs of the real client of OpenAI against a stand-in server."""

import json
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder
from tests.integrations.openai_answers import CHAT, QUESTION, STREAM, USAGE, chunk, completion
from tests.integrations.stand_in import StandIn

pytest.importorskip("openai")


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
