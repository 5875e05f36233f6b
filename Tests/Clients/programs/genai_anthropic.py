"""OpenTelemetry's instrumentation of Anthropic's client."""

import anthropic_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor

AnthropicInstrumentor().instrument()
# :docs

anthropic_cases.run_all()
