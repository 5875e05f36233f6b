"""The cases of every program that runs OpenAI's Agents SDK."""

import asyncio

from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def run():
    import openai

    client = openai.AsyncOpenAI(max_retries=0)
    question = "How is the weather in Paris?"
    await Runner.run(Agent(name="chat", model=OpenAIChatCompletionsModel("axm-chat", client)), question)
    await Runner.run(Agent(name="responses", model=OpenAIResponsesModel("axm-responses", client)), question)
    agent = Agent(name="helper", model=OpenAIChatCompletionsModel("axm-tools", client), tools=[get_weather])
    result = await Runner.run(agent, question)
    assert "sunny" in result.final_output
    for name in ("axm-429", "axm-500"):
        try:
            await Runner.run(Agent(name="failing", model=OpenAIChatCompletionsModel(name, client)), question)
        except openai.APIStatusError as error:
            assert str(error.status_code) == name.removeprefix("axm-")
        else:
            raise AssertionError(f"{name} did not fail")


def run_all():
    asyncio.run(run())
