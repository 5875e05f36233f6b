"""Models of the real PyTorch, on the CPU."""

import copy
import pickle
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder

torch = pytest.importorskip("torch", reason="run scripts/install-model-libraries.sh for the tests with real models")

from axonize.integrations import _devices  # noqa: E402
from axonize.integrations.torch import trace_module  # noqa: E402


class Ranker(torch.nn.Module):  # type: ignore[name-defined,misc]
    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.Linear(4, 8)
        self.head = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(8, 2))
        self.raises: BaseException | None = None

    def forward(self, x: Any, scale: Any = None) -> dict[str, Any]:
        if self.raises:
            raise self.raises
        with axonize.span("inside"):
            return {"scores": self.head(self.encoder(x))}


def test_forward(spans: Recorder) -> None:
    model = Ranker()
    bare = model(torch.ones(3, 4))["scores"].tolist()
    spans.clear()
    trace_module(model, attributes={"version": 7})
    with axonize.span("outer"):
        assert model(torch.ones(3, 4))["scores"].tolist() == bare
    assert axonize.current_span() is None
    span = spans.one("Ranker")
    assert (span.kind, span.scope, span.scope_version) == ("internal", "axonize.torch", torch.__version__)
    assert span.attributes == {
        "version": 7,
        "axonize.torch.module": "Ranker",
        "axonize.torch.input.shape": [3, 4],
        "axonize.torch.input.dtype": "float32",
        "axonize.torch.output.shape": [3, 2],
        "axonize.torch.output.dtype": "float32",
    }
    assert span.parent_span_id == spans.one("outer").span_id
    assert spans.one("inside").parent_span_id == span.span_id


def test_arguments_by_name(spans: Recorder) -> None:
    model = Ranker()
    trace_module(model, name="by name")
    model(x=torch.ones(2, 4))
    assert spans.one("by name").attributes["axonize.torch.input.shape"] == [2, 4]


def test_submodules(spans: Recorder) -> None:
    model = Ranker()
    trace_module(model, "ranker", submodules=["encoder", "head.1"])
    model(torch.ones(3, 4))
    assert sorted(spans.names()) == ["inside", "ranker", "ranker.encoder", "ranker.head.1"]
    assert spans.one("ranker.encoder").parent_span_id == spans.one("inside").span_id
    assert spans.one("ranker.head.1").attributes["axonize.torch.module"] == "Linear"
    other = Ranker()
    trace_module(other, "other", submodules=lambda name, module: isinstance(module, torch.nn.ReLU))
    other(torch.ones(3, 4))
    assert len(spans.named("other.head.0")) == 1


def test_remove(spans: Recorder) -> None:
    model = Ranker()
    with trace_module(model, "ranker", submodules=["encoder"]):
        model(torch.ones(1, 4))
    spans.clear()
    model(torch.ones(1, 4))
    assert spans.names() == ["inside"]


def test_errors_of_the_model_pass(spans: Recorder) -> None:
    model = Ranker()
    trace_module(model, "ranker")
    with pytest.raises(RuntimeError) as raised:
        model(torch.ones(3, 5))
    span = spans.one("ranker")
    assert (span.status, span.attributes["error.type"]) == ("error", "RuntimeError")
    assert str(raised.value) in span.status_description
    assert axonize.current_span() is None


def test_a_call_while_an_exception_is_handled(spans: Recorder) -> None:
    class Nothing(torch.nn.Module):  # type: ignore[name-defined,misc]
        def forward(self) -> None:
            return None

    model = Nothing()
    trace_module(model)
    try:
        raise KeyError("another matter")
    except KeyError:
        model()
    assert spans.one("Nothing").status == "unset"


def test_an_interrupted_call_is_no_parent_of_the_next(spans: Recorder) -> None:
    model = Ranker()
    trace_module(model, "ranker")
    model.raises = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        model(torch.ones(1, 4))
    model.raises = None
    model(torch.ones(1, 4))
    interrupted, after = spans.named("ranker")
    assert after.parent_span_id is None
    assert interrupted.trace_id != after.trace_id
    assert axonize.current_span() is None


def test_copies_and_pickles(spans: Recorder) -> None:
    model = Ranker()
    trace_module(model, "ranker")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other(torch.ones(1, 4))
    assert {span.scope for span in spans.named("ranker")} == {"axonize.torch"}
    assert len(spans.named("ranker")) == 2


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="Module is needed"):
        trace_module(lambda x: x)
    with pytest.raises(ValueError, match="no module 'nowhere'"):
        trace_module(Ranker(), submodules=["nowhere"])


def test_gpus_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 2)
    devices = [torch.device("cpu"), torch.device("cuda:1"), 0, "cuda:1", torch.device("cuda"), "disk"]
    assert _devices.gpus_of(devices) == ["cuda:1", "cuda:0", "cuda:2"]
    model = Ranker()
    assert [str(device) for device in _devices.devices_of(model)] == ["cpu"]
    model.hf_device_map = {"encoder": 0, "head": "cuda:3"}
    assert _devices.gpus_of(_devices.devices_of(model)) == ["cuda:0", "cuda:3"]
    assert _devices.name_of("/models/llama-3.1-8b/", "x") == "llama-3.1-8b"
    assert _devices.name_of("org/llama", "x") == "org/llama"
    assert _devices.name_of("", "x") == "x"


def test_gpus_of_a_model(spans: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    # No GPU is here; where the parameters lie is the one thing that is made up.
    monkeypatch.setattr(_devices, "devices_of", lambda model: [torch.device("cuda:1")])
    monkeypatch.setattr("axonize.integrations.torch.devices_of", _devices.devices_of)
    model = Ranker()
    trace_module(model, "ranker")
    model(torch.ones(1, 4))
    assert spans.one("ranker").attributes["hw.type"] == "gpu"
    assert spans.one("ranker").attributes["hw.id"]
