"""The real generate() of tiny models with random weights, on the CPU."""

import threading
from typing import Any

import pytest

import axonize
from axonize.testing import RecordedSpan, Recorder
from tests.integrations import models

REASON = "run scripts/install-model-libraries.sh for the tests with real models"
torch = pytest.importorskip("torch", reason=REASON)
transformers = pytest.importorskip("transformers", reason=REASON)


@pytest.fixture(scope="module")
def model() -> Any:
    return models.gpt()


def prompt(rows: int = 1, length: int = 5) -> Any:
    return torch.arange(1, rows * length + 1).reshape(rows, length)


def mask(value: Any) -> Any:
    return torch.ones_like(value)


class Notes:
    """A streamer that keeps what it gets, and lets time pass."""

    def __init__(self, spans: Recorder | None = None) -> None:
        self.values: list[list[int]] = []
        self.ended = False
        self._spans = spans

    def put(self, value: Any) -> None:
        self.values.append(value.flatten().tolist())
        if self._spans is not None:
            self._spans.clock.advance(0.25)

    def end(self) -> None:
        self.ended = True


def test_generate(model: Any, spans: Recorder) -> None:
    ids = prompt()
    given = {"attention_mask": mask(ids), "max_new_tokens": 6, "do_sample": False, "eos_token_id": 1000}
    without = model.generate(ids, **given).tolist()
    assert axonize.instrument("transformers") == ["transformers"]
    with axonize.span("outer") as outer:
        assert model.generate(ids, **given).tolist() == without
    span = spans.one("text_completion GPT2LMHeadModel")
    assert (span.kind, span.status, span.parent_span_id) == ("internal", "unset", outer.span_id_hex)
    assert (span.scope, span.scope_version) == ("axonize.transformers", transformers.__version__)
    assert figures(span) == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "transformers",
        "gen_ai.request.model": "GPT2LMHeadModel",
        "gen_ai.request.max_tokens": 6,
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 6,
        "gen_ai.response.finish_reasons": ["length"],
        # The clock stands.
        "gen_ai.response.time_to_first_chunk": 0.0,
        "gen_ai.server.time_per_output_token": 0.0,
    }


def figures(span: RecordedSpan) -> dict[str, Any]:
    return {key: value for key, value in span.attributes.items() if "latency" not in key}


def test_with_the_callers_streamer(model: Any, spans: Recorder) -> None:
    ids = prompt()
    given = {"attention_mask": mask(ids), "max_new_tokens": 6, "do_sample": False, "eos_token_id": 1000}
    bare, notes = Notes(), Notes(spans)
    model.generate(ids, streamer=bare, **given)
    axonize.instrument("transformers")
    model.generate(ids, streamer=notes, **given)
    assert notes.values == bare.values
    assert notes.ended
    found = figures(spans.one("text_completion GPT2LMHeadModel"))
    assert found["gen_ai.request.stream"] is True
    # The prompt took 0.25 s, as each token after it.
    assert found["gen_ai.response.time_to_first_chunk"] == 0.25
    assert found["gen_ai.server.time_per_output_token"] == pytest.approx(0.25)
    assert found["axonize.llm.tokens_per_second"] == pytest.approx(6 / 1.5)


def test_an_exception_of_the_callers_streamer_passes(model: Any, spans: Recorder) -> None:
    class Full(Notes):
        def put(self, value: Any) -> None:
            raise BufferError("full")

    axonize.instrument("transformers")
    with pytest.raises(BufferError, match="full"):
        model.generate(prompt(), attention_mask=mask(prompt()), streamer=Full(), max_new_tokens=3)
    span = spans.one("text_completion GPT2LMHeadModel")
    assert (span.status, span.attributes["error.type"]) == ("error", "BufferError")


def test_a_streamer_read_by_another_thread(model: Any, spans: Recorder) -> None:
    class Tokenizer:
        def decode(self, ids: list[int], **_: Any) -> str:
            return " ".join(map(str, ids)) + " "

    axonize.instrument("transformers")
    streamer = transformers.TextIteratorStreamer(Tokenizer(), skip_prompt=True, timeout=60)
    ids = prompt()
    given = {"input_ids": ids, "attention_mask": mask(ids), "streamer": streamer, "max_new_tokens": 4}
    with axonize.span("outer"):
        thread = threading.Thread(
            target=axonize.propagate(model.generate), kwargs={**given, "eos_token_id": 1000, "do_sample": False}
        )
        thread.start()
        assert len("".join(streamer).split()) == 4
        thread.join()
    span = spans.one("text_completion GPT2LMHeadModel")
    assert span.attributes["gen_ai.usage.output_tokens"] == 4
    assert span.parent_span_id == spans.one("outer").span_id


