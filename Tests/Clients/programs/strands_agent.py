"""Strands agents."""

# docs:
from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry

StrandsTelemetry().setup_otlp_exporter().setup_meter(enable_otlp_exporter=True)
# :docs
import opentelemetry.trace


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


QUESTION = "How is the weather in Paris?"
attributes = {"session.id": "session-1", "user.id": "user-1"}
Agent(model=OpenAIModel(model_id="axm-strands"), trace_attributes=attributes, callback_handler=None)(QUESTION)
agent = Agent(
    model=OpenAIModel(model_id="axm-strands-tools"),
    tools=[get_weather],
    trace_attributes=attributes,
    callback_handler=None,
)
assert "sunny" in str(agent(QUESTION))
for name in ("axm-429", "axm-500"):
    model = OpenAIModel(client_args={"max_retries": 0}, model_id=name)
    try:
        Agent(model=model, callback_handler=None, retry_strategy=None)(QUESTION)
    except Exception as error:
        assert name.removeprefix("axm-") in str(error), error
    else:
        raise AssertionError(f"{name} did not fail")
opentelemetry.trace.get_tracer_provider().force_flush()
