"""Langfuse's SDK with its own OpenAI client."""

import openai_cases

# docs:
from langfuse import get_client, propagate_attributes
from langfuse.openai import openai  # noqa: F401

with propagate_attributes(session_id="session-1", user_id="user-1"):
    openai_cases.run_all()
get_client().flush()
# :docs
