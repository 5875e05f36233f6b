"""A model of your own: `python torch_module.py`. Its forward passes, and those of one part of it, are spans."""

import axonize

axonize.init(service_name="torch-example")

import torch  # noqa: E402
from axonize.integrations.torch import trace_module  # noqa: E402

ranker = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 4)).eval()
trace_module(ranker, name="ranker", submodules=["0"], attributes={"ranker.version": 3})

with axonize.span("rank"), torch.inference_mode():
    print(ranker(torch.randn(8, 16)).argmax(1).tolist())
