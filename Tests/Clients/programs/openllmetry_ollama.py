"""OpenLLMetry's instrumentation of Ollama's client."""

import ollama_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.ollama import OllamaInstrumentor

OllamaInstrumentor().instrument()
# :docs

ollama_cases.run_all()
