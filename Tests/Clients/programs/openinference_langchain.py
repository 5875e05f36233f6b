"""OpenInference's instrumentation of LangChain."""

import langchain_cases
import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor

LangChainInstrumentor().instrument()

with using_attributes(session_id="session-1", user_id="user-1"):
    langchain_cases.run_all()
# :docs
