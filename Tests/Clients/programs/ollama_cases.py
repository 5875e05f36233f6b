"""The cases of every program that calls Ollama's client."""

MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]


def run_all():
    import ollama
    from openai_cases import TOOLS

    client = ollama.Client()
    client.chat(model="axm-chat", messages=MESSAGES, options={"temperature": 0.5})
    assert len(list(client.chat(model="axm-stream", messages=MESSAGES, stream=True))) > 3
    client.chat(model="axm-ollama-tools", messages=MESSAGES, tools=TOOLS)
    client.generate(model="axm-generate", prompt="How is the weather?")
    client.embed(model="axm-embeddings", input=["one", "two"])
    for model in ("axm-429", "axm-500"):
        try:
            client.chat(model=model, messages=MESSAGES)
        except ollama.ResponseError as error:
            assert str(error.status_code) == model.removeprefix("axm-")
        else:
            raise AssertionError(f"{model} did not fail")
