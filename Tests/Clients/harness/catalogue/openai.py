"""Libraries that trace calls of OpenAI's client."""

from ..canned import DATED
from ..clients import OPENAI_CASES, Client
from ..expected import ANY_TIME
from .common import EARLY, NO_CACHE, NO_FINISH, NO_TTFT, OPENAI, SHORT_ERRORS, WHO, WITHOUT_RESPONSES, merged

OPENAI_CLIENTS = [
    Client(
        title="Axonize",
        program="axonize_openai",
        group="sdk",
        scope="axonize.openai",
        packages=(),
        tells=OPENAI,
        in_case={case: {"finish_reason": "completed"} for case in ("responses", "responses-stream")},
        variables={"AXONIZE_ENDPOINT": "{endpoint}", "AXONIZE_API_KEY": "{key}"},
        notes="This repository's own SDK; its integrations have [a page](sdk/integrations.md).",
    ),
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
        notes=(
            "The predecessor of the one above, for openai 2 and with opentelemetry-util-genai 0.4b0. It "
            "does not trace the Responses API."
        ),
    ),
    Client(
        title="OpenTelemetry without code",
        program="zero_code",
        group="openai-v2",
        scope="opentelemetry.instrumentation.openai_v2",
        packages=("opentelemetry-distro", "opentelemetry-instrumentation-openai-v2"),
        cases=(*WITHOUT_RESPONSES, "async-stream"),
        tells={**OPENAI, **NO_CACHE, **NO_TTFT},
        in_case={"stream": NO_FINISH, "async-stream": NO_FINISH},
        errors=SHORT_ERRORS,
        launcher="opentelemetry-instrument",
        notes="It starts every instrumentation that is installed.",
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
        notes="httpx must be installed beside it.",
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
        notes="Without a stream its time to the first token is that of the whole response.",
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
        notes=(
            "A stream is two spans: that of the request, and a log without duration at the end, which has the tokens. "
            "Beside each span there is one that says when it began (`logfire.span_type` `pending_span`); it is not a "
            "call."
        ),
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
            {
                case: {"request_model": f"axm-{case}{DATED}", "response_model": None}
                for case in OPENAI_CASES
                if case != "tools" and not case.endswith("500") and case != "429"
            },
            {"tools": [{"request_model": f"axm-tools{DATED}", "response_model": None}] * 2},
        ),
        errors={},
        variables={
            "LANGFUSE_BASE_URL": "{endpoint}",
            "LANGFUSE_PUBLIC_KEY": "axonize",
            "LANGFUSE_SECRET_KEY": "{key}",
        },
        path="/api/public/otel/v1/traces",
        notes=(
            "It names one model: the one that responded, if there is a response. A failed call has the status, without "
            "a type of error."
        ),
    ),
    Client(
        title="MLflow",
        program="mlflow_openai",
        group="mlflow",
        scope="mlflow.tracing.provider",
        packages=("mlflow-tracing", "openai"),
        tells={"reasoning_tokens": None, **NO_FINISH},
        in_case={"embeddings": {"input_tokens": None}, "responses-stream": {"time_to_first_token_ns": ANY_TIME}},
        errors=SHORT_ERRORS,
        variables={
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{endpoint}/v1/traces",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=Bearer%20{key}",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        },
        notes=(
            "Name the exporter by the variables of traces alone. With `OTEL_EXPORTER_OTLP_ENDPOINT`, or "
            "without a tracking URI, mlflow-tracing 3.17 wants packages that it does not install; the "
            "tracking server need not exist."
        ),
    ),
]
