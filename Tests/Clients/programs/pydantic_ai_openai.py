"""Pydantic AI, with plain OpenTelemetry."""

import opentelemetry_setup  # noqa: F401

# docs:
from pydantic_ai import Agent

Agent.instrument_all()
# :docs
import asyncio

import openai
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

QUESTION = "How is the weather in Paris?"


def model(name):
    return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=openai.AsyncOpenAI(max_retries=0)))


async def stream():
    async with Agent(model("axm-stream")).run_stream(QUESTION) as result:
        assert len([text async for text in result.stream_text(debounce_by=None)]) > 3


Agent(model("axm-chat")).run_sync(QUESTION)
asyncio.run(stream())
agent = Agent(model("axm-tools"), name="helper")


@agent.tool_plain
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


assert "sunny" in agent.run_sync(QUESTION).output
for name in ("axm-429", "axm-500"):
    try:
        Agent(model(name)).run_sync(QUESTION)
    except ModelHTTPError as error:
        assert str(error.status_code) == name.removeprefix("axm-")
    else:
        raise AssertionError(f"{name} did not fail")