def test_a_batch_counts_each_sequence_up_to_its_end(model: Any, spans: Recorder) -> None:
    ids = prompt(rows=2)
    given = {"attention_mask": mask(ids), "max_new_tokens": 8, "do_sample": False}
    free = model.generate(ids, eos_token_id=1000, pad_token_id=0, **given)[:, 5:].tolist()
    # A token that ends one row before the other.
    end, lengths = next(
        (token, [row.index(token) + 1 if token in row else 8 for row in free])
        for token in free[0] + free[1]
        if len({row.index(token) if token in row else 8 for row in free}) == 2
    )
    axonize.instrument("transformers")
    model.generate(ids, eos_token_id=end, pad_token_id=0, **given)
    found = spans.one("text_completion GPT2LMHeadModel").attributes
    assert found["gen_ai.usage.input_tokens"] == 10
    assert found["gen_ai.usage.output_tokens"] == sum(lengths)
    assert found["gen_ai.response.finish_reasons"] == [
        "stop" if end in row[:length] else "length" for row, length in zip(free, lengths, strict=True)
    ]


def test_padding_is_no_input(model: Any, spans: Recorder) -> None:
    ids = prompt(rows=2)
    masked = mask(ids)
    masked[0, :2] = 0
    axonize.instrument("transformers")
    model.generate(ids, attention_mask=masked, max_new_tokens=2, do_sample=False)
    assert spans.one("text_completion GPT2LMHeadModel").attributes["gen_ai.usage.input_tokens"] == 8


def test_sampling_settings(spans: Recorder) -> None:
    axonize.instrument("transformers")
    own = models.gpt(do_sample=True, temperature=0.7, top_k=20)
    config = transformers.GenerationConfig(max_new_tokens=3, top_p=0.9, eos_token_id=1000, pad_token_id=0)
    own.generate(prompt(), generation_config=config, attention_mask=mask(prompt()), num_return_sequences=2)
    found = spans.one("text_completion GPT2LMHeadModel").attributes
    assert found["gen_ai.request.temperature"] == 0.7
    assert found["gen_ai.request.top_p"] == 0.9
    assert found["gen_ai.request.top_k"] == 20
    assert found["gen_ai.request.max_tokens"] == 3
    assert found["gen_ai.request.choice.count"] == 2
    assert found["gen_ai.usage.output_tokens"] == 6


@pytest.mark.parametrize("where", ["argument", "generation_config", "model"])
def test_beam_search_takes_no_streamer(spans: Recorder, where: str) -> None:
    own = models.gpt(num_beams=3) if where == "model" else models.gpt()
    given: dict[str, Any] = {"max_new_tokens": 4, "eos_token_id": 1000, "attention_mask": mask(prompt())}
    if where == "argument":
        given["num_beams"] = 3
    elif where == "generation_config":
        given["generation_config"] = transformers.GenerationConfig(num_beams=3, pad_token_id=0)
    bare = own.generate(prompt(), **given).tolist()
    axonize.instrument("transformers")
    assert own.generate(prompt(), **given).tolist() == bare
    found = spans.one("text_completion GPT2LMHeadModel").attributes
    assert found["gen_ai.usage.output_tokens"] == 4
    assert found["axonize.llm.num_beams"] == 3
    # It says that there are no times, rather than to invent some.
    assert found["axonize.llm.token_times"] is False
    assert "gen_ai.response.time_to_first_chunk" not in found


def test_return_dict_and_error(model: Any, spans: Recorder) -> None:
    axonize.instrument("transformers")
    given = {"attention_mask": mask(prompt()), "max_new_tokens": 2, "eos_token_id": 1000, "do_sample": False}
    answer = model.generate(prompt(), return_dict_in_generate=True, **given)
    assert answer.sequences.shape == (1, 7)
    with pytest.raises(ValueError, match="nonsense"):
        model.generate(prompt(), nonsense=1, **given)
    fine, failed = spans.named("text_completion GPT2LMHeadModel")
    assert fine.attributes["gen_ai.usage.output_tokens"] == 2
    assert (failed.status, failed.attributes["error.type"]) == ("error", "ValueError")


def test_a_draft_models_generate_is_part_of_the_outer_one(model: Any, spans: Recorder) -> None:
    draft = models.gpt()
    given = {"attention_mask": mask(prompt()), "max_new_tokens": 6, "do_sample": False, "eos_token_id": 1000}
    bare = model.generate(prompt(), assistant_model=draft, **given).tolist()
    axonize.instrument("transformers")
    assert model.generate(prompt(), assistant_model=draft, **given).tolist() == bare
    assert spans.one("text_completion GPT2LMHeadModel").attributes["gen_ai.usage.output_tokens"] == 6


def test_encoder_and_decoder(spans: Recorder) -> None:
    torch.manual_seed(1)
    config = transformers.T5Config(
        vocab_size=64, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0
    )
    own = transformers.T5ForConditionalGeneration(config).eval()
    axonize.instrument("transformers")
    given = {"attention_mask": mask(prompt()), "max_new_tokens": 4, "do_sample": False, "eos_token_id": 1000}
    own.generate(input_ids=prompt(), **given)
    own.generate(input_ids=prompt(), num_beams=2, **given)
    for span in spans.named("text_completion T5ForConditionalGeneration"):
        assert span.attributes["gen_ai.usage.input_tokens"] == 5
        assert span.attributes["gen_ai.usage.output_tokens"] == 4
