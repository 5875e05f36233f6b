"""generate() of a tiny GPT-2 with random weights, with a streamer: `python transformers_generate.py`."""

import axonize

axonize.init(service_name="transformers-example")
axonize.instrument("transformers")

import torch  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402
from transformers.generation import BaseStreamer  # noqa: E402


class Printer(BaseStreamer):
    """Prints the numbers of tokens; a TextStreamer with a tokenizer would print text."""

    def put(self, value: torch.Tensor) -> None:
        print(*value.flatten().tolist(), end=" ", flush=True)

    def end(self) -> None:
        print()


config = GPT2Config(vocab_size=1000, n_positions=64, n_embd=32, n_layer=2, n_head=2, eos_token_id=999)
model = GPT2LMHeadModel(config).eval()
prompt = torch.tensor([[11, 12, 13]])
model.generate(
    prompt,
    attention_mask=torch.ones_like(prompt),
    max_new_tokens=20,
    do_sample=True,
    pad_token_id=999,
    streamer=Printer(),
)
