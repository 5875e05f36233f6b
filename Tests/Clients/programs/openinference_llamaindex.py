"""OpenInference's instrumentation of LlamaIndex."""

import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

LlamaIndexInstrumentor().instrument()
# :docs

import asyncio

import openai
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai import OpenAI


class Model(OpenAI):
    """The stand-in's models: LlamaIndex knows OpenAI's by name."""

    @property
    def metadata(self):
        from llama_index.core.base.llms.types import LLMMetadata

        return LLMMetadata(
            context_window=100_000, is_chat_model=True, is_function_calling_model=True, model_name=self.model
        )


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def tools():
    agent = FunctionAgent(tools=[get_weather], llm=Model(model="axm-tools", max_retries=0), streaming=False)
    assert "sunny" in str(await agent.run("How is the weather in Paris?"))


MESSAGES = [ChatMessage(role="user", content="How is the weather in Paris?")]
with using_attributes(session_id="session-1", user_id="user-1"):
    Model(model="axm-chat", max_retries=0).chat(MESSAGES)
    options = {"stream_options": {"include_usage": True}}
    assert len(list(Model(model="axm-stream", max_retries=0, additional_kwargs=options).stream_chat(MESSAGES))) > 3
    for name in ("axm-429", "axm-500"):
        try:
            Model(model=name, max_retries=0).chat(MESSAGES)
        except openai.APIStatusError as error:
            assert str(error.status_code) == name.removeprefix("axm-")
        else:
            raise AssertionError(f"{name} did not fail")
    asyncio.run(tools())
