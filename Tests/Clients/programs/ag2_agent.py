"""AG2 with its own OpenTelemetry tracing."""

import asyncio

import opentelemetry_setup  # noqa: F401

# docs:
from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.middleware.builtin.telemetry import TelemetryMiddleware


def traced(name: str, model: str, tools=()) -> Agent:
    telemetry = TelemetryMiddleware(agent_name=name, provider_name="openai", model_name=model)
    return Agent(name, config=OpenAIConfig(model=model, max_retries=0), tools=tools, middleware=[telemetry])


# :docs


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def main():
    question = "How is the weather in Paris?"
    await traced("chat", "axm-chat").ask(question)
    reply = await traced("helper", "axm-tools", [get_weather]).ask(question)
    assert "sunny" in reply.body
    for name in ("axm-429", "axm-500"):
        try:
            await traced("failing", name).ask(question)
        except Exception as error:
            assert name.removeprefix("axm-") in str(error), error
        else:
            raise AssertionError(f"{name} did not fail")


asyncio.run(main())
