"""smolagents with OpenInference."""

import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.smolagents import SmolagentsInstrumentor

SmolagentsInstrumentor().instrument()
# :docs
import os

from smolagents import OpenAIModel, ToolCallingAgent, tool


@tool
def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: The city's name.

    """
    return f"sunny in {city}"


def model(name):
    return OpenAIModel(model_id=name, api_base=os.environ["OPENAI_BASE_URL"], client_kwargs={"max_retries": 0})


MESSAGES = [{"role": "user", "content": [{"type": "text", "text": "How is the weather in Paris?"}]}]
model("axm-chat").generate(MESSAGES)
agent = ToolCallingAgent(tools=[get_weather], model=model("axm-smolagents-tools"), max_steps=2)
agent.run("How is the weather in Paris?")
