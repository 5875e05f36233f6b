"""Axonize's own SDK with OpenAI's client."""

import openai_cases

# docs:
import axonize

axonize.init(service_name="chat")
axonize.instrument("openai")
# :docs

openai_cases.run_all()
axonize.shutdown()
