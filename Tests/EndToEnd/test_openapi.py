"""The OpenAPI document against the server: schemathesis makes requests from it and holds every answer to it."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from support import telemetry

# Requests of each operation; more by hand.
EXAMPLES = int(os.environ.get("AXONIZE_OPENAPI_EXAMPLES", "25"))


@pytest.fixture(scope="module")
def filled(server):
    """A server with spans, metrics-free but of several services, so that lists are not all empty."""
    for service in ("one", "two"):
        request, trace_id = telemetry.trace_request(
            5, service=service, attributes={"gen_ai.request.model": "llama-3", "n": 1, "ratio": 0.5, "flag": True}
        )
        assert telemetry.post(server, request.SerializeToString()).status_code == 200
        server.wait_for_trace(trace_id, 5)
    return server


@pytest.fixture
def document(filled):
    return schemathesis.openapi.from_url(f"{filled.url}/api/v1/openapi.json")


# A tail never ends; test_operations follows one.
operations = schemathesis.pytest.from_fixture("document").exclude(path="/tail").exclude(path="/api/v1/tail")


@operations.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case):
    case.call_and_validate(timeout=30)


def test_every_stored_thing_is_read_as_the_document_says(filled, document):
    """The answers that requests made at random seldom reach: those for things that exist."""
    trace_id = filled.data("/api/v1/traces")[0]["trace_id"]
    wanted = {
        "/traces/{trace_id}": {"trace_id": trace_id},
        "/traces/{trace_id}/spans": {"trace_id": trace_id},
        "/services/{name}/operations": {"name": "one"},
        "/attributes/{key}/values": {"key": "gen_ai.request.model"},
    }
    met = set()
    for result in document.get_all_operations():
        operation = result.ok()
        path = operation.path.removeprefix("/api/v1")
        if path == "/tail" or ("{" in path and path not in wanted):
            assert path == "/tail", f"{path} needs an example here"
            continue
        case = operation.Case(path_parameters=wanted.get(path, {}))
        if path == "/metrics/query":
            case.query = {"name": "none"}
        response = case.call_and_validate(timeout=30)
        assert response.status_code == 200, f"{path}: {response.text}"
        met.add(path)
    assert set(wanted) <= met
