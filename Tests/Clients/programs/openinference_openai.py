"""OpenInference's instrumentation of OpenAI's client."""

import openai_cases
import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument()

with using_attributes(session_id="session-1", user_id="user-1"):
    openai_cases.run_all()
# :docs
