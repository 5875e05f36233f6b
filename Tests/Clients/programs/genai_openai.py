"""OpenTelemetry's instrumentation of OpenAI's client."""

import openai_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument()
# :docs

openai_cases.run_all()
