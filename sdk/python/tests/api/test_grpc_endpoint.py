"""gRPC by the endpoint's port, by option and by the environment; what is done where it cannot be spoken."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from axonize._configuration import Options, configure
from tests.api.certificate import make_certificate
from tests.api.test_init import SPAN, run
from tests.conftest import CORES
from tests.receiver import Receiver

grpc = pytest.importorskip("grpc")

from tests.grpc_receiver import GRPCReceiver  # noqa: E402

# An address of this machine that others rarely listen on: the port is the very thing that is tested.
HOST = "127.0.43.17"
ENDPOINT = f"http://{HOST}:4317"
# Before anything else of a program: an installation without the extra.
WITHOUT_GRPCIO = "import sys; sys.modules['grpc'] = None\n"


def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OTEL_", "AXONIZE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def receiver() -> Iterator[GRPCReceiver]:
    try:
        receiver = GRPCReceiver(4317, host=HOST)
    except RuntimeError:
        pytest.skip("port 4317 is in use")
    yield receiver
    receiver.close()


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        ("http://h:4317", "grpc"),
        ("http://h:4317/", "grpc"),
        ("https://h:4317", "grpc"),
        ("h:4317", "grpc"),
        ("[::1]:4317", "grpc"),
        ("http://h:4317/v1/traces", "http/protobuf"),
        ("http://h:4317/otlp", "http/protobuf"),
        ("http://h:4318", "http/protobuf"),
        ("https://h", "http/protobuf"),
        ("h", "http/protobuf"),
    ],
)
def test_the_port_decides(monkeypatch: pytest.MonkeyPatch, endpoint: str, protocol: str) -> None:
    clean(monkeypatch)
    found = configure(Options(endpoint=endpoint))
    assert (found.protocol, found.is_protocol_given) == (protocol, False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
    assert configure(Options()).protocol == protocol


def test_who_asks_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    clean(monkeypatch)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    assert configure(Options(endpoint="http://h:4317")).protocol == "http/protobuf"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")
    found = configure(Options(endpoint="http://h:4318"))
    assert (found.protocol, found.is_protocol_given) == ("grpc", True)
    monkeypatch.setenv("AXONIZE_PROTOCOL", "http/protobuf")
    assert configure(Options(endpoint="http://h:4317")).protocol == "http/protobuf"
    assert configure(Options(endpoint="http://h:4317", protocol="grpc")).protocol == "grpc"
    monkeypatch.setenv("AXONIZE_PROTOCOL", "http/json")
    assert configure(Options(endpoint="http://h:1")).protocol == "grpc"


@pytest.mark.parametrize("core", CORES)
def test_spans_and_metrics_arrive(receiver: GRPCReceiver, core: str) -> None:
    script = """
import axonize, sys
axonize.init(sys.argv[1], service_name="s", api_key="k", headers={"X-Team": "ours"})
with axonize.llm_span("chat", model="m") as span:
    span.record_token()
assert axonize.flush(20)
assert axonize.shutdown(20)
print("grpc" in sys.modules)
"""
    out, error = run(script, ENDPOINT, AXONIZE_CORE=core)
    assert error == ""
    assert receiver.names == ["chat"]
    assert (receiver.metadata[0]["authorization"], receiver.metadata[0]["x-team"]) == ("Bearer k", "ours")
    (request,) = receiver.metrics
    metrics = {metric.name for metric in request.resource_metrics[0].scope_metrics[0].metrics}
    assert {"gen_ai.client.operation.duration", "axonize.sdk.span.ended"} <= metrics
    # The native core needs no package for it.
    assert out == str(core == "pure")


@pytest.mark.parametrize("core", CORES)
def test_metrics_at_intervals_use_one_connection(receiver: GRPCReceiver, core: str) -> None:
    script = """
