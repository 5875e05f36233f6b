"""Metrics of LLM operations, GPUs and of the SDK itself, as OTLP."""
