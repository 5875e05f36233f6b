"""Traceloop's SDK."""

import openai_cases

# docs:
import os

from traceloop.sdk import Traceloop

Traceloop.init(app_name="traceloop", api_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
Traceloop.set_association_properties({"session_id": "session-1", "user_id": "user-1"})
# :docs

openai_cases.run_all()
