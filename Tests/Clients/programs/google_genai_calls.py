"""OpenTelemetry's instrumentation of Google's client."""

import google_genai_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor

GoogleGenAiSdkInstrumentor().instrument()
# :docs

google_genai_cases.run_all()
