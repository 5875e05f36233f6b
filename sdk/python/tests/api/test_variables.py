"""Variables that nobody reads are warned of; those of Axonize's other programs and of Kubernetes are not."""

import pathlib
import re

import pytest

from axonize import _configuration, _readers, _variables
from tests.api.test_init import run

ROOT = pathlib.Path(__file__).parents[4]


def test_the_list_is_that_of_the_code_and_the_guide() -> None:
    package = pathlib.Path(_configuration.__file__).parent
    used = set()
    for path in package.rglob("*.py"):
        if path.name == "_variables.py":
            continue
        used |= set(re.findall(r'"(AXONIZE_[A-Z_]+[A-Z])"', path.read_text()))
    assert used == _variables.NAMES
    told = set(re.findall(r"`(AXONIZE_[A-Z_]+)[`=]", (ROOT / "docs/sdk/python.md").read_text()))
    assert told == _variables.NAMES


def test_the_server_knows_the_list() -> None:
    server = (ROOT / "Sources/Kit/Configuration/ForeignVariables.swift").read_text()
    assert set(re.findall(r'"(AXONIZE_[A-Z_]+)"', server)) >= _variables.NAMES
    sdk = (ROOT / "Sources/SDK/Axonize/Lifecycle/VariableNames.swift").read_text()
    assert {f"AXONIZE_{name}" for name in re.findall(r'"([A-Z_]+)"', sdk)} >= _variables.NAMES


def test_the_server_s_variables_are_legal(monkeypatch: pytest.MonkeyPatch) -> None:
    names = re.findall(r"`(AXONIZE_[A-Z_]+)`", (ROOT / "docs/configuration.md").read_text())
    assert len(names) > 20
    for name in names:
        monkeypatch.setenv(name, "1")
    assert _variables.unknown() == []
    # The Swift SDK has the same list.
    sdk = (ROOT / "Sources/SDK/Axonize/Lifecycle/VariableNames.swift").read_text()
    sections = re.findall(r'"([A-Z_]+_)"', sdk)
    for name in names:
        part = name.removeprefix("AXONIZE_")
        assert f'"{part}"' in sdk or part.startswith(tuple(sections)), name


@pytest.mark.parametrize(
    "name",
    [
        "AXONIZE_SERVICE_HOST",
        "AXONIZE_SERVICE_PORT",
        "AXONIZE_SERVICE_PORT_OTLP_GRPC",
        "AXONIZE_PORT",
        "AXONIZE_PORT_4317_TCP",
        "AXONIZE_PORT_4317_TCP_ADDR",
        "AXONIZE_HEADLESS_SERVICE_HOST",
        "AXONIZE_GATEWAY_PORT_80_TCP_PROTO",
        "AXONIZE_SERVER",
        "AXONIZE_ENDPOINT",
    ],
)
def test_legal_variables(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert name not in _variables.unknown()


def test_mistakes_are_said_with_what_was_meant() -> None:
    script = "import axonize\naxonize.init(metrics=False)\naxonize.shutdown()"
    _, error = run(
        script, AXONIZE_ENDPIONT="http://h:1", AXONIZE_COMPRESS="gzip", AXONIZE_COLOUR="red", AXONIZE_KEY="k"
    )
    assert error.splitlines() == [
        "axonize: the variable AXONIZE_COLOUR is not known and has no effect",
        "axonize: the variable AXONIZE_COMPRESS is not known and has no effect; did you mean AXONIZE_COMPRESSION?",
        "axonize: the variable AXONIZE_ENDPIONT is not known and has no effect; did you mean AXONIZE_ENDPOINT?",
        "axonize: the variable AXONIZE_KEY is not known and has no effect; did you mean AXONIZE_API_KEY?",
    ]


def test_a_value_that_is_not_taken_is_said_with_the_choices() -> None:
    script = (
        "import axonize\naxonize.init(compression='lz4', metrics_interval='soon', metrics=False)\naxonize.shutdown()"
    )
    _, error = run(
        script,
        AXONIZE_PROTOCOL="http/json",
        AXONIZE_SAMPLER="sometimes",
        AXONIZE_CAPTURE_CONTENT="perhaps",
        AXONIZE_QUEUE_SIZE="-1",
        AXONIZE_TIMEOUT="0",
        OTEL_BSP_SCHEDULE_DELAY="never",
        AXONIZE_RESOURCE_ATTRIBUTES="a=1,b",
    )
    assert sorted(error.splitlines()) == [
        "axonize: AXONIZE_CAPTURE_CONTENT: 'perhaps' is not true or false; it is not used",
        "axonize: AXONIZE_PROTOCOL: 'http/json' is not http/protobuf or grpc; it is not used",
        "axonize: AXONIZE_QUEUE_SIZE: '-1' is not a whole number of at least 0; it is not used",
        "axonize: AXONIZE_RESOURCE_ATTRIBUTES: entry 2 is not name=value; it is not used",
        "axonize: AXONIZE_SAMPLER: 'sometimes' is not one of always_on, always_off, traceidratio, "
        "parentbased_always_on, parentbased_always_off, parentbased_traceidratio; it is not used",
        "axonize: AXONIZE_TIMEOUT: '0' is not a number of seconds, above 0 and below 86400; it is not used",
        "axonize: OTEL_BSP_SCHEDULE_DELAY: 'never' is not a number of milliseconds, above 0 and below 86400000; "
        "it is not used",
        "axonize: init(compression=): 'lz4' is not none, gzip or zstd; it is not used",
        "axonize: init(metrics_interval=): 'soon' is not a number of seconds, above 0 and below 86400; it is not used",
    ]


def test_endpoints_that_are_none() -> None:
    for wrong in ("", "http://", "ftp://a", "http://a:0", "http://a:b", "http://a b", "http://a/b c", "http://[::1"):
        with pytest.raises(_readers.Malformed):
            _readers.read_endpoint(wrong)
