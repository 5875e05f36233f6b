"""OpenLLMetry's instrumentation of LangChain."""

import langchain_cases
import opentelemetry_setup  # noqa: F401

# docs:
from opentelemetry.instrumentation.langchain import LangchainInstrumentor

LangchainInstrumentor().instrument()
# :docs

langchain_cases.run_all()
