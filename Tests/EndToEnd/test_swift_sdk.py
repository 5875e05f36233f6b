"""What a program with the Swift SDK recorded, read back from the real server through REST, field by field."""

import contextlib
import os
import pathlib
import socket
import ssl
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("AXONIZE_SDK_FIXTURE", ROOT / ".build/debug/axonize-sdk-fixture"))
SPANS = 6


def make_certificate(folder: pathlib.Path, names: str) -> pathlib.Path:
    """A key and a certificate that vouches for itself, in one file."""
    path = folder / "peer.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=peer"]
        + ["-addext", f"subjectAltName={names}", "-keyout", path, "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + (folder / "cert.pem").read_bytes())
    return path


class TLSProxy:
    """Speaks TLS to clients and hands their bytes on to a port."""

    def __init__(self, certificate: pathlib.Path, port: int):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.target = port
        self.handshakes = 0
        self.spoken: set[str | None] = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket):
        with contextlib.suppress(OSError), self.context.wrap_socket(client, server_side=True) as secure:
            self.handshakes += 1
            self.spoken.add(secure.selected_alpn_protocol())
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                threading.Thread(target=self.copy, args=(server, secure), daemon=True).start()
                self.copy(secure, server)

    @staticmethod
    def copy(source: socket.socket, target: socket.socket):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def run(**environment: str) -> tuple[dict[str, str], str]:
    """The program's output as names and values, and what it said on standard error."""
    assert BINARY.exists(), f"{BINARY} is missing; build it with `swift build --build-tests`"
    done = subprocess.run(
        [BINARY], capture_output=True, text=True, timeout=90, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines()), done.stderr


WAYS = {
    "http": lambda server: {"AXONIZE_ENDPOINT": server.otlp_endpoint},
    "http on the gRPC port": lambda server: {"AXONIZE_ENDPOINT": server.grpc_endpoint},
    "gzip": lambda server: {"OTEL_EXPORTER_OTLP_ENDPOINT": server.otlp_endpoint, "AXONIZE_COMPRESSION": "gzip"},
    "gRPC": lambda server: {"AXONIZE_ENDPOINT": server.grpc_endpoint, "AXONIZE_PROTOCOL": "grpc"},
    "gRPC and gzip": lambda server: {
        "AXONIZE_ENDPOINT": server.otlp_endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "AXONIZE_COMPRESSION": "gzip",
    },
    "gRPC and zstd": lambda server: {
        "AXONIZE_ENDPOINT": server.grpc_endpoint,
        "AXONIZE_PROTOCOL": "grpc",
        "AXONIZE_COMPRESSION": "zstd",
    },
    "TLS": lambda server: {},
    "TLS and gzip": lambda server: {"AXONIZE_COMPRESSION": "gzip"},
    "gRPC over TLS": lambda server: {"AXONIZE_PROTOCOL": "grpc"},
    "gRPC and gzip over TLS": lambda server: {"AXONIZE_PROTOCOL": "grpc", "AXONIZE_COMPRESSION": "gzip"},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_field(server, tmp_path, way):
    environment = WAYS[way](server)
    if "TLS" in way:
        certificate = make_certificate(tmp_path, "DNS:localhost")
        proxy = TLSProxy(certificate, server.otlp_port)
        environment |= {
            "AXONIZE_ENDPOINT": f"https://localhost:{proxy.port}",
            "AXONIZE_CA_FILE": str(tmp_path / "cert.pem"),
        }
    out, errors = run(**environment)
    assert errors == ""
    assert out["flushed"] == "true"
    assert out["exported"] == "4"
    stored = server.wait_for_trace(out["trace"], SPANS - 1)
    spans = {span["name"]: span for span in stored["spans"]}
    assert set(spans) == {"POST /chat", "chat m", "tool", "in a child task", "last"}
    check_root(spans["POST /chat"], out)
    check_llm(spans["chat m"], out)
    check_tool(spans["tool"], out)
    assert spans["in a child task"]["parent_span_id"] == out["root"]
    assert spans["last"]["parent_span_id"] == out["root"]
    if "TLS" in way:
        # One connection for spans and one for metrics, used again for the last ones.
        assert proxy.handshakes == 2
        assert proxy.spoken == ({"h2"} if "gRPC" in way else {None})


def check_root(root, out):
    assert root["span_id"] == out["root"]
    assert root["parent_span_id"] is None
    assert root["kind"] == "server"
    assert root["status"] == {"code": "unset", "message": ""}
    assert (root["start_time_unix_nano"], root["end_time_unix_nano"]) == (out["start"], out["end"])
    assert root["duration_ns"] == int(out["end"]) - int(out["start"])
    assert root["service_name"] == "swift-e2e"
    assert root["flags"] & 0x101 == 0x101
    attributes = root["attributes"]
    assert attributes == {
        "http.response.status_code": 200,
        "tags": ["a", "b"],
        "numbers": [1, 2],
        "score": 0.5,
        "whole": 3.0,
        "cached": False,
        "text": 'Grüße 🙂 "quoted" \\ \n\t',
        "least": str(-(2**63)),
        "bytes": "AP/+",
        "nested": {"inner": {"deep": [1, "two", {"three": 3.5}]}, "none": None},
        "gpu.0.resource_uuid": "GPU-11111111-2222-3333-4444-555555555555",
        "gpu.1.resource_uuid": "GPU-66666666-2222-3333-4444-555555555555",
    }
    # Equality of Python's 3 and 3.0, False and 0 hides a lost type.
    assert [type(attributes[key]) for key in ("http.response.status_code", "whole", "cached")] == [int, float, bool]
    resource = {name.removeprefix("resource."): value for name, value in out.items() if name.startswith("resource.")}
    assert {name: str(value) for name, value in root["resource"].items()} == resource
    assert root["resource"]["host.cores"] == 2
    assert root["resource"]["service.name"] == "swift-e2e"
    assert root["resource"]["service.version"] == "1.2.3"
    assert root["resource"]["deployment.environment.name"] == "test"
    assert root["resource"]["telemetry.sdk.language"] == "swift"
    assert root["scope"]["name"] == "axonize"
    (event,) = root["events"]
    assert event["name"] == "cache.miss"
    assert event["time_unix_nano"] == str(int(out["start"]) + 5)
    assert event["attributes"] == {"size": 3}
    (link,) = root["links"]
    assert link["trace_id"] == f"{1 << 100:032x}"
    assert link["span_id"] == f"{77:016x}"
    assert link["attributes"] == {"why": "batch"}


def check_llm(span, out):
    assert span["span_id"] == out["llm"]
    assert span["parent_span_id"] == out["root"]
    assert span["kind"] == "client"
    attributes = dict(span["attributes"])
    first = attributes.pop("gen_ai.response.time_to_first_chunk")
    each = attributes.pop("gen_ai.server.time_per_output_token")
    rate = attributes.pop("axonize.llm.tokens_per_second")
    gaps = [attributes.pop(f"axonize.llm.inter_token_latency.{name}") for name in ("p50", "p95", "p99", "max")]
    assert 0 <= first < span["duration_ns"] / 1e9
    # The program sleeps a millisecond between tokens.
    assert each >= 0.001
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 0.001
    assert 0 < rate < 5000
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": "m",
        "gen_ai.conversation.id": "c1",
        "user.id": "u1",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.response.model": "m-1",
        "gen_ai.response.finish_reasons": ["stop"],
    }


