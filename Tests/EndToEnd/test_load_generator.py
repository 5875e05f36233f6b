"""The benchmark's own load generator: what it says was stored is what is stored."""

import json
import subprocess

import pytest
from support.server import ROOT

GENERATOR = ROOT / ".build/release/axonize-load"


@pytest.mark.skipif(not GENERATOR.exists(), reason="axonize-load is not built; `make test` builds it")
@pytest.mark.parametrize("options", [[], ["--gzip", "true"], ["--transport", "http"]], ids=" ".join)
def test_every_acknowledged_span_is_there(make_server, options):
    server = make_server().start()
    port = server.otlp_port if "http" in options else server.grpc_port
    result = subprocess.run(
        [GENERATOR, "--endpoint", f"127.0.0.1:{port}", "--spans", "5000", "--seconds", "0", *options],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["acknowledged_spans"] == 5000
    overview = server.data("/api/v1/analytics/overview", start="2020-01-01T00:00:00Z")
    assert overview["total"]["span_count"] == 5000
    for row in server.data("/api/v1/traces", start="2020-01-01T00:00:00Z", limit=5):
        assert len(server.trace(row["trace_id"])["spans"]) == 10
