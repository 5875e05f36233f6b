"""What several entries of the catalogue have in common."""

from ..expected import ANY_TIME

WHO = {"session_id": "session-1", "user_id": "user-1"}
NOBODY = {"session_id": None, "user_id": None}
OPENAI = {"provider": "openai"}
ANTHROPIC = {"provider": "anthropic"}
NO_TTFT = {"time_to_first_token_ns": None}
NO_FINISH = {"finish_reason": None}
NO_CACHE = {"cached_tokens": None, "reasoning_tokens": None}
NO_MODEL_ANSWERED = {"response_model": None}
SHORT_ERRORS = {"429": "RateLimitError", "500": "InternalServerError"}
WITHOUT_RESPONSES = ("chat", "stream", "tools", "embeddings", "429", "500", "embeddings-500", "retry", "async")
# Of OpenAI's Responses API the first event of a stream is no token.
EARLY = {"responses-stream": {"time_to_first_token_ns": ANY_TIME}}
ANTHROPIC_CASES = ("chat", "stream", "stream-helper", "tools", "429", "500", "retry")
ANTHROPIC_ERRORS = {"429": "anthropic.RateLimitError", "500": "anthropic.InternalServerError"}
# What Anthropic writes to its cache.
WRITTEN = {case: {"cache_creation_tokens": 129} for case in ("chat", "retry")} | {
    case: {"cache_creation_tokens": 139} for case in ("stream", "stream-helper")
}


def answered_by(cases: tuple[str, ...], prefix: str = "axm-") -> dict:
    """Cases in which a library knows the model that answers by the name of the one asked for."""
    return {case: {"response_model": f"{prefix}{case}"} for case in cases}


def named_once(cases: tuple[str, ...]) -> dict:
    """Cases in which a library names one model, without saying that it was asked for."""
    return {case: {"request_model": None, "response_model": f"axm-{case}"} for case in cases}


def merged(*tables: dict) -> dict:
    """Tables of cases as one; what a later one says of a case is added."""
    whole: dict = {}
    for table in tables:
        for case, fields in table.items():
            if isinstance(fields, list):
                whole[case] = fields
            else:
                whole[case] = {**whole.get(case, {}), **fields}
    return whole
