"""The OpenAPI document against the server: schemathesis makes requests from it and holds every answer to it."""

import contextlib
import os

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import just
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from support import telemetry

# Requests of each operation; more by hand.
EXAMPLES = int(os.environ.get("AXONIZE_OPENAPI_EXAMPLES", "25"))


@pytest.fixture(scope="module")
def filled(server):
    """A server with spans of several services, so that lists are not all empty."""
    for service in ("one", "two"):
        attributes = {"gen_ai.request.model": "llama-3", "n": 1, "ratio": 0.5, "flag": True}
        attributes |= {"session.id": "session-1", "user.id": "user-1", "gpu.0.resource_uuid": "GPU-1"}
        request, trace_id = telemetry.trace_request(5, service=service, attributes=attributes)
        assert telemetry.post(server, request.SerializeToString()).status_code == 200
        server.wait_for_trace(trace_id, 5)
    return server


@pytest.fixture
def document(filled):
    return schemathesis.openapi.from_url(f"{filled.url}/api/v1/openapi.json")


def operations(document) -> dict:
    """Every operation by its method and path, but for the tail, which never ends; test_operations follows one."""
    found = [result.ok() for result in document.get_all_operations()]
    all_of_them = {(operation.method.upper(), operation.path.removeprefix("/api/v1")): operation for operation in found}
    assert all_of_them.pop(("GET", "/tail"))
    return all_of_them


# What a schema cannot say of a valid request: which texts are queries and cursors, and how parameters go together.
SEMANTIC = {"q", "a.q", "b.q", "cursor"}
TOGETHER = {
    ("start", "must be before"),
    ("a.start", "must be before"),
    ("b.start", "must be before"),
    ("step", "the range has more than"),
    ("step", "the groups have more than"),
    ("season", "must be a whole number of steps"),
    ("season", "the range has fewer than two seasons"),
    ("horizon", "the forecast has more than"),
    ("max_lag", "is more than"),
    ("match", "is not a selector"),
    ("left", "is not a selector"),
    ("right", "is not a selector"),
    ("score.", "expected score."),
    ("score.", "takes a number"),
}
# The same of members of a body, by the last part of their place.
MEMBERS_TOGETHER = {
    ("", "says not what it is about"),
    ("span_id", "needs the `trace_id`"),
    ("session_id", "excludes"),
    ("time", "is more than a day ahead"),
}


NODE = {
    "name": "box",
    "version": "0.9.0",
    "labels": {"rack": "7"},
    "drivers": [{"vendor": "nvidia"}, {"vendor": "amd", "unavailable": "no card"}],
    "gpus": [
        {
            "uuid": "GPU-1",
            "vendor": "nvidia",
            "index": 0,
            "condition": "up",
            "pci_bus_id": "0000:83:00.0",
            "resources": [{"uuid": "MIG-1", "profile": "1g.18gb", "gpu_instance": 7, "generation": 1}],
            "processes": [{"pid": 42, "name": "vllm"}],
            "peers": [{"index": 1, "distance": "NODE", "nvlink": True}],
            "readings": [
                {"metric": "axonize_gpu_power_watts", "value": 412.5, "time": "2026-11-30T18:00:00.25Z"},
                {"metric": "axonize_gpu_utilization_ratio", "unavailable": "mig_mode"},
            ],
        }
    ],
    "events": [{"time": "2026-11-30T18:00:00Z", "kind": "xid", "source": "driver", "xid": 79}],
}


def is_refused_for_its_meaning(response) -> bool:
    if response.status_code != 400:
        return False
    if response.json()["detail"] == "If-Match and If-None-Match exclude each other.":
        return True
    errors = response.json().get("errors", [])
    return bool(errors) and all(is_of_meaning(error) for error in errors)


def is_of_meaning(error: dict) -> bool:
    if "pointer" in error:
        member = error["pointer"].rsplit("/", 1)[-1]
        return any(
            (member == name or (not name and member.isdigit())) and error["detail"].startswith(text)
            for name, text in MEMBERS_TOGETHER
        )
    parameter = error.get("parameter", "")
    return any(
        (parameter == name or (name.endswith(".") and parameter.startswith(name))) and error["detail"].startswith(text)
        for name, text in TOGETHER
    )


