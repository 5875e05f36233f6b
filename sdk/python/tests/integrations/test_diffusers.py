"""A real pipeline of Diffusers with tiny random weights, on the CPU."""

import warnings as python_warnings
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder

REASON = "run scripts/install-model-libraries.sh for the tests with real models"
torch = pytest.importorskip("torch", reason=REASON)
transformers = pytest.importorskip("transformers", reason=REASON)
diffusers = pytest.importorskip("diffusers", reason=REASON)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def make() -> Any:
    torch.manual_seed(1)
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        pipeline = diffusers.StableDiffusionPipeline(
            unet=diffusers.UNet2DConditionModel(
                block_out_channels=(8, 16),
                norm_num_groups=4,
                layers_per_block=1,
                sample_size=8,
                in_channels=4,
                out_channels=4,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
                cross_attention_dim=16,
                attention_head_dim=4,
            ),
            vae=diffusers.AutoencoderKL(
                block_out_channels=[8, 16],
                norm_num_groups=4,
                in_channels=3,
                out_channels=3,
                down_block_types=["DownEncoderBlock2D"] * 2,
                up_block_types=["UpDecoderBlock2D"] * 2,
                latent_channels=4,
            ),
            scheduler=diffusers.DDIMScheduler(),
            text_encoder=None,
            tokenizer=None,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return make()


def call(pipeline: Any, **given: Any) -> Any:
    embedding = torch.ones(1, 4, 16)
    return pipeline(
        prompt_embeds=embedding,
        negative_prompt_embeds=-embedding,
        num_inference_steps=3,
        height=16,
        width=16,
        output_type="np",
        generator=torch.Generator().manual_seed(7),
        **given,
    )


def test_call_and_steps(pipeline: Any, spans: Recorder) -> None:
    bare = call(pipeline).images
    assert axonize.instrument("diffusers") == ["diffusers"]
    with axonize.span("outer"):
        assert (call(pipeline, guidance_scale=7.5).images == bare).all()
        before = axonize.current_span()
    assert before is not None
    assert before.name == "outer"
    span = spans.one("generate_content StableDiffusionPipeline")
    assert (span.kind, span.status, span.scope) == ("internal", "unset", "axonize.diffusers")
    assert span.attributes == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "diffusers",
        "gen_ai.request.model": "StableDiffusionPipeline",
        "gen_ai.output.type": "image",
        "axonize.diffusion.pipeline": "StableDiffusionPipeline",
        "axonize.diffusion.scheduler": "DDIMScheduler",
        "axonize.diffusion.steps": 3,
        "axonize.diffusion.guidance_scale": 7.5,
        "axonize.diffusion.height": 16,
        "axonize.diffusion.width": 16,
        "axonize.diffusion.images": 1,
        "axonize.diffusion.steps.done": 3,
    }
    assert span.parent_span_id == spans.one("outer").span_id
    steps = spans.named("denoising step")
    assert [step.attributes for step in steps] == [
        {"axonize.diffusion.step.index": index, "axonize.diffusion.step.timestep": float(timestep)}
        for index, timestep in enumerate(pipeline.scheduler.timesteps)
    ]
    assert {step.parent_span_id for step in [*steps, spans.one("decode")]} == {span.span_id}


def test_times_of_steps(pipeline: Any, spans: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    axonize.instrument("diffusers")
    forward, decode, encode = pipeline.unet.forward, pipeline.vae.decode, pipeline.encode_prompt

    def slow(seconds: float, function: Any) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            spans.clock.advance(seconds)
            with axonize.span(f"{seconds}"):
                return function(*args, **kwargs)

        return called

    monkeypatch.setattr(pipeline.unet, "forward", slow(0.5, forward))
    monkeypatch.setattr(pipeline.vae, "decode", slow(2.0, decode))
    monkeypatch.setattr(pipeline, "encode_prompt", slow(4.0, encode))
    call(pipeline)
    steps = spans.named("denoising step")
    assert [step.duration for step in steps] == [0.5, 0.5, 0.5]
    assert spans.one("decode").duration == 2
    # What runs within a step is its child.
    assert [span.parent_span_id for span in spans.named("0.5")] == [step.span_id for step in steps]
    assert spans.one("2.0").parent_span_id == spans.one("decode").span_id
    whole = spans.one("generate_content StableDiffusionPipeline")
    assert spans.one("4.0").parent_span_id == whole.span_id
    assert whole.duration == 4 + 1.5 + 2


def test_the_callers_callback(pipeline: Any, spans: Recorder) -> None:
    seen: list[Any] = []

    def callback(_: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen.append((index, int(timestep), sorted(tensors)))
        return {"latents": tensors["latents"] * 0.5}

    given = {"callback_on_step_end": callback, "callback_on_step_end_tensor_inputs": ["latents", "prompt_embeds"]}
    bare = call(pipeline, **given).images
    alone = list(seen)
    seen.clear()
    axonize.instrument("diffusers")
    assert (call(pipeline, **given).images == bare).all()
    assert seen == alone
    assert len(spans.named("denoising step")) == 3


def test_the_callers_callback_object(pipeline: Any, spans: Recorder) -> None:
    from diffusers.callbacks import SDCFGCutoffCallback

    callback = SDCFGCutoffCallback(cutoff_step_ratio=None, cutoff_step_index=1)
    bare = call(pipeline, callback_on_step_end=callback).images
    axonize.instrument("diffusers")
    assert (call(pipeline, callback_on_step_end=callback).images == bare).all()
    assert len(spans.named("denoising step")) == 3
    assert type(callback) is SDCFGCutoffCallback


def test_an_exception_of_the_callers_callback_passes(pipeline: Any, spans: Recorder) -> None:
    def callback(*_: Any) -> Any:
        raise InterruptedError("enough")

    axonize.instrument("diffusers")
    with pytest.raises(InterruptedError, match="enough"):
        call(pipeline, callback_on_step_end=callback)
    whole = spans.one("generate_content StableDiffusionPipeline")
    assert (whole.status, whole.attributes["axonize.diffusion.steps.done"]) == ("error", 1)
    assert axonize.current_span() is None


def test_content(pipeline: Any, content_spans: Recorder) -> None:
    axonize.instrument("diffusers")
    with pytest.raises(ValueError, match="prompt"):
        pipeline(prompt="a cat", prompt_embeds=torch.ones(1, 4, 16))
    span = content_spans.one("generate_content StableDiffusionPipeline")
    assert "a cat" in span.attributes["gen_ai.input.messages"]
    assert span.attributes["error.type"] == "ValueError"


def test_pipelines_without_the_callback_get_one_span(spans: Recorder) -> None:
    axonize.instrument("diffusers")
    unet = diffusers.UNet2DModel(
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=8,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    # Made after the call of instrument().
    other = diffusers.DDPMPipeline(unet=unet, scheduler=diffusers.DDPMScheduler())
    other.set_progress_bar_config(disable=True)
    other(num_inference_steps=2, output_type="np")
    whole = spans.one("generate_content DDPMPipeline")
    assert whole.attributes["axonize.diffusion.steps"] == 2
    assert spans.named("denoising step") == []


def test_uninstrument(pipeline: Any, spans: Recorder) -> None:
    before = vars(diffusers.StableDiffusionPipeline)["__call__"]
    axonize.instrument("diffusers")
    assert vars(diffusers.StableDiffusionPipeline)["__call__"] is not before
    axonize.uninstrument("diffusers")
    assert vars(diffusers.StableDiffusionPipeline)["__call__"] is before
    call(pipeline)
    assert not len(spans)
