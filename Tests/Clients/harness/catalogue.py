"""Every client library that is tested, in the order of docs/integrations.md."""

from .clients import FRAMEWORK_CASES, Client
from .expected import ANY_TEXT, ANY_TIME

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


OPENAI_CLIENTS = [
    Client(
        title="OpenTelemetry: OpenAI",
        program="genai_openai",
        group="light",
        scope="opentelemetry.instrumentation.genai.openai",
        packages=("opentelemetry-instrumentation-genai-openai", "openai"),
        tells=OPENAI,
        in_case=EARLY,
    ),
    Client(
        title="OpenTelemetry: OpenAI, older",
        program="otel_openai_v2",
        group="openai-v2",
        scope="opentelemetry.instrumentation.openai_v2",
        packages=("opentelemetry-instrumentation-openai-v2", "openai"),
        cases=(*WITHOUT_RESPONSES, "async-stream"),
        tells={**OPENAI, **NO_CACHE, **NO_TTFT},
        in_case={"stream": NO_FINISH, "async-stream": NO_FINISH},
        errors=SHORT_ERRORS,
    ),
    Client(
        title="OpenInference: OpenAI",
        program="openinference_openai",
        group="light",
        scope="openinference.instrumentation.openai",
        packages=("openinference-instrumentation-openai", "openai"),
        tells={**OPENAI, **WHO},
        in_case=merged(
            EARLY,
            {"responses": NO_FINISH, "responses-stream": NO_FINISH},
        ),
    ),
    Client(
        title="OpenLLMetry: OpenAI",
        program="openllmetry_openai",
        group="light",
        scope="opentelemetry.instrumentation.openai.v1",
        packages=("opentelemetry-instrumentation-openai", "openai"),
        tells=OPENAI,
        in_case={
            "stream": {"reasoning_tokens": None},
            "async-stream": {"reasoning_tokens": None},
            "responses-stream": NO_TTFT,
            "tools": [{"finish_reason": "tool_call"}, {}],
        },
        errors=SHORT_ERRORS,
    ),
    Client(
        title="Traceloop",
        program="traceloop_openai",
        group="traceloop",
        scope="opentelemetry.instrumentation.openai.v1",
        packages=("traceloop-sdk", "openai"),
        tells={**OPENAI, **WHO},
        in_case={
            "stream": {"reasoning_tokens": None},
            "async-stream": {"reasoning_tokens": None},
            "responses-stream": NO_TTFT,
            "tools": [{"finish_reason": "tool_call"}, {}],
        },
        errors=SHORT_ERRORS,
    ),
    Client(
        title="OpenLIT: OpenAI",
        program="openlit_openai",
        group="openlit",
        scope="openlit.instrumentation.openai",
        packages=("openlit", "openai"),
        tells={**OPENAI, "time_to_first_token_ns": ANY_TIME, "reasoning_tokens": None},
        in_case=merged(
            {
                case: {"time_to_first_token_ns": ANY_TIME}
                for case in ("chat", "responses", "retry", "async", "embeddings", "responses-stream")
            },
            {
                "responses": {"reasoning_tokens": 71, "finish_reason": "completed"},
                "responses-stream": {"reasoning_tokens": 81, "finish_reason": "completed"},
                "embeddings": {"response_model": "axm-embeddings"},
                "tools": [{"time_to_first_token_ns": ANY_TIME}, {"time_to_first_token_ns": ANY_TIME}],
            },
        ),
        errors=SHORT_ERRORS,
    ),
    Client(
        title="Logfire",
        program="logfire_openai",
        group="light",
        scope="logfire.openai",
        packages=("logfire", "openai"),
        tells={**OPENAI, **NO_TTFT},
        in_case={"429": {"response_model": "axm-429"}, "500": {"response_model": "axm-500"}}
        | {"embeddings-500": {"response_model": "axm-embeddings-500"}},
        extra_spans={"stream": 1, "responses-stream": 1, "async-stream": 1},
        variables={"LOGFIRE_BASE_URL": "{endpoint}", "LOGFIRE_TOKEN": "{key}"},
    ),
    Client(
        title="Langfuse",
        program="langfuse_openai",
        group="light",
        scope="langfuse-sdk",
        packages=("langfuse", "openai"),
        tells={**WHO, **NO_FINISH},
        in_case=merged(
            {"stream": {"finish_reason": "stop"}, "async-stream": {"finish_reason": "stop"}},
            {"responses-stream": {"time_to_first_token_ns": ANY_TIME}},
        ),
        errors={},
        variables={
            "LANGFUSE_BASE_URL": "{endpoint}",
            "LANGFUSE_PUBLIC_KEY": "axonize",
            "LANGFUSE_SECRET_KEY": "{key}",
        },
        path="/api/public/otel/v1/traces",
    ),
    Client(
        title="MLflow",
        program="mlflow_openai",
        group="mlflow",
        scope="mlflow.tracing.provider",
        packages=("mlflow-tracing", "openai"),
        tells={"reasoning_tokens": None, **NO_FINISH},
        in_case={"embeddings": {"input_tokens": None}},
        errors=SHORT_ERRORS,
        variables={
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{endpoint}/v1/traces",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=Bearer%20{key}",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            # Nothing is read from it.
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        },
    ),
]

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
        program="genai_anthropic",
        group="providers",
        scope="com.anthropic.sdk.python",
        packages=("anthropic",),
        cases=ANTHROPIC_CASES,
        tells={**ANTHROPIC, "reasoning_tokens": None, "finish_reason": "end_turn"},
        in_case=merged(WRITTEN, {"tools": [{"finish_reason": "tool_use"}, {}]}),
        errors={"429": "rate_limit_error", "500": "api_error"},
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
        errors=ANTHROPIC_ERRORS,
    ),
    Client(
        title="OpenLLMetry: Anthropic",
        program="openllmetry_anthropic",
        group="providers",
        scope="opentelemetry.instrumentation.anthropic",
        packages=("opentelemetry-instrumentation-anthropic", "anthropic"),
        # Its spans of the helper `messages.stream` never end.
        cases=("chat", "stream", "tools", "429", "500", "retry"),
        tells={**ANTHROPIC, "reasoning_tokens": None, **NO_TTFT},
        # It adds the one token of the first event.
        in_case=merged(WRITTEN, {"stream": {"output_tokens": 344}, "tools": [{"finish_reason": "tool_call"}, {}]}),
        errors=SHORT_ERRORS,
    ),
    Client(
        title="OpenLIT: Anthropic",
        program="openlit_anthropic",
        group="openlit",
        scope="openlit.instrumentation.anthropic",
        packages=("openlit", "anthropic"),
        # A failed call has no attribute that names it, and the helper `messages.stream` no span.
        cases=("chat", "stream", "tools", "retry"),
        tells={**ANTHROPIC, "reasoning_tokens": None, "finish_reason": "end_turn"},
        # Its input is what the cache did not hold.
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
    ),
    Client(
        title="OpenInference: Google",
        program="openinference_google",
        group="providers",
        scope="openinference.instrumentation.google_genai",
        packages=("openinference-instrumentation-google-genai", "google-genai"),
        cases=("chat", "stream", "google-tools", "embeddings", "429", "500"),
        tells={"provider": "google", "finish_reason": "STOP", "request_model": None, **NO_TTFT},
        in_case={
            "429": {"request_model": "axm-429"},
            "500": {"request_model": "axm-500"},
            "embeddings": {"request_model": "axm-embeddings", "response_model": None, "input_tokens": None},
        },
        errors={"429": "google.genai.errors.ClientError", "500": "google.genai.errors.ServerError"},
    ),
    Client(
        title="OpenLLMetry: Ollama",
        program="openllmetry_ollama",
        group="providers",
        scope="opentelemetry.instrumentation.ollama",
        packages=("opentelemetry-instrumentation-ollama", "ollama"),
        cases=("chat", "stream", "429", "500"),
        tells={"provider": "ollama", **NO_CACHE, **NO_FINISH, **NO_TTFT},
        in_case={"chat": {"response_model": "axm-chat"}, "stream": {"response_model": "axm-stream"}},
        errors={"429": "ResponseError", "500": "ResponseError"},
    ),
]

