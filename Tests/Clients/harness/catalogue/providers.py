"""Libraries that trace calls of other providers' clients."""

from ..clients import Client
from ..expected import ANY_TIME
from .common import (
    ANTHROPIC,
    ANTHROPIC_CASES,
    ANTHROPIC_ERRORS,
    NO_CACHE,
    NO_FINISH,
    NO_TTFT,
    SHORT_ERRORS,
    WRITTEN,
    answered_by,
    merged,
)

OTHER_PROVIDERS = [
    Client(
        title="OpenTelemetry: Anthropic",
        program="genai_anthropic",
        group="providers",
        scope="opentelemetry.instrumentation.genai.anthropic",
        packages=("opentelemetry-instrumentation-genai-anthropic", "anthropic"),
        cases=ANTHROPIC_CASES,
        tells={**ANTHROPIC, "reasoning_tokens": None},
        in_case=merged(WRITTEN, {"stream-helper": NO_TTFT, "tools": [{"finish_reason": "tool_call"}, {}]}),
        errors=ANTHROPIC_ERRORS,
    ),
    Client(
        title="Anthropic's own spans",
        program="anthropic_own",
        group="providers",
        scope="com.anthropic.sdk.python",
        packages=("anthropic",),
        cases=ANTHROPIC_CASES,
        tells={**ANTHROPIC, "reasoning_tokens": None, "finish_reason": "end_turn"},
        in_case=merged(WRITTEN, {"tools": [{"finish_reason": "tool_use"}, {}]}),
        errors={"429": "rate_limit_error", "500": "api_error"},
        notes=(
            "Anthropic's client makes spans of its own where OpenTelemetry is set up, with or without "
            "an instrumentation."
        ),
    ),
    Client(
        title="OpenInference: Anthropic",
        program="openinference_anthropic",
        group="providers",
        scope="openinference.instrumentation.anthropic",
        packages=("openinference-instrumentation-anthropic", "anthropic"),
        cases=ANTHROPIC_CASES,
        tells={**ANTHROPIC, "reasoning_tokens": None, "finish_reason": "end_turn", **NO_TTFT},
        in_case=merged(WRITTEN, {"tools": [{"finish_reason": "tool_use"}, {}]}),
        variables={"ANTHROPIC_OPEN_TELEMETRY": "false"},
        errors=ANTHROPIC_ERRORS,
        notes=(
            "Without the variable, Anthropic's own spans report a call again; those of `messages.stream` in a trace of "
            "their own, so that it counts twice."
        ),
    ),
    Client(
        title="OpenLLMetry: Anthropic",
        program="openllmetry_anthropic",
        group="providers",
        scope="opentelemetry.instrumentation.anthropic",
        packages=("opentelemetry-instrumentation-anthropic", "anthropic"),
        cases=("chat", "stream", "tools", "429", "500", "retry"),
        tells={**ANTHROPIC, "reasoning_tokens": None, **NO_TTFT},
        in_case=merged(WRITTEN, {"stream": {"output_tokens": 344}, "tools": [{"finish_reason": "tool_call"}, {}]}),
        variables={"ANTHROPIC_OPEN_TELEMETRY": "false"},
        errors=SHORT_ERRORS,
        notes=(
            "A stream's output tokens are one too many, and `messages.stream` has no span that ends. Without the "
            "variable, Anthropic's own spans report every call again, in a trace of their own, so that it counts twice."
        ),
    ),
    Client(
        title="OpenLIT: Anthropic",
        program="openlit_anthropic",
        group="openlit",
        scope="openlit.instrumentation.anthropic",
        packages=("openlit", "anthropic"),
        cases=("chat", "stream", "tools", "retry"),
        tells={**ANTHROPIC, "reasoning_tokens": None, "finish_reason": "end_turn"},
        in_case={
            "chat": {"input_tokens": 476, "cache_creation_tokens": 129, "time_to_first_token_ns": ANY_TIME},
            "retry": {"input_tokens": 476, "cache_creation_tokens": 129, "time_to_first_token_ns": ANY_TIME},
            "stream": {"input_tokens": 954, "cached_tokens": 0},
            "tools": [
                {"finish_reason": "tool_use", "time_to_first_token_ns": ANY_TIME},
                {"time_to_first_token_ns": ANY_TIME},
            ],
        },
        errors={},
        notes=(
            "Its input tokens leave out those that the cache held, and of a failed call only the span's "
            "name gives the model."
        ),
    ),
    Client(
        title="OpenTelemetry: Google",
        program="google_genai_calls",
        group="providers",
        scope="opentelemetry.instrumentation.google_genai",
        packages=("opentelemetry-instrumentation-google-genai", "google-genai"),
        cases=("chat", "stream", "google-tools", "embeddings", "429", "500"),
        tells={"provider": "gemini", "operation": "generate_content"},
        in_case={
            "embeddings": {"operation": "embeddings", "response_model": None, "input_tokens": None},
        },
        errors={"429": "429", "500": "500"},
        notes="The provider is `gemini` and the operation `generate_content`.",
    ),
    Client(
        title="OpenInference: Google",
        program="openinference_google",
        group="providers",
        scope="openinference.instrumentation.google_genai",
        packages=("openinference-instrumentation-google-genai", "google-genai"),
        cases=("chat", "stream", "google-tools", "embeddings", "429", "500"),
        tells={"provider": "google", "request_model": None, **NO_TTFT},
        in_case={
            "429": {"request_model": "axm-429"},
            "500": {"request_model": "axm-500"},
            "embeddings": {"response_model": "axm-embeddings", "input_tokens": None},
        },
        errors={"429": "google.genai.errors.ClientError", "500": "google.genai.errors.ServerError"},
    ),
    Client(
        title="OpenLLMetry: Ollama",
        program="openllmetry_ollama",
        group="providers",
        scope="opentelemetry.instrumentation.ollama",
        packages=("opentelemetry-instrumentation-ollama", "ollama"),
        cases=("chat", "stream", "ollama-tools", "generate", "429", "500"),
        tells={"provider": "ollama", **NO_CACHE, **NO_FINISH, **NO_TTFT},
        in_case=merged(
            answered_by(("chat", "stream", "ollama-tools", "generate")),
            {"generate": {"operation": "text_completion"}},
        ),
        errors={"429": "ResponseError", "500": "ResponseError"},
        notes="Embeddings are not traced.",
    ),
]