def call_and_check(case, mode: GenerationMode):
    is_valid = mode is GenerationMode.POSITIVE
    if is_valid:
        case.query = {name: value for name, value in (case.query or {}).items() if name not in SEMANTIC}
    response = case.call(timeout=30)
    excluded = []
    if is_valid and is_refused_for_its_meaning(response):
        excluded.append(positive_data_acceptance)
    if is_valid and case.method.upper() not in {"GET", "HEAD"} and response.status_code in {409, 412, 422}:
        # A valid change can collide with what earlier requests left: a name, a revision, a key.
        excluded.append(positive_data_acceptance)
    if response.status_code in {414, 431}:
        # A target of many KiB is refused before its parameters are read.
        excluded.append(negative_data_rejection)
    case.validate_response(response, excluded_checks=excluded)


def test_every_answer_is_as_the_document_says(document, subtests):
    # Not schemathesis's own `parametrize`: its plugin does not work with pytest 9.2.
    limits = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    for (method, path), operation in operations(document).items():
        for mode in GenerationMode:
            with subtests.test(method=method, path=path, mode=mode.value):
                cases = given(operation.as_strategy(generation_mode=mode), just(mode))
                # A single path segment leaves schemathesis hardly any wrong text to send.
                with contextlib.suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
                    limits(cases(call_and_check))()


def test_every_stored_thing_is_read_as_the_document_says(filled, document):
    """The answers that requests made at random seldom reach: those for things that exist."""
    trace_id = filled.data("/api/v1/traces")[0]["trace_id"]
    span_id = filled.data(f"/api/v1/traces/{trace_id}")["spans"][0]["span_id"]
    wanted = {
        "/traces/{trace_id}": {"trace_id": trace_id},
        "/traces/{trace_id}/spans": {"trace_id": trace_id},
        "/traces/{trace_id}/spans/{span_id}": {"trace_id": trace_id, "span_id": span_id},
        "/traces/{trace_id}/spans/{span_id}/percentile": {"trace_id": trace_id, "span_id": span_id},
        "/traces/{trace_id}/gpu": {"trace_id": trace_id},
        "/services/{name}/operations": {"name": "one"},
        "/attributes/{key}/values": {"key": "gen_ai.request.model"},
        "/sessions/{id}": {"id": "session-1"},
        "/users/{id}": {"id": "user-1"},
        "/views/{id}": {"id": "view-1"},
        "/scores/{id}": {"id": "score-1"},
        "/nodes/{name}": {"name": "box"},
        "/gpus/{id}": {"id": "GPU-1"},
        "/gpus/{id}/events": {"id": "GPU-1"},
        "/gpus/{id}/spans": {"id": "GPU-1"},
        "/gpus/{id}/metrics": {"id": "GPU-1"},
    }
    page = 'series_of_test{host="a"} 1\nseries_of_test{host="b"} 2\n'
    assert requests.post(f"{filled.url}/api/v1/import/prometheus", data=page, timeout=30).status_code == 204
    score = {"id": "score-1", "name": "helpfulness", "value": 0.5, "trace_id": trace_id}
    assert requests.post(f"{filled.url}/api/v1/scores", json={"scores": [score]}, timeout=30).status_code == 200
    view = {"name": "All", "list": "traces"}
    assert requests.put(f"{filled.url}/api/v1/views/view-1", json=view, timeout=30).status_code == 200
    assert requests.post(f"{filled.url}/api/v1/nodes/report", json=NODE, timeout=30).status_code == 204
    for (method, path), operation in operations(document).items():
        if method != "GET":
            continue
        assert "{" not in path or path in wanted, f"{path} needs an example here"
        case = operation.Case(path_parameters=wanted.get(path, {}))
        if path == "/trace-ids":
            case.query = {"prefix": trace_id[:6]}
        if path == "/metrics/correlation":
            case.query = {"left": 'series_of_test{host="a"}', "right": 'series_of_test{host="b"}'}
        response = case.call_and_validate(timeout=30)
        assert response.status_code == 200, f"{path}: {response.text}"
