"""What the API must tell of each case, and how a library may differ from it.

A case is known by its model, `axm-chat` and so on. `truth` is what happened: what the stand-in of the providers was
asked and what it sent. A library may tell less, or say it in its own words; `Client` in `clients.py` lists that.
"""

from . import canned
from .canned import DATED, FIRST_CHUNK_SECONDS

FIELDS = [
    "provider",
    "operation",
    "request_model",
    "response_model",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
    "time_to_first_token_ns",
    "finish_reason",
    "session_id",
    "user_id",
    "error_type",
]
# Operations that are one call of a model.
CALLS = {"chat", "text_completion", "generate_content", "embeddings"}


class Text:
    """Any text: an identifier that the library makes up."""

    def __eq__(self, other):
        return isinstance(other, str) and other != ""

    def __repr__(self):
        return "any text"


class Nanoseconds:
    """A time between two limits, since no clock is exact; the upper one is the span's own duration at most."""

    def __init__(self, least_seconds: float):
        self.least_seconds = least_seconds

    def __eq__(self, other):
        return isinstance(other, int) and other >= self.least_seconds * 1e9

    def __repr__(self):
        return f"at least {self.least_seconds} s, in nanoseconds"


ANY_TEXT = Text()
# The stand-in waits that long before its first chunk.
FIRST_CHUNK = Nanoseconds(FIRST_CHUNK_SECONDS * 0.9)
# Some libraries take the first event of a stream, which comes before the first token, or the end of a whole response.
ANY_TIME = Nanoseconds(0)


def usage_fields(usage: canned.Usage) -> dict:
    return {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cached_tokens": usage.cached,
        "reasoning_tokens": usage.reasoning,
    }


def answered(usage: canned.Usage, case: str, finish: str | None = "stop", operation: str = "chat") -> dict:
    return {
        "operation": operation,
        "request_model": f"axm-{case}",
        "response_model": f"axm-{case}{DATED}",
        **usage_fields(usage),
        "finish_reason": finish,
    }


def failed(case: str, operation: str = "chat") -> dict:
    return {"operation": operation, "request_model": f"axm-{case}"}


def streamed(call: dict) -> dict:
    return {**call, "time_to_first_token_ns": FIRST_CHUNK}


def truth(case: str) -> list[dict]:
    """The calls of a case in their order, each with the fields that are not null."""
    call, answer = answered(canned.TOOL_CALL, case, "tool_calls"), answered(canned.TOOL_ANSWER, case)
    match case:
        case "tools":
            return [call, answer]
        case "litellm-tools" | "ollama-tools" | "instructor":
            return [call]
        case "google-tools":
            # The client calls the tool itself; only its last request is a span.
            return [answer]
        case "smolagents-tools":
            # It gives the tool's result as text, so the stand-in calls again, until the agent may take no more steps.
            return [call, call, answered(canned.CHAT, case)]
        case "strands":
            return [streamed(answered(canned.STREAM, case, "end_turn"))]
        case "strands-tools":
            return [streamed({**call, "finish_reason": "tool_use"}), streamed({**answer, "finish_reason": "end_turn"})]
        case "embeddings":
            whole = answered(canned.EMBEDDINGS, case, None, "embeddings")
            return [{**whole, "output_tokens": None}]
        case "embeddings-500":
            return [failed(case, "embeddings")]
        case "429" | "500":
            return [failed(case)]
        case _ if "stream" in case:
            return [streamed(answered(canned.STREAM, case))]
        case _:
            return [answered(canned.CHAT, case)]
