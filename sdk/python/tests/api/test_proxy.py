"""Proxies: when one is used, and that spans and metrics go through it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import ssl
from collections.abc import Iterator

import pytest

from axonize._sending.proxy import Proxy, is_excepted, is_loopback, proxy_for
from tests.api.certificate import make_certificate
from tests.api.test_init import run
from tests.conftest import CORES
from tests.proxy import Proxy as ProxyServer
from tests.receiver import Receiver, free_port

# Known to the proxy alone.
HOST = "receiver.test"
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "grpc_proxy", "no_grpc_proxy", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower() in NAMES:
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("exceptions", "host", "port", "expected"),
    [
        ("", "h", 80, False),
        ("*", "h", 80, True),
        ("h", "h", 80, True),
        ("H", "h", 80, True),
        ("h", "H.", 80, True),
        ("other,h", "h", 80, True),
        ("other h", "h", 80, True),
        (" other , h ", "h", 80, True),
        ("example.com", "a.example.com", 80, True),
        (".example.com", "a.b.example.com", 80, True),
        (".example.com", "example.com", 80, True),
        ("*.example.com", "a.example.com", 80, True),
        ("example.com", "notexample.com", 80, False),
        ("example.com", "example.com.evil", 80, False),
        ("a.example.com", "example.com", 80, False),
        (".", "h", 80, False),
        ("h:4318", "h", 4318, True),
        ("h:4318", "h", 4317, False),
        ("example.com:4318", "a.example.com", 4318, True),
        ("10.0.0.1", "10.0.0.1", 80, True),
        ("10.0.0.1", "10.0.0.10", 80, False),
        ("10.0.0.1:81", "10.0.0.1", 80, False),
        ("10.0.0.0/8", "10.200.3.4", 80, True),
        ("10.0.0.0/8", "11.0.0.1", 80, False),
        ("10.0.0.1/32", "10.0.0.1", 80, True),
        ("0.0.0.0/0", "8.8.8.8", 80, True),
        ("10.0.0.0/33", "10.0.0.1", 80, False),
        ("10.0.0.0/x", "10.0.0.1", 80, False),
        ("10.0.0.0/8", "10.example.com", 80, False),
        ("2001:db8::/32", "2001:db8::5", 80, True),
        ("2001:db8::/32", "2001:db9::5", 80, False),
        ("2001:db8::5", "2001:db8:0::5", 80, True),
        ("[2001:db8::5]:81", "2001:db8::5", 81, True),
        ("[2001:db8::5]:81", "2001:db8::5", 82, False),
        ("10.0.0.0/8", "2001:db8::5", 80, False),
        ("0", "10.0.0.1", 80, False),
    ],
)
def test_exceptions(exceptions: str, host: str, port: int, expected: bool) -> None:
    assert is_excepted(host, port, exceptions) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.255.3.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example.com", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("::ffff:10.0.0.1", False),
        ("127.example.com", False),
    ],
)
def test_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


P, Q = "http://p:1", "http://q:2"


@pytest.mark.parametrize(
    ("variables", "endpoint", "expected"),
    [
        ({}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": P}, ("h", False, "http/protobuf"), "p"),
        ({"HTTP_PROXY": P}, ("h", False, "http/protobuf"), "p"),
        ({"HTTP_PROXY": P, "REQUEST_METHOD": "GET"}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": P, "REQUEST_METHOD": "GET"}, ("h", False, "http/protobuf"), "p"),
        ({"http_proxy": P, "HTTP_PROXY": Q}, ("h", False, "http/protobuf"), "p"),
        ({"http_proxy": "", "HTTP_PROXY": Q}, ("h", False, "http/protobuf"), "q"),
        ({"https_proxy": P}, ("h", False, "http/protobuf"), None),
        ({"https_proxy": P}, ("h", True, "http/protobuf"), "p"),
        ({"http_proxy": P}, ("h", True, "http/protobuf"), None),
        ({"ALL_PROXY": P}, ("h", True, "http/protobuf"), "p"),
        ({"ALL_PROXY": P, "http_proxy": Q}, ("h", False, "http/protobuf"), "q"),
        ({"http_proxy": P}, ("h", False, "grpc"), "p"),
        ({"http_proxy": P, "https_proxy": Q}, ("h", False, "grpc"), "q"),
        ({"grpc_proxy": P, "https_proxy": Q}, ("h", True, "grpc"), "p"),
        ({"http_proxy": P, "no_proxy": "h"}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": P, "NO_PROXY": "x,.h"}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": P, "no_grpc_proxy": "h"}, ("h", False, "http/protobuf"), "p"),
        ({"http_proxy": P, "no_grpc_proxy": "h"}, ("h", False, "grpc"), None),
        ({"http_proxy": P}, ("localhost", False, "http/protobuf"), None),
        ({"http_proxy": P}, ("127.0.0.1", False, "grpc"), None),
        ({"http_proxy": "p:1"}, ("h", False, "http/protobuf"), "p"),
        ({"http_proxy": "socks5://p:1"}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": "https://p:1"}, ("h", False, "http/protobuf"), None),
        ({"http_proxy": "http://p:port"}, ("h", False, "http/protobuf"), None),
    ],
)
def test_variables(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], endpoint: tuple[str, bool, str], expected: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    host, is_tls, protocol = endpoint
    found = proxy_for(host, 4318, is_tls, protocol)
    assert (found and found.host) == expected


def test_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, expected in (
        ("http://p", Proxy("p", 80)),
        ("http://[::1]:3128/", Proxy("::1", 3128)),
        # Aladdin's is the example of RFC 7617.
        ("http://Aladdin:open%20sesame@p:1", Proxy("p", 1, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
        ("http://user@p:1", Proxy("p", 1, "Basic dXNlcjo=")),
    ):
        monkeypatch.setenv("http_proxy", text)
        found = proxy_for("h", 1, False, "http/protobuf")
        assert found == expected
        assert found.authorization is None or "Basic" not in repr(found)
    assert Proxy("p", 1, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").url == "http://Aladdin:open%20sesame@p:1"


PROGRAM = """
import axonize, sys
axonize.init(sys.argv[1], service_name="s", api_key="k"{})
for number in range(3):
    with axonize.span(f"span {{number}}", attributes={{"text": "x" * 20000}}): pass
    assert axonize.flush(20)
