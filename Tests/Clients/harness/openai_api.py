"""OpenAI's API: chat completions, completions, responses and embeddings."""

import json

from . import canned
from .canned import CHUNK_SECONDS, DATED, FIRST_CHUNK_SECONDS

CREATED = 1_767_225_600


def model(path: str, request: dict) -> str | None:
    known = path.endswith(("/chat/completions", "/completions", "/embeddings", "/responses"))
    return request.get("model") if known else None


def error(status: int) -> dict:
    kind = {429: "rate_limit_exceeded", 500: "server_error"}[status]
    return {"error": {"message": f"made to fail with {status}", "type": kind, "param": None, "code": kind}}


def respond(path: str, model: str, request: dict):
    if path.endswith("/embeddings"):
        return embeddings(model, request)
    if path.endswith("/responses"):
        return responses(model, request)
    if path.endswith("/chat/completions"):
        return chat(model, request)
    return completion(model, request)


def embeddings(model: str, request: dict) -> dict:
    inputs = request["input"] if isinstance(request["input"], list) else [request["input"]]
    count = canned.EMBEDDINGS.input
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": index, "embedding": vector(request)} for index in range(len(inputs))],
        "model": model + DATED,
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


def vector(request: dict):
    if request.get("encoding_format") == "base64":
        # Three floats: 0.25, -0.5, 1.0.
        return "AACAPgAAAL8AAIA/"
    return [0.25, -0.5, 1.0]


def usage_json(usage: canned.Usage) -> dict:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def completion(model: str, request: dict) -> dict:
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": CREATED,
        "model": model + DATED,
        "choices": [{"index": 0, "text": canned.TEXT, "finish_reason": "stop", "logprobs": None}],
        "usage": usage_json(canned.CHAT),
    }


def offered_tool(request: dict) -> str | None:
    """The name of the tool to call: the one asked for, else the first that is offered."""
    tools = [tool.get("function", tool) for tool in request.get("tools") or []]
    choice = request.get("tool_choice")
    if isinstance(choice, dict):
        return choice.get("function", choice).get("name")
    return tools[0]["name"] if tools and choice != "none" else None


def tool_arguments(request: dict, name: str) -> dict:
    """Arguments that the tool's schema accepts: Paris for every text it asks for."""
    for tool in request.get("tools") or []:
        function = tool.get("function", tool)
        if function["name"] == name:
            return {key: "Paris" for key in (function.get("parameters") or {}).get("properties", {})}
    return canned.TOOL_ARGUMENTS


def chat(model: str, request: dict):
    has_result = any(message.get("role") == "tool" for message in request["messages"])
    tool = None if has_result else offered_tool(request)
    stream = bool(request.get("stream"))
    usage = canned.usage(model, stream=stream, wants_tool=tool is not None, has_tool_result=has_result)
    call = None
    if tool:
        arguments = json.dumps(tool_arguments(request, tool))
        call = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": arguments}}
    if stream:
        wants_usage = (request.get("stream_options") or {}).get("include_usage", False)
        return "text/event-stream", chat_chunks(model, usage if wants_usage else None, call)
    message = {"role": "assistant", "content": None if call else canned.TEXT, "refusal": None}
    if call:
        message["tool_calls"] = [call]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": CREATED,
        "model": model + DATED,
        "choices": [
            {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop", "logprobs": None}
        ],
        "usage": usage_json(usage),
        "service_tier": "default",
        "system_fingerprint": "fp_1",
    }


def chat_chunks(model: str, usage: canned.Usage | None, call: dict | None):
    def event(delta: dict | None, finish: str | None = None, usage_part: dict | None = None) -> str:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model + DATED,
            "choices": choices,
            "usage": usage_part,
        }
        return f"data: {json.dumps(chunk)}\n\n"

    yield FIRST_CHUNK_SECONDS
    if call:
        yield event({"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call}]})
    else:
        yield event({"role": "assistant", "content": ""})
        for word in canned.TEXT.split():
            yield CHUNK_SECONDS
            yield event({"content": word + " "})
    yield event({}, "tool_calls" if call else "stop")
    if usage:
        yield event(None, usage_part=usage_json(usage))
    yield "data: [DONE]\n\n"


# Responses.


def responses(model: str, request: dict):
    items = request["input"] if isinstance(request["input"], list) else []
    has_result = any(item.get("type") == "function_call_output" for item in items)
    tool = None if has_result else offered_tool(request)
    stream = bool(request.get("stream"))
    usage = canned.usage(model, stream=stream, wants_tool=tool is not None, has_tool_result=has_result)
    if tool:
        output = {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": tool,
            "arguments": json.dumps(tool_arguments(request, tool)),
            "status": "completed",
        }
    else:
        output = {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": canned.TEXT, "annotations": [], "logprobs": []}],
        }
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "max_output_tokens": None,
        "model": model + DATED,
        "output": [output],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": request.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": usage.input,
            "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.input + usage.output,
        },
        "user": request.get("user"),
        "metadata": {},
    }
    if stream:
        return "text/event-stream", responses_chunks(response, output)
    return response


def responses_chunks(response: dict, output: dict):
    number = 0

    def event(kind: str, **fields) -> str:
        nonlocal number
        number += 1
        return f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': number - 1, **fields})}\n\n"

    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    yield FIRST_CHUNK_SECONDS
    if output["type"] == "function_call":
        yield event("response.output_item.added", output_index=0, item={**output, "arguments": ""})
        place = {"item_id": output["id"], "output_index": 0}
        yield event("response.function_call_arguments.delta", **place, delta=output["arguments"])
        yield event(
            "response.function_call_arguments.done", **place, name=output["name"], arguments=output["arguments"]
        )
    else:
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        part = output["content"][0]
        yield event(
            "response.output_item.added", output_index=0, item={**output, "status": "in_progress", "content": []}
        )
        yield event("response.content_part.added", **place, part={**part, "text": ""})
        for word in canned.TEXT.split():
            yield CHUNK_SECONDS
            yield event("response.output_text.delta", **place, delta=word + " ", logprobs=[])
        yield event("response.output_text.done", **place, text=canned.TEXT, logprobs=[])
        yield event("response.content_part.done", **place, part=part)
    yield event("response.output_item.done", output_index=0, item=output)
    yield event("response.completed", response=response)