FRAMEWORKS = [
    Client(
        title="Pydantic AI",
        program="pydantic_ai_openai",
        group="light",
        scope="pydantic-ai",
        packages=("pydantic-ai-slim", "openai"),
        cases=tuple(FRAMEWORK_CASES),
        tells={**OPENAI, "session_id": ANY_TEXT},
        in_case={"tools": [{"finish_reason": "tool_call"}, {}]},
        errors={
            "429": "pydantic_ai.exceptions.ModelRateLimitError",
            "500": "pydantic_ai.exceptions.ModelServerError",
        },
    ),
    Client(
        title="OpenInference: LangChain",
        program="openinference_langchain",
        group="langchain",
        scope="openinference.instrumentation.langchain",
        packages=("openinference-instrumentation-langchain", "langchain-openai"),
        cases=("chat", "stream", "tools", "responses", "429", "500"),
        tells={**OPENAI, **WHO, **NO_TTFT},
        in_case={"stream": NO_MODEL_ANSWERED, "responses": {**NO_MODEL_ANSWERED, **NO_FINISH}},
        errors={
            "429": "langchain_openai.chat_models.base.OpenAIRateLimitError",
            "500": "langchain_openai.chat_models.base.OpenAIAPIError",
        },
    ),
    Client(
        title="OpenLLMetry: LangChain",
        program="openllmetry_langchain",
        group="langchain",
        scope="opentelemetry.instrumentation.langchain",
        packages=("opentelemetry-instrumentation-langchain", "langchain-openai"),
        cases=("chat", "stream", "tools", "responses", "429", "500"),
        tells={**OPENAI, **NO_TTFT, "reasoning_tokens": None},
        in_case={
            "stream": {"response_model": "axm-stream"},
            "responses": {"response_model": "axm-responses", **NO_FINISH},
            "429": {"response_model": "axm-429"},
            "500": {"response_model": "axm-500"},
            "tools": [{"finish_reason": "tool_call"}, {}],
        },
        errors={"429": "OpenAIRateLimitError", "500": "OpenAIAPIError"},
    ),
    Client(
        title="LangSmith",
        program="langsmith_langchain",
        group="langchain",
        scope="langsmith",
        packages=("langsmith", "langchain-openai"),
        cases=("chat", "stream", "tools", "responses", "429", "500"),
        tells={**OPENAI, **NO_MODEL_ANSWERED, **NO_FINISH, **NO_TTFT},
        in_case={
            "chat": {"session_id": "session-1"},
            "tools": [{"session_id": "session-1"}, {"session_id": "session-1"}],
        },
        errors={"429": "Exception", "500": "Exception"},
        variables={
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_OTEL_ENABLED": "true",
            "LANGSMITH_OTEL_ONLY": "true",
            "LANGSMITH_ENDPOINT": "{endpoint}",
            "LANGSMITH_API_KEY": "{key}",
            "LANGSMITH_PROJECT": "chat",
        },
        path="/otel/v1/traces",
    ),
    Client(
        title="OpenInference: LlamaIndex",
        program="openinference_llamaindex",
        group="llamaindex",
        scope="openinference.instrumentation.llama_index",
        packages=("openinference-instrumentation-llama-index", "llama-index-llms-openai"),
        cases=tuple(FRAMEWORK_CASES),
        # Its span of a stream ends when the stream begins.
        tells={**OPENAI, **WHO, **NO_MODEL_ANSWERED, **NO_TTFT},
        skipped="_prepare_chat_with_tools",
    ),
    Client(
        title="OpenInference: Haystack",
        program="haystack_openai",
        group="haystack",
        scope="openinference.instrumentation.haystack",
        packages=("openinference-instrumentation-haystack", "haystack-ai"),
        # A failed call names no model.
        cases=("chat", "stream", "tools", "embeddings"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH, **NO_TTFT},
        in_case={
            "embeddings": {"provider": None, "response_model": None, "input_tokens": None},
        },
    ),
    Client(
        title="LiteLLM",
        program="litellm_callback",
        group="litellm",
        scope="litellm",
        packages=("litellm",),
        cases=("chat", "stream", "litellm-tools", "embeddings", "429", "500"),
        tells={**OPENAI, **NO_CACHE, **NO_TTFT, "user_id": "user-1"},
        in_case={
            "stream": {"response_model": "axm-stream"},
            "embeddings": {"provider": None, "user_id": None},
        },
        errors=SHORT_ERRORS,
    ),
    Client(
        title="OpenInference: LiteLLM",
        program="openinference_litellm",
        group="litellm",
        scope="openinference.instrumentation.litellm",
        packages=("openinference-instrumentation-litellm", "litellm"),
        cases=("chat", "stream", "litellm-tools", "embeddings", "429", "500"),
        tells={**OPENAI, **NO_MODEL_ANSWERED, **NO_TTFT},
        in_case={
            **{case: {"request_model": f"openai/axm-{case}"} for case in ("chat", "stream", "litellm-tools", "429", "500")},
            "embeddings": {"provider": None, "request_model": None, "response_model": "axm-embeddings-2024-08-06"},
        },
        errors={"429": "litellm.exceptions.RateLimitError", "500": "litellm.exceptions.InternalServerError"},
    ),
]

