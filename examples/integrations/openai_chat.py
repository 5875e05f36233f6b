"""A streamed chat with OpenAI's client: `python openai_chat.py [model]`.

OPENAI_BASE_URL and OPENAI_API_KEY name the server; http://localhost:8000/v1 is where `vllm serve` listens.
"""

import sys

import axonize

axonize.init(service_name="openai-example")
axonize.instrument("openai")

import openai  # noqa: E402

client = openai.OpenAI()
stream = client.chat.completions.create(
    model=sys.argv[1] if len(sys.argv) > 1 else "gpt-4o-mini",
    messages=[{"role": "user", "content": "Why is the sky blue? One sentence."}],
    stream=True,
    # The server then tells the exact usage in its last chunk.
    stream_options={"include_usage": True},
)
for chunk in stream:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
