"""OpenAI's Agents SDK with OpenInference."""

import agents_cases
import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

OpenAIAgentsInstrumentor().instrument()
# :docs

agents_cases.run_all()