def check_tool(span, out):
    assert span["span_id"] == out["tool"]
    assert span["parent_span_id"] == out["root"]
    assert span["scope"] == {**span["scope"], "name": "lib", "version": "9"}
    assert out["caught"] == "why"
    assert span["status"] == {"code": "error", "message": "Failure: why"}
    assert span["attributes"]["error.type"].endswith(".Failure")
    (event,) = span["events"]
    assert event["name"] == "exception"
    assert event["attributes"]["exception.message"] == "why"
    assert event["attributes"]["exception.escaped"] is True


@pytest.mark.parametrize(("names", "host"), [("DNS:elsewhere", "localhost"), ("DNS:localhost", "127.0.0.1")])
def test_a_certificate_of_another_name_is_refused(server, tmp_path, names, host):
    proxy = TLSProxy(make_certificate(tmp_path, names), server.otlp_port)
    out, errors = run(
        AXONIZE_ENDPOINT=f"https://{host}:{proxy.port}",
        AXONIZE_CA_FILE=str(tmp_path / "cert.pem"),
        AXONIZE_SDK_FIXTURE_FLUSH="0.2",
    )
    assert (out["flushed"], out["exported"]) == ("false", "0")
    assert f"{host}:{proxy.port} cannot be reached (the receiver's TLS handshake failed" in errors
    assert server.trace(out["trace"]) is None


def test_an_address_in_the_certificate_is_trusted(server, tmp_path):
    proxy = TLSProxy(make_certificate(tmp_path, "IP:127.0.0.1"), server.otlp_port)
    out, errors = run(AXONIZE_ENDPOINT=f"https://127.0.0.1:{proxy.port}", AXONIZE_CA_FILE=str(tmp_path / "cert.pem"))
    assert errors == ""
    assert out["exported"] == "4"


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_metrics_of_operations_arrive(server, protocol):
    out, _ = run(AXONIZE_ENDPOINT=server.grpc_endpoint, AXONIZE_PROTOCOL=protocol)
    assert out["flushed"] == "true"
    names = {item["name"] for item in server.data("/api/v1/metrics/names")}
    assert names >= {
        "gen_ai_client_operation_duration_seconds_count",
        "gen_ai_client_token_usage_sum",
        "gen_ai_server_time_to_first_token_seconds_bucket",
        "gen_ai_server_time_per_output_token_seconds_bucket",
        "axonize_sdk_span_exported_total",
        "axonize_sdk_queue_capacity",
    }
