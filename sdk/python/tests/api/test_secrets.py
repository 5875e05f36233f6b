"""What may be a secret is never logged: headers, keys, users and passwords of URLs."""

import logging
import os

import pytest

from axonize import _lifecycle, _warn
from axonize._configuration import Options, configure
from tests.api.test_init import run
from tests.conftest import CORES
from tests.receiver import Receiver, free_port

SECRET = "sk-EXAMPLE-1"
HEADERS = [
    "{}",
    "Bearer {}",
    "authorization Bearer {}",
    "authorization: Bearer {}",
    "Authorization:Bearer {}",
    "authorization=Bearer {},trailing",
    "authorization=Bearer {},",
    "authorization=Bearer {}\u00e9",
    "authorization=Bearer {}\u2028.",
    "authorization=Bearer%20{}%0A",
    "authorization=%FF{}",
    "=Bearer {}",
    "Bearer {}=",
    "Bearer {}==",
    "{}=\u00e9",
    "a b={}",
    "a\u00e9={}",
    "a:b={}",
    '{{"authorization": "{}"}}',
    "a=1;authorization={}\x7f",
    "x={}\tb\x01",
]
ENDPOINTS = [
    "{}",
    "http://user:{}@127.0.0.1:99999",
    "http://user:{}@127.0.0.1:port",
    "http://{}@h:0",
    "http://h:{}",
    "http://:{}@",
    "user:{}@h:99999",
    "ftp://user:{}@h",
    "{}://h",
    "http://user:{}@[::1",
    "http://[{}]:1",
    "http:///{}",
    "http://h/a b{}",
    "http://h/\u00e9?key={}",
    "https://user:{}@h:1/%zz \x01",
    "http://user:{}@\u2100.test",
    "http://user:{}@h i",
    # These are understood, and what stands before the @ is not used.
    "http://user:{}@127.0.0.1:1",
    "https://{}@127.0.0.1:1/path?token={}#{}",
    "user:{}@127.0.0.1:1",
]
PROXIES = [
    "http://user:{}@127.0.0.1:99999",
    "socks5://user:{}@h:1",
    "https://{}@h:1",
    "http://user:{}@",
    "{}",
    "user:{}@h:1",
    "http://[{}",
]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    for name in list(os.environ):
        if name.startswith(("OTEL_", "AXONIZE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_warn, "_given", set())
    caplog.set_level(logging.DEBUG)
    return caplog


def is_silent(logged: pytest.LogCaptureFixture) -> bool:
    """Whether nothing of the secret was logged; nor may it be found in what a traceback would show of settings."""
    return SECRET not in logged.text and not any(SECRET in str(record.args) for record in logged.records)


@pytest.mark.parametrize(
    "variable", ["AXONIZE_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]
)
@pytest.mark.parametrize("text", HEADERS)
def test_variables_of_headers(
    monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text.format(SECRET))
    configure(Options(endpoint="http://collector:4318"))
    assert is_silent(logged)
    # Each form but the one that is fine is told by the variable's name and the entry's place.
    assert (f"{variable}: entry " in logged.text) == (text != "authorization=Bearer {},")


@pytest.mark.parametrize("text", HEADERS)
def test_keys_and_headers_of_init(logged: pytest.LogCaptureFixture, text: str) -> None:
    value = text.format(SECRET)
    configure(Options(api_key=value + "\n\x00"))
    configure(Options(headers={value: "v"}))
    configure(Options(headers={"X-Team": value + "\r\nInjected: 1"}))
    configure(Options(headers=value))
    assert "Injected" not in str(configure(Options(headers={"a": f"{value}\r\nInjected: 1"})).headers)
    assert is_silent(logged)


@pytest.mark.parametrize(
    "variable", ["AXONIZE_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""]
)
@pytest.mark.parametrize("text", ENDPOINTS)
def test_endpoints(monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture, variable: str, text: str) -> None:
    value = text.format(SECRET, SECRET, SECRET)
    if variable:
        monkeypatch.setenv(variable, value)
        found = configure(Options())
    else:
        found = configure(Options(endpoint=value))
    assert is_silent(logged)
    # A text without a scheme is a host's name; else the secret is not part of what is used.
    assert text == "{}" or SECRET not in _lifecycle._State(found, {}).target


@pytest.mark.parametrize("variable", ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "grpc_proxy"])
@pytest.mark.parametrize("text", PROXIES)
def test_proxies(monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text.format(SECRET))
    for endpoint in ("http://collector:4318", "https://collector:4318", "http://collector:4317"):
        found = configure(Options(endpoint=endpoint))
        if text != "{}":
            assert SECRET not in repr(found)
    assert is_silent(logged)


PROGRAM = """
import axonize, logging, sys
logging.basicConfig(level=logging.DEBUG)
axonize.init(sys.argv[1], metrics_interval=0.05, headers={{"authorization": "Bearer {0}", "x!y-bin": "{0}"}}{1})
with axonize.span("a"): pass
axonize.flush(0.5)
axonize.shutdown(1)
"""


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("endpoint", "settings"),
    [
        ("http://user:{}@127.0.0.1:{}", ""),
        ("http://user:{}@127.0.0.1:{}", ", protocol='grpc'"),
        ("https://user:{}@127.0.0.1:{}", ""),
        ("https://user:{}@127.0.0.1:{}", ", protocol='grpc'"),
        ("http://user:{}@no.such.host.invalid:{}", ""),
    ],
)
def test_failures_of_sending(core: str, endpoint: str, settings: str) -> None:
    out, error = run(PROGRAM.format(SECRET, settings), endpoint.format(SECRET, free_port()), AXONIZE_CORE=core)
    assert "were lost" in error
    assert SECRET not in out + error


@pytest.mark.parametrize("core", CORES)
def test_refusals(core: str) -> None:
    receiver = Receiver()
    receiver.answers = [(401, {}, SECRET.encode())]
    try:
        out, error = run(PROGRAM.format(SECRET, ""), f"http://127.0.0.1:{receiver.port}", AXONIZE_CORE=core)
    finally:
        receiver.close()
    assert "HTTP 401" in error
    assert SECRET not in out + error


def test_a_key_in_the_clear_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
import axonize, sys
for _ in range(2):
    axonize.init(sys.argv[1], metrics=False)
    axonize.shutdown(0.5)
"""
    for endpoint, variables, count in (
        ("http://collector.test:4318", {"AXONIZE_API_KEY": SECRET}, 1),
        ("http://collector.test:4317", {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {SECRET}"}, 1),
        ("http://collector.test:4318", {}, 0),
        ("https://collector.test:4318", {"AXONIZE_API_KEY": SECRET}, 0),
        ("http://localhost:4318", {"AXONIZE_API_KEY": SECRET}, 0),
        ("http://127.3.2.1:4318", {"AXONIZE_API_KEY": SECRET}, 0),
        ("http://[::1]:4318", {"AXONIZE_API_KEY": SECRET}, 0),
    ):
        _, error = run(script, endpoint, **variables)
        assert error.count("without encryption") == count, endpoint
        assert SECRET not in error
