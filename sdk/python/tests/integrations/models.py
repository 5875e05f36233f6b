"""Tiny models with random weights, for tests on a CPU."""

from typing import Any

import pytest


def gpt(**settings: Any) -> Any:
    """A decoder of two layers over 64 tokens; token 63 ends."""
    pytest.importorskip("torch", reason="run scripts/install-model-libraries.sh for the tests with real models")
    transformers = pytest.importorskip(
        "transformers", reason="run scripts/install-model-libraries.sh for the tests with real models"
    )
    import torch

    torch.manual_seed(1)
    config = transformers.GPT2Config(
        vocab_size=64, n_positions=64, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=63, pad_token_id=63
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    model.generation_config.update(**settings)
    return model
