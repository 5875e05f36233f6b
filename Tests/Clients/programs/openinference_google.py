"""OpenInference's instrumentation of Google's client."""

import google_genai_cases
import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.google_genai import GoogleGenAIInstrumentor

GoogleGenAIInstrumentor().instrument()
# :docs

google_genai_cases.run_all()
