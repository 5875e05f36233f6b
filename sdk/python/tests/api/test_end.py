"""The end of a program: how often a batch is tried, and what is said of spans that are lost."""

import pathlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.api.certificate import make_certificate
from tests.api.test_init import run
from tests.conftest import CORES
from tests.receiver import Answer, Receiver, free_port, partial

PROGRAM = """
import axonize, sys
axonize.init(sys.argv[1], service_name="end", interval=3600{})
for _ in range(int(sys.argv[2])):
    with axonize.span("a"): pass
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "300"}])
def test_each_batch_is_tried_once(receiver: Receiver, core: str, headers: dict[str, str]) -> None:
    busy: Answer = (503, headers, b"")
    receiver.answers = [busy] * 50
    _, error = run(PROGRAM.format(""), f"http://127.0.0.1:{receiver.port}", 100, AXONIZE_CORE=core)
    assert len(receiver.refused) == 1
    assert (
        f"axonize: 100 of 100 spans were lost: 100 because 127.0.0.1:{receiver.port} did not take them (HTTP 503)"
        in (error.splitlines())
    )
    assert "sent again" not in error


@pytest.mark.parametrize("core", CORES)
def test_a_batch_that_waits_for_its_next_attempt_has_it_at_the_end(receiver: Receiver, core: str) -> None:
    receiver.answers = [(503, {"Retry-After": "300"}, b"")]
    script = PROGRAM.format("") + "axonize.flush(1)\n"
    _, error = run(script, f"http://127.0.0.1:{receiver.port}", 3, AXONIZE_CORE=core)
    assert (len(receiver.refused), receiver.names) == (1, ["a"] * 3)
    assert "lost" not in error


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_lost_spans_are_said_once(core: str, protocol: str) -> None:
    port = free_port()
    _, error = run(PROGRAM.format(f", protocol={protocol!r}"), f"http://127.0.0.1:{port}", 100, AXONIZE_CORE=core)
    assert error.count("spans were lost") == 1
    assert f"axonize: 100 of 100 spans were lost: 100 because 127.0.0.1:{port} did not take them" in error
    assert all(line.startswith("axonize: ") for line in error.splitlines()), error


@pytest.mark.parametrize("core", CORES)
def test_lost_spans_of_a_receiver_over_tls_are_said(core: str) -> None:
    port = free_port()
    _, error = run(PROGRAM.format(", protocol='http/protobuf'"), f"https://127.0.0.1:{port}", 100, AXONIZE_CORE=core)
    assert f"axonize: 100 of 100 spans were lost: 100 because 127.0.0.1:{port} did not take them" in error


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_never_answers_does_not_hold_up_the_end(core: str, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        script = PROGRAM.format("") + "assert not axonize.shutdown(0.3)\n"
        _, error = run(script, f"{scheme}://127.0.0.1:{port}", 5, AXONIZE_CORE=core)
    assert f"5 of 5 spans were lost: 5 because 127.0.0.1:{port} did not take them (no answer in time)" in error


@pytest.mark.parametrize("core", CORES)
def test_metrics_have_the_time_that_spans_left(core: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = PROGRAM.format("") + (
            "from axonize import _lifecycle\n_lifecycle._state.metrics.stop = print\naxonize.shutdown(0.2)\n"
        )
        out, _ = run(script, f"http://127.0.0.1:{silent.getsockname()[1]}", 1, AXONIZE_CORE=core)
    assert out == "0.0"


@pytest.mark.parametrize("core", CORES)
def test_the_last_metrics_count_the_last_spans(receiver: Receiver, core: str) -> None:
    receiver.answers = [(200, {}, b""), partial(3, "")]
    _, error = run(PROGRAM.format(", batch_size=64"), f"http://127.0.0.1:{receiver.port}", 70, AXONIZE_CORE=core)
    metrics = {metric.name: metric for metric in receiver.metrics[-1].resource_metrics[0].scope_metrics[0].metrics}
    assert metrics["axonize.sdk.span.exported"].sum.data_points[0].as_int == 67
    target = f"127.0.0.1:{receiver.port}"
    assert f"axonize: 3 of 70 spans were lost: 3 because {target} rejected them" in error.splitlines()


@pytest.mark.parametrize("core", CORES)
def test_spans_without_room_are_said(core: str) -> None:
    script = PROGRAM.format(", queue_size=64, batch_size=64")
    _, error = run(script, f"http://127.0.0.1:{free_port()}", 1000, AXONIZE_CORE=core)
    (line,) = (line for line in error.splitlines() if "were lost" in line)
    assert line.startswith("axonize: 1000 of 1000 spans were lost: ")
    assert "because the queue was full" in line


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_key(receiver: Receiver, core: str, status: int) -> None:
    endpoint = f"http://127.0.0.1:{receiver.port}"
    refusal: Answer = (status, {}, b"")
    for settings, key, expected in (
        ("", "", "no API key was sent: set AXONIZE_API_KEY or init(api_key=)"),
        ("", "axz_SECRET", "it does not accept the key of AXONIZE_API_KEY"),
        (", api_key='axz_SECRET'", "", "it does not accept the key of init(api_key=)"),
        (", headers={'authorization': 'Bearer axz_SECRET'}", "", "it does not accept the key of init(headers=)"),
    ):
        receiver.answers = [refusal]
        _, error = run(PROGRAM.format(settings), endpoint, 1, AXONIZE_CORE=core, AXONIZE_API_KEY=key)
        assert f"refused spans (HTTP {status}); they are dropped; {expected}" in error
        assert f"1 of 1 spans were lost: 1 because 127.0.0.1:{receiver.port} did not take them (HTTP {status})" in error
        assert "SECRET" not in error


def test_nothing_is_said_where_nothing_was_lost(receiver: Receiver) -> None:
    assert run(PROGRAM.format(""), f"http://127.0.0.1:{receiver.port}", 100) == ("", "")


@pytest.mark.parametrize("core", CORES)
def test_why_a_receiver_cannot_be_reached_is_said(core: str, tmp_path: pathlib.Path) -> None:
    key, certificate = make_certificate(tmp_path)
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    try:
        for endpoint, reason in (
            ("http://no.such.host.invalid:1", "there is no such host, or no way to it"),
            ("https://no.such.host.invalid:1", "there is no such host, or no way to it"),
            (f"https://127.0.0.1:{receiver.port}", "CERTIFICATE_VERIFY_FAILED"),
            (f"https://127.0.0.1:{free_port()}", "Connection refused"),
        ):
            _, error = run(PROGRAM.format(", metrics=False"), endpoint, 1, AXONIZE_CORE=core)
            (line,) = (line for line in error.splitlines() if "cannot be reached" in line)
            assert reason in line
            (line,) = (line for line in error.splitlines() if "lost" in line)
            assert reason in line
    finally:
        receiver.close()
