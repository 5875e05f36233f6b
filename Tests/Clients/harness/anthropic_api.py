"""Anthropic's API: messages."""

import json

from . import canned
from .canned import CHUNK_SECONDS, DATED, FIRST_CHUNK_SECONDS


def model(path: str, request: dict) -> str | None:
    return request.get("model") if path.endswith("/v1/messages") else None


def error(status: int) -> dict:
    kind = {429: "rate_limit_error", 500: "api_error"}[status]
    return {"type": "error", "error": {"type": kind, "message": f"made to fail with {status}"}, "request_id": "req_1"}


def usage_json(usage: canned.Usage) -> dict:
    """Anthropic counts what the cache held beside the input, not within it."""
    return {
        "input_tokens": usage.uncached,
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_creation,
        "service_tier": "standard",
    }


def respond(path: str, model: str, request: dict):
    def is_result(part) -> bool:
        return isinstance(part, dict) and part.get("type") == "tool_result"

    parts = [message["content"] for message in request["messages"]]
    has_result = any(is_result(item) for part in parts if isinstance(part, list) for item in part)
    tools = request.get("tools") or []
    wants_tool = bool(tools) and not has_result
    stream = bool(request.get("stream"))
    usage = canned.usage(model, stream=stream, wants_tool=wants_tool, has_tool_result=has_result)
    if wants_tool:
        schema = tools[0].get("input_schema") or {}
        arguments = {key: "Paris" for key in schema.get("properties", {})}
        content = {"type": "tool_use", "id": "toolu_1", "name": tools[0]["name"], "input": arguments}
    else:
        content = {"type": "text", "text": canned.TEXT}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model + DATED,
        "content": [content],
        "stop_reason": "tool_use" if wants_tool else "end_turn",
        "stop_sequence": None,
        "usage": usage_json(usage),
    }
    return ("text/event-stream", chunks(message, content)) if stream else message


def chunks(message: dict, content: dict):
    def event(kind: str, **fields) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    yield FIRST_CHUNK_SECONDS
    usage = message["usage"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield event("message_start", message=begun)
    if content["type"] == "text":
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for word in content["text"].split():
            yield CHUNK_SECONDS
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word + " "})
    else:
        yield event("content_block_start", index=0, content_block={**content, "input": {}})
        arguments = json.dumps(content["input"])
        yield event("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": arguments})
    yield event("content_block_stop", index=0)
    yield event(
        "message_delta",
        delta={"stop_reason": message["stop_reason"], "stop_sequence": None},
        usage={"output_tokens": usage["output_tokens"]},
    )
    yield event("message_stop")
