"""The cases of every program that calls Anthropic's client."""

MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]
TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather of a city",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
]


def chat(client):
    response = client.messages.create(model="axm-chat", max_tokens=100, messages=MESSAGES)
    assert response.usage.output_tokens == 243


def stream(client):
    events = list(client.messages.create(model="axm-stream", max_tokens=100, messages=MESSAGES, stream=True))
    assert events[-1].type == "message_stop"


def stream_helper(client):
    with client.messages.stream(model="axm-stream-helper", max_tokens=100, messages=MESSAGES) as events:
        assert events.get_final_text().startswith("It is sunny")


def tools(client):
    response = client.messages.create(model="axm-tools", max_tokens=100, messages=MESSAGES, tools=TOOLS)
    assert response.stop_reason == "tool_use"
    call = response.content[0].model_dump(exclude_none=True)
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "sunny"}
    messages = [*MESSAGES, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    client.messages.create(model="axm-tools", max_tokens=100, messages=messages, tools=TOOLS)


def fail(client, model: str, status: int):
    import anthropic

    try:
        client.with_options(max_retries=0).messages.create(model=model, max_tokens=100, messages=MESSAGES)
    except anthropic.APIStatusError as error:
        assert error.status_code == status
    else:
        raise AssertionError(f"{model} did not fail")


def run_all():
    import anthropic

    client = anthropic.Anthropic()
    for case in (chat, stream, stream_helper, tools):
        case(client)
    fail(client, "axm-429", 429)
    fail(client, "axm-500", 500)
    client.messages.create(model="axm-retry", max_tokens=100, messages=MESSAGES)
