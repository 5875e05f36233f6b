"""A tiny Stable Diffusion with random weights paints noise: `python diffusers_image.py`. Each step is a span."""

import axonize

axonize.init(service_name="diffusers-example")
axonize.instrument("diffusers")

import torch  # noqa: E402
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel  # noqa: E402

unet = UNet2DConditionModel(
    block_out_channels=(8, 16),
    norm_num_groups=4,
    layers_per_block=1,
    sample_size=8,
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
    up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    cross_attention_dim=16,
    attention_head_dim=4,
)
vae = AutoencoderKL(
    block_out_channels=[8, 16],
    norm_num_groups=4,
    down_block_types=["DownEncoderBlock2D"] * 2,
    up_block_types=["UpDecoderBlock2D"] * 2,
)
pipeline = StableDiffusionPipeline(
    unet=unet,
    vae=vae,
    scheduler=DDIMScheduler(),
    # A real pipeline has both; here the vectors of the prompt are made up instead.
    text_encoder=None,
    tokenizer=None,
    safety_checker=None,
    feature_extractor=None,
    requires_safety_checker=False,
)
vectors = torch.randn(1, 4, 16)
image = pipeline(
    prompt_embeds=vectors, negative_prompt_embeds=-vectors, num_inference_steps=5, height=16, width=16, output_type="np"
).images[0]
print(image.shape)
