"""The cases of every program that calls LiteLLM."""

import time

from openai_cases import MESSAGES, TOOLS


def run_all():
    import litellm

    def who() -> dict:
        # Of each call its own: LiteLLM keeps notes in the metadata.
        return {"user": "user-1", "metadata": {"session_id": "session-1"}, "num_retries": 0, "max_retries": 0}

    litellm.completion(model="openai/axm-chat", messages=MESSAGES, temperature=0.5, **who())
    options = {"include_usage": True}
    chunks = litellm.completion(
        model="openai/axm-stream", messages=MESSAGES, stream=True, stream_options=options, **who()
    )
    assert len(list(chunks)) > 3
    litellm.completion(model="openai/axm-litellm-tools", messages=MESSAGES, tools=TOOLS, **who())
    litellm.embedding(model="openai/axm-embeddings", input=["one", "two"])
    for name in ("axm-429", "axm-500"):
        try:
            litellm.completion(model=f"openai/{name}", messages=MESSAGES, **who())
        except Exception as error:
            assert str(error.status_code) == name.removeprefix("axm-")
        else:
            raise AssertionError(f"{name} did not fail")
    # Its callbacks run on threads of their own.
    time.sleep(2)
