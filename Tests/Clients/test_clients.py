"""Real client libraries against a stand-in of the model providers, exporting to the server.

Of each library: everything that it exported is stored as it was sent, and the normalised part of its spans says what
the stand-in knows to be true. `make test-clients` installs and runs all; CI those that are marked `light`.
"""

import re
from dataclasses import dataclass

import pytest
from conftest import Api, make_key, make_tenant
from harness import comparison, expected, program
from harness.catalogue import CLIENTS
from harness.clients import Client
from harness.tap import Copy

TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_creation_tokens", "reasoning_tokens")


@dataclass
class Run:
    """What one program left behind."""

    client: Client
    api: Api
    copy: Copy
    spans: list[dict]


def parameters():
    for client in CLIENTS:
        marks = [pytest.mark.light] if client.group in ("light", "sdk") else []
        yield pytest.param(client, id=client.title, marks=marks)


@pytest.fixture(scope="module", params=parameters())
def run(request, server, provider, tap, tmp_path_factory) -> Run:
    client = request.param
    if not program.python_of(client.group).exists():
        pytest.skip(f"{client.title} is not installed: scripts/install-clients.sh {client.group}")
    home = tmp_path_factory.mktemp("client")
    provider.refused.clear()
    copy = tap.begin()
    # A tenant of its own, so that nothing of another client can be taken for this one's.
    tenant = f"client-{request.param_index}"
    make_tenant(server, tenant)
    key = make_key(server, "ingest", tenant)
    variables = program.environment(client, provider=provider.url, endpoint=tap.url, key=key, home=home)
    output = program.run(client, variables, home)
    refused = home / "refused"
    assert not refused.exists(), f"{client.program} wanted to reach {refused.read_text()}"
    assert copy.traces, f"no spans were sent\n{copy.responses}\n{output[-4000:]}"
    api = Api(server, make_key(server, "query", tenant))
    return Run(client, api, copy, comparison.stored_spans(api, copy))


@pytest.fixture(autouse=True)
def known_gap(request, run):
    """Marks a test that is known to fail with a client, with the reason."""
    reason = run.client.gaps.get(request.node.originalname)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason))


def test_every_request_is_accepted(run):
    paths = {path for path, _, _ in run.copy.responses}
    assert run.client.path in paths
    for path, status, body in run.copy.responses:
        if not path.rstrip("/").endswith(("/traces", "/metrics", "/logs")):
            # Vendors' SDKs ask their own servers what they can do, and go on without an answer.
            continue
        # A body would be a partial success: something was rejected.
        assert (status, body) == (200, b""), f"{path}: {status} {body!r}"


def test_every_log_record_is_stored_as_sent(run):
    comparison.compare_logs(run.api, run.copy)


def test_every_metric_is_stored_as_sent(run):
    comparison.compare_metrics(run.api, run.copy)


def calls_of(run: Run, case: str) -> list[dict]:
    """The spans of a case's calls in their order."""
    name = re.compile(rf"(?<![\w-])axm-{case}(?![\w-])|axm-{case}{expected.DATED}")
    found = []
    for span in run.spans:
        generative = span["gen_ai"] or {}
        if span["scope"]["name"] != run.client.scope or generative.get("operation") not in expected.CALLS:
            continue
        if run.client.skipped and run.client.skipped in span["name"]:
            continue
        texts = [span["name"], *(value for value in span["attributes"].values() if isinstance(value, str))]
        if any(name.search(text) for text in texts):
            found.append(span)
    extra = run.client.extra_spans.get(case, 0)
    return found[extra:]


def describe(run: Run) -> str:
    return "\n".join(f"{span['name']} [{span['scope']['name']}] {span['gen_ai']}" for span in run.spans)


def test_every_call_is_told_as_it_was(run):
    different = []
    for case in run.client.cases:
        wanted = run.client.expected(case)
        found = calls_of(run, case)
        if len(found) != len(wanted):
            different.append(f"{case}: {len(found)} calls of a model, not {len(wanted)}")
            continue
        for index, (span, call) in enumerate(zip(found, wanted, strict=True)):
            different += [f"{case} {index}: {text}" for text in differences(case, span, call)]
    assert not different, "\n".join(different) + "\n" + describe(run)


def differences(case: str, span: dict, call: dict):
    """How the normalised part of a span differs from what it must be."""
    generative = span["gen_ai"]
    for name, value in call.items():
        found = generative[name]
        # A library may say 0 of what there was none of.
        if name in TOKENS and not value and found in (None, 0):
            continue
        if value != found:
            yield f"{name} is {found!r}, not {value!r}"
    for name in ("time_to_first_token_ns", "time_per_output_token_ns"):
        if generative[name] is not None and not 0 < generative[name] <= span["duration_ns"]:
            yield f"{name} is {generative[name]} in a span of {span['duration_ns']} ns"
    error = span["status"]["code"] == "error"
    if error != case.endswith(("429", "500")):
        yield f"the status is {span['status']}"


def test_tokens_count_once_in_the_list_of_traces(run):
    """Agents, wrappers and clients below tell the tokens of one call again; a trace has them once."""
    sums: dict[str, list[int]] = {}
    for case in run.client.cases:
        for span in calls_of(run, case):
            whole = sums.setdefault(span["trace_id"], [0, 0])
            whole[0] += span["gen_ai"]["input_tokens"] or 0
            whole[1] += span["gen_ai"]["output_tokens"] or 0
    services = {span["service_name"] for span in run.spans}
    listed = {
        row["trace_id"]: [row["input_tokens"] or 0, row["output_tokens"] or 0]
        for service in services
        for row in run.api("/api/v1/traces", service=service, start=comparison.LONG_AGO, limit=1000)
    }
    found = {trace_id: listed[trace_id] for trace_id in sums}
    assert found == sums, describe(run)


def test_tokens_count_once_by_model(run):
    """By the model asked for, or the one that answered where none was asked for."""
    counted: dict[str, list[int]] = {}
    for case in run.client.cases:
        for span in calls_of(run, case):
            generative = span["gen_ai"]
            whole = counted.setdefault(generative["request_model"] or generative["response_model"], [0, 0])
            whole[0] += generative["input_tokens"] or 0
            whole[1] += generative["output_tokens"] or 0
    overview = run.api("/api/v1/analytics/overview", group_by="model", start="-1d")
    found = {group["group"]: [group["input_tokens"], group["output_tokens"]] for group in overview["groups"]}
    assert {model: found.get(model) for model in counted} == counted, describe(run)
    sums = [sum(whole[index] for whole in counted.values()) for index in (0, 1)]
    assert [overview["total"]["input_tokens"], overview["total"]["output_tokens"]] == sums, describe(run)
