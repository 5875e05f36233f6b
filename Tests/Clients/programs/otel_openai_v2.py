"""OpenTelemetry's own instrumentation of OpenAI's client, by its older name."""

import openai_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

OpenAIInstrumentor().instrument()
# :docs

openai_cases.run_all()
