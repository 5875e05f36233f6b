"""What is kept: `axonize storage`, its endpoint, who may see it, and roll-ups of samples that arrive."""

import contextlib
import json
import subprocess
import time

import numpy
import requests
from support.remote_write import Sender, Series, Template
from support.server import BINARY, wait_until

LEVELS = ["sample_minutes", "sample_five_minutes", "sample_hours", "sample_days"]


def storage(server, **headers) -> requests.Response:
    return server.get("/api/v1/storage", headers=headers)


def rows(server) -> dict:
    return {table["table"]: table for table in storage(server).json()["data"]}


def test_samples_and_their_roll_ups_are_shown(server):
    template = Template(
        [Series((("__name__", "node_load1"), ("instance", f"host-{index}:9100"))) for index in range(100)]
    )
    now = int(time.time()) // 60 * 60_000
    with contextlib.closing(Sender(f"127.0.0.1:{server.http_port}", "/api/v1/write")) as sender:
        for step in range(20):
            sender.send(template.request(now - (20 - step) * 15_000, numpy.full(100, float(step))))
    wait_until(lambda: all(rows(server)[level]["rows"] for level in LEVELS), 60, "the roll-ups of samples")
    tables = rows(server)
    assert tables["samples"]["rows"] == 2000
    assert tables["samples"]["bytes"] > 0
    assert tables["samples"]["retention_seconds"] == 15 * 86400
    assert tables["samples"]["next_deletion_at"] > time.strftime("%Y-%m-%d", time.gmtime())
    assert tables["samples"]["oldest_day"] <= tables["samples"]["newest_day"]
    assert tables["sample_days"]["retention_seconds"] is None
    assert tables["sample_hours"]["retention_seconds"] == 365 * 86400

    shown = subprocess.run(
        [BINARY, "storage", "--server", server.url], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert shown[0].split()[:3] == ["TABLE", "ROWS", "SIZE"]
    assert next(line for line in shown if line.startswith("samples ")).split()[1] == "2,000"
    as_json = subprocess.run(
        [BINARY, "storage", "--server", server.url, "--json"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert [table["table"] for table in json.loads(as_json)["data"]] == list(tables)


def test_a_key_of_another_tenant_is_refused(make_server):
    server = make_server(arguments=["--require-keys"])
    server.start()

    def axonize(*arguments):
        command = [BINARY, *arguments, "--data-dir", server.data_dir]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    axonize("tenants", "create", "other")
    first = axonize("keys", "create", "-p", "query")
    other = axonize("keys", "create", "-p", "query", "--tenant", "other")
    writer = axonize("keys", "create", "-p", "ingest")
    wait_until(lambda: storage(server, **{"x-api-key": first}).status_code == 200, 30, "the new key to count")
    for key, code in [(other, 403), (writer, 403), ("", 401)]:
        response = storage(server, **({"x-api-key": key} if key else {}))
        assert (response.status_code, key) == (code, key)