import axonize, sys, time
axonize.init(sys.argv[1], metrics_interval=0.1)
time.sleep(1)
"""
    assert run(script, ENDPOINT, AXONIZE_CORE=core) == ("", "")
    assert len(receiver.metrics) > 3


def test_without_grpcio_the_native_core_needs_none(receiver: GRPCReceiver) -> None:
    if "native" not in CORES:
        pytest.skip("the native core is not built here")
    script = WITHOUT_GRPCIO + SPAN.format("axonize.init(sys.argv[1])")
    assert run(script, ENDPOINT, AXONIZE_CORE="native") == ("", "")
    assert receiver.names == ["a"]
    assert len(receiver.metrics) == 1


@pytest.mark.parametrize("asked", ["", ", protocol='grpc'"])
def test_without_grpcio_the_core_in_python_sends_over_http(asked: str) -> None:
    receiver = Receiver(4317, host=HOST)
    try:
        script = WITHOUT_GRPCIO + SPAN.format(f"axonize.init(sys.argv[1]{asked})")
        _, error = run(script, ENDPOINT, AXONIZE_CORE="pure")
        assert error.count("pip install grpcio") == 1
        assert receiver.names == ["a"]
        assert len(receiver.metrics) == 1
    finally:
        receiver.close()


@pytest.mark.parametrize("core", CORES)
def test_without_grpcio_tls_is_sent_over_http(core: str, tmp_path: pathlib.Path) -> None:
    key, certificate = make_certificate(tmp_path)
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    try:
        script = WITHOUT_GRPCIO + SPAN.format("axonize.init(sys.argv[1], ca_file=sys.argv[2], protocol='grpc')")
        _, error = run(script, f"https://localhost:{receiver.port}", certificate, AXONIZE_CORE=core)
        assert error.count("gRPC over TLS needs the package grpcio (pip install grpcio)") == 1
        assert receiver.names == ["a"]
    finally:
        receiver.close()


def test_who_sends_nothing_needs_no_package() -> None:
    script = WITHOUT_GRPCIO + SPAN.format("axonize.init(sys.argv[1], enabled=False)")
    assert run(script, "https://h:4317") == ("", "")


@pytest.mark.parametrize("core", CORES)
def test_a_server_that_closes_at_once_is_named(core: str) -> None:
    if core == "pure":
        pytest.skip("grpcio does not tell")
    with socket.create_server((HOST, 4317)) as listener:

        def talk() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        script = SPAN.format("axonize.init(sys.argv[1], metrics=False)") + "axonize.flush(1)\naxonize.shutdown(0.5)\n"
        _, error = run(script, ENDPOINT, AXONIZE_CORE=core)
        # A thread that waits in accept(2) would keep the port.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert 'where only HTTP is spoken, init(protocol="http/protobuf") is needed' in error


@pytest.mark.parametrize("core", CORES)
def test_grpc_over_tls(core: str, tmp_path: pathlib.Path) -> None:
    key, certificate = make_certificate(tmp_path)
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
    receiver = GRPCReceiver(credentials=credentials)
    try:
        script = SPAN.format("axonize.init(sys.argv[1], ca_file=sys.argv[2], protocol='grpc')")
        _, error = run(script, f"https://localhost:{receiver.port}", certificate, AXONIZE_CORE=core)
        assert error == ""
        assert receiver.names == ["a"]
        assert len(receiver.metrics) == 1
    finally:
        receiver.close()


@pytest.mark.parametrize("core", CORES)
def test_a_receiver_of_http_alone_is_named(core: str) -> None:
    receiver = Receiver(4317, host=HOST)
    try:
        script = SPAN.format("axonize.init(sys.argv[1], metrics=False)") + "axonize.flush(2)\naxonize.shutdown(0.5)\n"
        _, error = run(script, ENDPOINT, AXONIZE_CORE=core)
        assert error.count(f"the receiver at {HOST}:4317 does not speak gRPC; ") == 1
        assert 'init(protocol="http/protobuf")' in error
        assert "cannot be reached" not in error
        # As it says.
        run(SPAN.format("axonize.init(sys.argv[1])"), ENDPOINT, AXONIZE_CORE=core, AXONIZE_PROTOCOL="http/protobuf")
        assert receiver.names == ["a"]
    finally:
        receiver.close()


@pytest.mark.parametrize("core", CORES)
def test_a_receiver_of_grpc_alone_is_named(core: str) -> None:
    listener = socket.create_server((HOST, 4317))

    def talk() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        # What a server of HTTP/2 says first: its settings.
        connection.sendall(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        connection.close()

    with listener:
        threading.Thread(target=talk, daemon=True).start()
        script = SPAN.format("axonize.init(sys.argv[1], metrics=False, protocol='http/protobuf')")
        _, error = run(script, ENDPOINT, AXONIZE_CORE=core)
    assert 'protocol="grpc"' in error


@pytest.mark.parametrize("core", CORES)
def test_refusals_are_named(receiver: GRPCReceiver, core: str) -> None:
    from tests.grpc_receiver import Answer

    receiver.answers.append(Answer(grpc.StatusCode.UNAUTHENTICATED))
    _, error = run(SPAN.format("axonize.init(sys.argv[1])"), ENDPOINT, AXONIZE_CORE=core)
    assert "refused spans (gRPC UNAUTHENTICATED)" in error
