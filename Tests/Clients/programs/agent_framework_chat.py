"""Microsoft's Agent Framework."""

import asyncio

# docs:
from agent_framework.observability import configure_otel_providers

configure_otel_providers()
# :docs
from agent_framework.openai import OpenAIChatCompletionClient


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def main():
    await OpenAIChatCompletionClient(model="axm-chat").get_response("How is the weather in Paris?")
    stream = OpenAIChatCompletionClient(model="axm-stream").get_response("How is the weather in Paris?", stream=True)
    assert len([update async for update in stream]) > 3
    agent = OpenAIChatCompletionClient(model="axm-tools").as_agent(name="helper", tools=[get_weather])
    assert "sunny" in (await agent.run("How is the weather in Paris?")).text
    for name in ("axm-429", "axm-500"):
        try:
            await OpenAIChatCompletionClient(model=name).get_response("How is the weather in Paris?")
        except Exception as error:
            assert name.removeprefix("axm-") in str(error), error
        else:
            raise AssertionError(f"{name} did not fail")


asyncio.run(main())
