"""Anthropic's client alone: it makes spans of its own."""

import anthropic_cases

# docs:
import opentelemetry_setup  # noqa: F401
# :docs

anthropic_cases.run_all()