"""
SPANS = ["span 0", "span 1", "span 2"]


@contextlib.contextmanager
def proxied(user: str = "", refuses: int = 0) -> Iterator[tuple[ProxyServer, dict[str, str]]]:
    proxy = ProxyServer(user, refuses)
    url = proxy.url.replace("//", f"//{user}@") if user else proxy.url
    try:
        yield proxy, {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": "example.com,10.0.0.0/8"}
    finally:
        proxy.close()


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("user", ["", "user:secret"])
def test_over_http(core: str, user: str) -> None:
    receiver = Receiver()
    try:
        with proxied(user) as (proxy, variables):
            _, error = run(PROGRAM.format(""), f"http://{HOST}:{receiver.port}/base", AXONIZE_CORE=core, **variables)
    finally:
        receiver.close()
    assert "lost" not in error
    assert "secret" not in error
    assert receiver.names == SPANS
    assert len(receiver.metrics) == 1
    assert set(proxy.requests) == {
        ("POST", f"http://{HOST}:{receiver.port}/base/v1/traces"),
        ("POST", f"http://{HOST}:{receiver.port}/base/v1/metrics"),
    }
    headers = {name.lower(): value for name, value in receiver.headers[0].items()}
    assert (headers["host"], headers["authorization"]) == (f"{HOST}:{receiver.port}", "Bearer k")
    assert "proxy-authorization" not in headers


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("user", ["", "user:secret"])
def test_over_grpc(core: str, user: str) -> None:
    pytest.importorskip("grpc")
    from tests.grpc_receiver import GRPCReceiver

    receiver = GRPCReceiver()
    try:
        with proxied(user) as (proxy, variables):
            script = PROGRAM.format(", protocol='grpc'")
            _, error = run(script, f"http://{HOST}:{receiver.port}", AXONIZE_CORE=core, **variables)
    finally:
        receiver.close()
    assert "lost" not in error
    assert receiver.names == SPANS
    assert len(receiver.metrics) == 1
    assert set(proxy.requests) == {("CONNECT", f"{HOST}:{receiver.port}")}
    # The tunnel is kept: one for the spans and one for the metrics, which grpcio may send over the same.
    assert len(proxy.requests) <= 2
    # What is the receiver's is not for the proxy.
    assert not any(b"Bearer" in head for head in proxy.heads)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_over_tls(core: str, protocol: str, tmp_path: pathlib.Path) -> None:
    # The certificate is localhost's, and so is the name that is asked for: the rule for this machine is switched off.
    key, certificate = make_certificate(tmp_path)
    if protocol == "grpc":
        grpc = pytest.importorskip("grpc")
        from tests.grpc_receiver import GRPCReceiver

        credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
        receiver = GRPCReceiver(credentials=credentials)
    else:
        receiver = Receiver()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    script = "from axonize._sending import proxy\nproxy.is_loopback = lambda host: False\n" + PROGRAM.format(
        f", ca_file=sys.argv[2], protocol={protocol!r}"
    )
    try:
        with proxied("user:secret") as (proxy, variables):
            _, error = run(script, f"https://localhost:{receiver.port}", certificate, AXONIZE_CORE=core, **variables)
    finally:
        receiver.close()
    assert error == ""
    assert receiver.names == SPANS
    assert set(proxy.requests) == {("CONNECT", f"localhost:{receiver.port}")}
    assert not any(b"Bearer" in head for head in proxy.heads)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_not_to_this_machine_and_not_to_exceptions(core: str, protocol: str) -> None:
    with proxied() as (proxy, variables):
        for host in ("127.0.0.1", "localhost", "a.example.com", "10.1.2.3"):
            script = "import axonize, sys\naxonize.init(sys.argv[1], metrics=False, protocol=sys.argv[2])\n"
            script += "with axonize.span('a'): pass\naxonize.shutdown(0.1)\n"
            run(script, f"http://{host}:{free_port()}", protocol, AXONIZE_CORE=core, **variables)
    assert proxy.requests == []


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
@pytest.mark.parametrize("status", [407, 403])
def test_a_proxy_that_refuses_is_named(core: str, protocol: str, status: int) -> None:
    if core == "pure" and protocol == "grpc":
        pytest.skip("grpcio does not tell")
    script = PROGRAM.format(f", protocol={protocol!r}, metrics=False").replace("assert axonize.flush(20)", "")
    with proxied("user:secret", refuses=status) as (proxy, variables):
        _, error = run(script, f"http://{HOST}:4318", AXONIZE_CORE=core, **variables)
    assert f"{HOST}:4318 through the proxy 127.0.0.1:{proxy.port} refused spans (HTTP {status})" in error
    assert ("the proxy asks for a name and password" in error) == (status == 407)
    assert ("or the proxy refuses" in error) == (status == 403)
    assert "3 of 3 spans were lost" in error
    assert "secret" not in error


@pytest.mark.parametrize("core", CORES)
def test_a_proxy_that_is_down_is_named(core: str) -> None:
    script = PROGRAM.format(", metrics=False").replace("assert axonize.flush(20)", "")
    port = free_port()
    _, error = run(script, f"http://{HOST}:4318", AXONIZE_CORE=core, http_proxy=f"http://u:secret@127.0.0.1:{port}")
    assert f"{HOST}:4318 through the proxy 127.0.0.1:{port} cannot be reached (Connection refused)" in error
    assert "secret" not in error


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("answer", [b"\x00nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 70_000, b""])
def test_a_proxy_that_talks_nonsense(core: str, answer: bytes) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for protocol in ("http/protobuf", "grpc"):
            script = PROGRAM.format(f", protocol={protocol!r}, metrics=False").replace("assert axonize.flush(20)", "")
            _, error = run(script, f"http://{HOST}:4318", AXONIZE_CORE=core, http_proxy=url)
            assert "3 of 3 spans were lost" in error
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