AGENTS = [
    Client(
        title="Strands Agents",
        program="strands_agent",
        group="strands",
        scope="strands.telemetry.tracer",
        packages=("strands-agents", "openai"),
        cases=("strands", "strands-tools", "429", "500"),
        tells={"provider": "strands-agents", "reasoning_tokens": None, **NO_MODEL_ANSWERED, **WHO},
        in_case={"429": NOBODY, "500": NOBODY},
        errors={"429": "strands.types.exceptions.ModelThrottledException", "500": "openai.InternalServerError"},
    ),
    Client(
        title="Microsoft Agent Framework",
        program="agent_framework_chat",
        group="agent-framework",
        scope="agent_framework",
        packages=("agent-framework-core", "agent-framework-openai"),
        cases=tuple(FRAMEWORK_CASES),
        tells={**OPENAI, **NO_TTFT},
        errors={"429": "ChatClientException", "500": "ChatClientException"},
        variables={"ENABLE_INSTRUMENTATION": "true"},
    ),
    Client(
        title="AG2",
        program="ag2_agent",
        group="ag2",
        scope="opentelemetry.instrumentation.ag2",
        packages=("ag2", "openai"),
        cases=("chat", "tools", "429", "500"),
        tells=OPENAI,
    ),
    Client(
        title="OpenInference: OpenAI Agents",
        program="openinference_agents",
        group="openai-agents",
        scope="openinference.instrumentation.openai_agents",
        packages=("openinference-instrumentation-openai-agents", "openai-agents"),
        cases=("chat", "responses", "tools", "429", "500"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH, **NO_MODEL_ANSWERED},
        in_case={
            "responses": {
                "request_model": None,
                "response_model": "axm-responses-2024-08-06",
                "cached_tokens": 512,
                "reasoning_tokens": 71,
                "finish_reason": "stop",
            }
        },
        errors={},
    ),
    Client(
        title="OpenInference: smolagents",
        program="smolagents_openai",
        group="smolagents",
        scope="openinference.instrumentation.smolagents",
        packages=("openinference-instrumentation-smolagents", "smolagents"),
        cases=("chat", "smolagents-tools"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH, **NO_MODEL_ANSWERED},
    ),
    Client(
        title="OpenInference: Instructor",
        program="instructor_openai",
        group="instructor",
        scope="openinference.instrumentation.openai",
        packages=("openinference-instrumentation-instructor", "instructor"),
        cases=("instructor",),
        tells=OPENAI,
    ),
]

CLIENTS = OPENAI_CLIENTS + OTHER_PROVIDERS + FRAMEWORKS + AGENTS
