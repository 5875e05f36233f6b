"""Frameworks for agents, whose spans repeat what their calls used."""

from ..clients import FRAMEWORK_CASES, Client
from .common import NO_CACHE, NO_FINISH, NO_MODEL_ANSWERED, NO_TTFT, NOBODY, OPENAI, WHO, named_once

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
        notes="The provider is `strands-agents`.",
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
        gaps=dict.fromkeys(
            ("test_tokens_count_once_in_the_list_of_traces", "test_tokens_count_once_by_model"),
            "the usage of a call comes again in a span beside it, `record_usage`",
        ),
        notes="Beside each call a span `record_usage` reports its tokens again: they count twice.",
    ),
    Client(
        title="OpenInference: OpenAI Agents",
        program="openinference_agents",
        group="openai-agents",
        scope="openinference.instrumentation.openai_agents",
        packages=("openinference-instrumentation-openai-agents", "openai-agents"),
        cases=("chat", "responses", "tools", "429", "500"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH},
        in_case={
            **named_once(("chat",)),
            "tools": [{"request_model": None, "response_model": "axm-tools"}] * 2,
            "responses": {
                "request_model": "axm-responses-2024-08-06",
                "response_model": "axm-responses-2024-08-06",
                "cached_tokens": 512,
                "reasoning_tokens": 71,
                "finish_reason": "stop",
            },
        },
        errors={},
        notes="A failed call has the status, without a type of error.",
    ),
    Client(
        title="OpenInference: smolagents",
        program="smolagents_openai",
        group="smolagents",
        scope="openinference.instrumentation.smolagents",
        packages=("openinference-instrumentation-smolagents", "smolagents"),
        cases=("chat", "smolagents-tools"),
        tells={**OPENAI, **NO_CACHE, **NO_FINISH},
        in_case={
            **named_once(("chat",)),
            "smolagents-tools": [{"request_model": None, "response_model": "axm-smolagents-tools"}] * 3,
        },
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
