"""LiteLLM's own OpenTelemetry callback."""

# docs:
import litellm

litellm.callbacks = ["otel"]
# :docs
import litellm_cases

litellm_cases.run_all()
