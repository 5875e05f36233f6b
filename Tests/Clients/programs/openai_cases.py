"""The cases of every program that calls OpenAI's client. The stand-in of the providers knows a case by its model."""

import asyncio

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How is the weather in Paris?"}]
TOOL = {
    "name": "get_weather",
    "description": "The weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
TOOLS = [{"type": "function", "function": TOOL}]


def chat(client, **arguments):
    arguments = {"temperature": 0.5, "max_tokens": 100, **arguments}
    response = client.chat.completions.create(model="axm-chat", messages=MESSAGES, **arguments)
    assert response.usage.prompt_tokens == 1117


def stream(client):
    options = {"include_usage": True}
    chunks = client.chat.completions.create(model="axm-stream", messages=MESSAGES, stream=True, stream_options=options)
    assert len(list(chunks)) > 3


def tools(client):
    response = client.chat.completions.create(model="axm-tools", messages=MESSAGES, tools=TOOLS)
    message = response.choices[0].message
    assert message.tool_calls[0].function.name == "get_weather"
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"}
    messages = [*MESSAGES, message.model_dump(exclude_none=True), result]
    client.chat.completions.create(model="axm-tools", messages=messages, tools=TOOLS)


def embeddings(client):
    response = client.embeddings.create(model="axm-embeddings", input=["one", "two"])
    assert len(response.data) == 2


def responses(client):
    response = client.responses.create(model="axm-responses", input="How is the weather in Paris?")
    assert response.usage.output_tokens == 243


def responses_stream(client):
    events = list(client.responses.create(model="axm-responses-stream", input="Weather?", stream=True))
    assert events[-1].type == "response.completed"


def refused(client):
    fail(client, "axm-429", 429)


def failed(client):
    fail(client, "axm-500", 500)


def fail(client, model: str, status: int):
    import openai

    try:
        client.with_options(max_retries=0).chat.completions.create(model=model, messages=MESSAGES)
    except openai.APIStatusError as error:
        assert error.status_code == status
    else:
        raise AssertionError(f"{model} did not fail")


def failed_embeddings(client):
    import openai

    try:
        client.with_options(max_retries=0).embeddings.create(model="axm-embeddings-500", input="one")
    except openai.InternalServerError:
        return
    raise AssertionError("axm-embeddings-500 did not fail")


def retried(client):
    """Refused once with `Retry-After: 1`, then answered."""
    client.chat.completions.create(model="axm-retry", messages=MESSAGES)


def in_async(client):
    async def run():
        async with client:
            await client.chat.completions.create(model="axm-async", messages=MESSAGES)
            options = {"include_usage": True}
            chunks = await client.chat.completions.create(
                model="axm-async-stream", messages=MESSAGES, stream=True, stream_options=options
            )
            assert len([chunk async for chunk in chunks]) > 3

    asyncio.run(run())


def run_all():
    import openai

    client = openai.OpenAI()
    for case in (chat, stream, tools, embeddings, responses, responses_stream):
        case(client)
    for case in (refused, failed, failed_embeddings, retried):
        case(client)
    in_async(openai.AsyncOpenAI())
