"""A model that vLLM can load: random weights and a tokenizer of numbered words, a megabyte, with nothing to fetch."""

import os
from pathlib import Path
from typing import Any

# Of the engine: on the CPU, in a GB for its cache of keys and values, without a look at any hub.
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
# On the CPU vLLM keeps blocks of 128 tokens; only whole ones are found again.
BLOCK = 128
LENGTH_MAX = 512
TEMPLATE = "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} {% endfor %}assistant"


def make(folder: Path) -> Path:
    """Write it to a folder that is made; returns the folder. "w7" is a token, as is any other word."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<unk>", "<s>", "</s>", *(f"w{number}" for number in range(253))]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast: Any = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=128,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=LENGTH_MAX,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def prompt(count: int, first: int = 0) -> str:
    """A text of so many tokens."""
    return " ".join(f"w{(first + index) % 253}" for index in range(count))
