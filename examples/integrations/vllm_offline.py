"""vLLM used offline: `python vllm_offline.py [model]`, on a machine that vLLM runs on."""

import sys

import axonize

axonize.init(service_name="vllm-example")
axonize.instrument("vllm")

from vllm import LLM, SamplingParams  # noqa: E402


def main() -> None:
    # With its statistics vLLM tells each request's time to the first token.
    llm = LLM(sys.argv[1] if len(sys.argv) > 1 else "Qwen/Qwen3-0.6B", disable_log_stats=False)
    prompts = ["Why is the sky blue?", "Why is the sea salty?"]
    for output in llm.generate(prompts, SamplingParams(max_tokens=64)):
        print(output.outputs[0].text)


# vLLM starts processes that import this file.
if __name__ == "__main__":
    main()
