"""Logfire's SDK with OpenAI's client."""

import openai_cases

# docs:
import logfire

logfire.configure(service_name="logfire")
logfire.instrument_openai()
# :docs

openai_cases.run_all()
