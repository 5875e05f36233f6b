"""LangSmith's own tracing of LangChain, sent by OpenTelemetry."""

import langchain_cases

# docs:
langchain_cases.run_all()
# :docs

from langsmith import Client

Client().flush()
