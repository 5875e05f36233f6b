"""Ollama's API: chat, generate and embed."""

import json

from . import canned
from .canned import CHUNK_SECONDS, FIRST_CHUNK_SECONDS

CREATED = "2026-01-01T00:00:00.123456789Z"


def model(path: str, request: dict) -> str | None:
    return request.get("model") if path in ("/api/chat", "/api/generate", "/api/embed", "/api/embeddings") else None


def error(status: int) -> dict:
    return {"error": f"made to fail with {status}"}


def respond(path: str, model: str, request: dict):
    if path == "/api/embed":
        count = len(request["input"]) if isinstance(request["input"], list) else 1
        return {"model": model, "embeddings": [[0.25, -0.5, 1.0]] * count, "prompt_eval_count": canned.EMBEDDINGS.input}
    if path == "/api/embeddings":
        return {"embedding": [0.25, -0.5, 1.0]}
    # A missing `stream` means a stream.
    stream = request.get("stream", True)
    is_chat = path == "/api/chat"
    messages = request.get("messages") or []
    has_result = any(message.get("role") == "tool" for message in messages)
    wants_tool = bool(request.get("tools")) and not has_result
    usage = canned.usage(model, stream=stream, wants_tool=wants_tool, has_tool_result=has_result)
    end = {
        "model": model,
        "created_at": CREATED,
        "done": True,
        "done_reason": "stop",
        "total_duration": 900_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": usage.input,
        "prompt_eval_duration": 200_000_000,
        "eval_count": usage.output,
        "eval_duration": 600_000_000,
    }

    def part(text: str, calls=None) -> dict:
        if not is_chat:
            return {"response": text}
        message = {"role": "assistant", "content": text}
        return {"message": {**message, "tool_calls": calls} if calls else message}

    if wants_tool:
        name = request["tools"][0]["function"]["name"]
        whole = part("", [{"function": {"name": name, "arguments": canned.TOOL_ARGUMENTS}}])
    else:
        whole = part(canned.TEXT)
    if not stream:
        return {**end, **whole}

    def chunks():
        yield FIRST_CHUNK_SECONDS
        for word in canned.TEXT.split():
            yield CHUNK_SECONDS
            yield json.dumps({"model": model, "created_at": CREATED, "done": False, **part(word + " ")}) + "\n"
        yield json.dumps({**end, **part("")}) + "\n"

    return "application/x-ndjson", chunks()
