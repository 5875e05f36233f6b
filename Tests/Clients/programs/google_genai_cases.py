"""The cases of every program that calls Google's client for Gemini."""


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def run_all():
    from google import genai
    from google.genai import errors, types

    client = genai.Client()
    question = "How is the weather in Paris?"
    client.models.generate_content(
        model="axm-chat", contents=question, config=types.GenerateContentConfig(temperature=0.5)
    )
    assert len(list(client.models.generate_content_stream(model="axm-stream", contents=question))) > 3
    client.models.generate_content(
        model="axm-google-tools", contents=question, config=types.GenerateContentConfig(tools=[get_weather])
    )
    client.models.embed_content(model="axm-embeddings", contents=["one", "two"])
    for name in ("axm-429", "axm-500"):
        try:
            client.models.generate_content(model=name, contents=question)
        except errors.APIError as error:
            assert str(error.code) == name.removeprefix("axm-")
        else:
            raise AssertionError(f"{name} did not fail")
