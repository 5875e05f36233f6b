"""A program without a line for tracing: `opentelemetry-instrument` does it."""

import openai_cases

openai_cases.run_all()
