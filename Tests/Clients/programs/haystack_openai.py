"""Haystack with OpenInference."""

import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.haystack import HaystackInstrumentor

HaystackInstrumentor().instrument()
# :docs

from haystack.components.agents import Agent
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack import Pipeline


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


MESSAGES = [ChatMessage.from_user("How is the weather in Paris?")]


def run(component, data):
    pipeline = Pipeline()
    pipeline.add_component("it", component)
    return pipeline.run({"it": data})


run(OpenAIChatGenerator(model="axm-chat", max_retries=0), {"messages": MESSAGES})
run(
    OpenAIChatGenerator(
        model="axm-stream",
        max_retries=0,
        streaming_callback=lambda chunk: None,
        generation_kwargs={"stream_options": {"include_usage": True}},
    ),
    {"messages": MESSAGES},
)
run(OpenAITextEmbedder(model="axm-embeddings", max_retries=0), {"text": "one"})
agent = Agent(
    chat_generator=OpenAIChatGenerator(model="axm-tools", max_retries=0), tools=[create_tool_from_function(get_weather)]
)
run(agent, {"messages": MESSAGES})
for name in ("axm-429", "axm-500"):
    try:
        run(OpenAIChatGenerator(model=name, max_retries=0), {"messages": MESSAGES})
    except Exception as error:
        assert name.removeprefix("axm-") in str(error), error
    else:
        raise AssertionError(f"{name} did not fail")
