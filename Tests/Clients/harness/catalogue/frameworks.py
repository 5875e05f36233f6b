"""Frameworks: their own tracing, and instrumentations of them."""

from ..clients import FRAMEWORK_CASES, Client
from ..expected import ANY_TEXT
from .common import NO_CACHE, NO_FINISH, NO_MODEL_ANSWERED, NO_TTFT, OPENAI, SHORT_ERRORS, WHO, answered_by, merged

LITELLM_CASES = ("chat", "stream", "litellm-tools", "embeddings", "429", "500")

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
        in_case=merged(answered_by(("stream", "responses")), {"responses": NO_FINISH}),
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
        notes=(
            "A failed call has `Exception` as its type of error. The session is the thread that the metadata names."
        ),
    ),
    Client(
        title="OpenInference: LlamaIndex",
        program="openinference_llamaindex",
        group="llamaindex",
        scope="openinference.instrumentation.llama_index",
        packages=("openinference-instrumentation-llama-index", "llama-index-llms-openai"),
        cases=tuple(FRAMEWORK_CASES),
        tells={**OPENAI, **WHO, **NO_TTFT},
        in_case={**answered_by(("chat", "stream")), "tools": [{"response_model": "axm-tools"}] * 2},
        skipped="_prepare_chat_with_tools",
        notes="The span of a stream ends when the stream begins.",
    ),
    Client(
        title="OpenInference: Haystack",
        program="haystack_openai",
        group="haystack",
        scope="openinference.instrumentation.haystack",
        packages=("openinference-instrumentation-haystack", "haystack-ai"),
        cases=("chat", "stream", "tools", "embeddings"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH, **NO_TTFT, "request_model": None},
        in_case={"embeddings": {"provider": None, "response_model": "axm-embeddings", "input_tokens": None}},
        notes="A failed call names no model, and embeddings neither provider nor tokens.",
    ),
    Client(
        title="LiteLLM",
        program="litellm_callback",
        group="litellm",
        scope="litellm",
        packages=("litellm",),
        cases=("chat", "stream", "litellm-tools", "embeddings", "429", "500"),
        tells={**OPENAI, **NO_TTFT, "user_id": "user-1"},
        in_case={
            "stream": {"response_model": "axm-stream"},
            "embeddings": {"provider": None, "user_id": None},
        },
        errors=SHORT_ERRORS,
        notes="Of embeddings it names no provider.",
    ),
    Client(
        title="OpenInference: LiteLLM",
        program="openinference_litellm",
        group="litellm",
        scope="openinference.instrumentation.litellm",
        packages=("openinference-instrumentation-litellm", "litellm"),
        cases=LITELLM_CASES,
        tells={**OPENAI, **NO_TTFT},
        in_case=merged(
            {case: {"request_model": f"openai/axm-{case}"} for case in LITELLM_CASES},
            answered_by(("chat", "stream", "litellm-tools"), "openai/axm-"),
            {"embeddings": {"provider": None}},
        ),
        errors={"429": "litellm.exceptions.RateLimitError", "500": "litellm.exceptions.InternalServerError"},
        notes="The model asked for has LiteLLM's prefix, as in `openai/gpt-4o`. Of embeddings it names no provider.",
    ),
]
