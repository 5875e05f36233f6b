"""A streamed chat with Ollama: `python ollama_chat.py [model]`. OLLAMA_HOST names the server."""

import sys

import axonize

axonize.init(service_name="ollama-example")
axonize.instrument("ollama")

import ollama  # noqa: E402

question = [{"role": "user", "content": "Why is the sky blue? One sentence."}]
for part in ollama.chat(sys.argv[1] if len(sys.argv) > 1 else "llama3.2", question, stream=True):
    print(part.message.content or "", end="", flush=True)
print()
