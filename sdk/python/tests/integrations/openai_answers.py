"""What OpenAI's API answers, in its wire format."""

from typing import Any

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
