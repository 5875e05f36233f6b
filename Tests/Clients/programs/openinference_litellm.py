"""OpenInference's instrumentation of LiteLLM."""

import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.litellm import LiteLLMInstrumentor

LiteLLMInstrumentor().instrument()
# :docs
import litellm_cases

litellm_cases.run_all()
