"""Further ways in of samples: JSON, InfluxDB's line protocol with its own client, text files, and a scrape section."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import threading
import time

import influxdb_client
import pytest
import requests
from influxdb_client.client.write_api import SYNCHRONOUS
from support.prometheus_api import answer, ask, now, points, vector
from support.server import wait_until
from test_keys import create_key

CORPUS = pathlib.Path(
    os.environ.get("AXONIZE_CORPORA", pathlib.Path(__file__).parents[3] / "shared/corpora")
) / "node_exporter/e2e-output.txt"  # fmt: skip


def series(name: str, **labels) -> str:
    return json.dumps({"__name__": name, **labels}, sort_keys=True)


def push(server, body, content_type="application/json", key=None) -> requests.Response:
    headers = {"content-type": content_type} | ({"authorization": f"Bearer {key}"} if key else {})
    data = body if isinstance(body, str) else json.dumps(body)
    return requests.post(f"{server.url}/api/v1/metrics/push", data=data.encode(), headers=headers, timeout=30)


# JSON


def test_samples_are_pushed_as_json(server):
    moment = now() - 60_000
    sample = {
        "name": "pushed_total", "labels": {"host": "db1"}, "value": 3, "time": moment, "type": "counter", "unit": "1",
        "help": "Pushed.",
    }  # fmt: skip
    assert push(server, sample).status_code == 204
    lines = "\n".join(json.dumps({"name": "pushed_line", "value": value, "time": moment}) for value in (1, 2))
    for content_type in ("application/x-ndjson", "application/x-www-form-urlencoded"):
        assert push(server, lines, content_type).status_code == 204
    text = [{"name": "pushed.dots", "value": "Infinity", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}]
    assert push(server, text).status_code == 204
    assert push(server, "pushed_page 7\n", "text/plain").status_code == 204
    assert points(server.url, 'pushed_total{host="db1"}[5m]') == [(moment, 3.0)]
    assert points(server.url, "pushed_line[5m]") == [(moment, 2.0)]
    assert vector(server.url, '{"pushed.dots"}') == {series("pushed.dots"): float("inf")}
    assert vector(server.url, "pushed_page") == {series("pushed_page"): 7}
    metadata = answer(server.url, "metadata", metric="pushed_total")
    assert metadata == {"pushed_total": [{"type": "counter", "unit": "1", "help": "Pushed."}]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([{"name": "a", "value": 1}, {"name": "b", "value": "x"}], "/1/value"),
        ({"name": "a", "value": 1, "labels": {"x/y": 1}}, "/labels/x~1y"),
        ({"name": "a"}, "/value"),
        ("[", ""),
    ],
)
def test_a_mistake_in_a_push_has_its_place_and_nothing_is_stored(server, body, pointer):
    response = push(server, body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "invalid_body"
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert vector(server.url, "a") == {}


def test_samples_that_cannot_be_kept_are_refused_alone(server):
    response = push(server, [{"name": "kept", "value": 1}, {"name": "old", "value": 1, "time": 0}])
    assert response.status_code == 422
    assert response.json()["code"] == "samples_refused"
    assert response.json()["detail"].startswith("1 sample was refused, the others are kept. The first: a sample is of ")
    assert vector(server.url, "kept") == {series("kept"): 1}


def test_what_is_pushed_again_is_stored_once_and_survives_a_kill(make_server):
    server = make_server().start()
    moment = now()
    sample = {"name": "once", "value": 1, "time": moment}
    line = f'twice,a=b value=1,text="x" {moment * 1_000_000}'
    for _ in range(3):
        assert push(server, sample).status_code == 204
        assert requests.post(f"{server.url}/influx/write", data=line, timeout=30).status_code == 204
    server.kill()
    server.start()
    assert vector(server.url, '{__name__=~"once|twice_value"}') == {series("once"): 1, series("twice_value", a="b"): 1}
    lines = server.get("/metrics").text.splitlines()
    repeated = [line for line in lines if line.startswith('axonize_ingest_rows_stored_total{signal="samples"}')]
    assert sum(float(line.split()[1]) for line in repeated) <= 2
    assert server.stop() == 0


# Line protocol


def test_the_client_of_influxdb_writes(server):
    with influxdb_client.InfluxDBClient(url=f"{server.url}/influx", token="none", org="any") as client:
        assert client.ping()
        write = client.write_api(write_options=SYNCHRONOUS)
        moment = now() - 1000
        point = (
            influxdb_client.Point("my cpu").tag("host name", "a, b=c").tag("größe", "ü").field("usage", 0.5)
            .field("count", 7).field("busy", True).field("model", "x \"y\"").time(moment, "ms")
        )  # fmt: skip
        write.write(
            bucket="any", record=[point, influxdb_client.Point("mem").field("used", 2**40)], write_precision="ms"
        )
        labels = {"host name": "a, b=c", "größe": "ü"}
        found = vector(server.url, '{__name__=~"my cpu_.*|mem_used"}')
        assert found == {
            series("my cpu_usage", **labels): 0.5, series("my cpu_count", **labels): 7,
            series("my cpu_busy", **labels): 1, series("mem_used"): 2.0**40,
        }  # fmt: skip
        with pytest.raises(influxdb_client.rest.ApiException) as refused:
            write.write(bucket="any", record=["good f=1", "bad f=x", "old f=1 1"])
        assert refused.value.status == 400
        message = json.loads(refused.value.body)["message"]
        assert message.startswith("partial write: line 2, column 7: the value is neither") and "dropped=2" in message
        assert vector(server.url, "good_f") == {series("good_f"): 1}


def test_version_1_of_influxdb_is_spoken(server):
    moment = int(time.time())
    for precision, unit in [("s", 1), ("ms", 1000), ("u", 1_000_000), ("n", 1_000_000_000)]:
        response = requests.post(
            f"{server.url}/influx/write", params={"db": "telegraf", "precision": precision},
            data=f"units,precision={precision} value=1 {moment * unit}\n", timeout=30,
        )  # fmt: skip
        assert (response.status_code, response.content) == (204, b"")
    found = vector(server.url, "timestamp(units_value)", time=moment + 1)
    assert set(found.values()) == {float(moment)} and len(found) == 4
    database = requests.post(f"{server.url}/influx/query", data={"q": 'CREATE DATABASE "telegraf"'}, timeout=30)
    assert database.json() == {"results": [{"statement_id": 0}]}
    assert requests.post(f"{server.url}/influx/query", data={"q": "SELECT 1"}, timeout=30).status_code == 400
    assert requests.post(f"{server.url}/influx/write?precision=d", data="m f=1", timeout=30).status_code == 400
    assert requests.get(f"{server.url}/influx/write", timeout=30).status_code == 405
    # A web page that a person of this machine looks at may not write.
    for path in ("/influx/write", "/api/v1/push/influx", "/influx/api/v2/write", "/api/v1/metrics/push"):
        foreign = requests.post(
            f"{server.url}{path}", data="m f=1", headers={"origin": "https://elsewhere.example"}, timeout=30
        )
        assert foreign.status_code == 403, path


def test_keys_and_tenants_of_pushes_and_of_scraped_series(make_server, tmp_path):
    server = make_server(
        environment={
            "AXONIZE_REQUIRE_KEYS": "true", "AXONIZE_METRICS_SCRAPE_TENANT": "two",
            "AXONIZE_METRICS_TEXTFILE_DIRECTORY": str(tmp_path), "AXONIZE_METRICS_TEXTFILE_INTERVAL": "1s",
            "AXONIZE_METRICS_TEXTFILE_INSTANCE": "here",
        }
    )  # fmt: skip
    (tmp_path / "a.prom").write_text("from_file 1\n")
    server.run("tenants", "create", "one", "--data-dir", str(server.data_dir))
    with pytest.raises(AssertionError, match="There is no tenant 'two'"):
        server.start()
    server.run("tenants", "create", "two", "--data-dir", str(server.data_dir))
    server.start()
    keys = {tenant: create_key(server, tenant=tenant)[0] for tenant in ("one", "two")}
    reader, _ = create_key(server, "query", tenant="one")
    assert push(server, {"name": "x", "value": 1}).status_code == 401
    assert push(server, {"name": "x", "value": 1}, key=reader).status_code == 403
    assert push(server, {"name": "x", "value": 1}, key=keys["one"]).status_code == 204
    url = f"{server.url}/influx/api/v2/write"
    assert requests.post(url, data="y f=1", timeout=30).status_code == 401
    assert requests.post(url, data="y f=1", headers={"authorization": f"Token {keys['one']}"}, timeout=30).ok
    assert requests.post(url, data="z f=1", auth=("any", keys["one"]), timeout=30).ok
    assert len(vector(server.url, '{__name__=~"x|y_f|z_f"}', key=keys["one"])) == 3
    assert vector(server.url, '{__name__=~"x|y_f|z_f"}', key=keys["two"]) == {}
    expected = {series("from_file", instance="here", job="textfile"): 1.0}
    wait_until(lambda: vector(server.url, "from_file", key=keys["two"]) == expected, 30, "the file")
    assert vector(server.url, "from_file", key=keys["one"]) == {}
    targets = {tenant: answer(server.url, "targets", key=key)["activeTargets"] for tenant, key in keys.items()}
    assert [len(targets[tenant]) for tenant in ("one", "two")] == [0, 1]
    assert server.stop() == 0


# Text files and the scrape section


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"page_value 1\n")

    def log_message(self, *arguments):
        """Nothing."""


@contextlib.contextmanager
def page():
    """A server of a page; its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as exporter:
        thread = threading.Thread(target=exporter.serve_forever)
        thread.start()
        yield f"127.0.0.1:{exporter.server_port}"
        exporter.shutdown()
        thread.join()


def metric(server, name: str) -> float:
    lines = server.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


def test_text_files_and_the_scrape_section_are_read_while_the_server_runs(make_server, tmp_path):
    folder = tmp_path / "textfiles"
    folder.mkdir()
    file = tmp_path / "axonize.yaml"
    head = f"metrics:\n  textfile_directory: {folder}\n  textfile_interval: 1s\n  textfile_instance: here\n"

    def scrape(*jobs: str) -> str:
        return head + "scrape:\n  global: {scrape_interval: 1s}\n  scrape_configs:\n" + "".join(jobs)

    def write(path: pathlib.Path, text: str):
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    with page() as address:
        job = f"    - {{job_name: one, static_configs: [{{targets: ['{address}']}}]}}\n"
        other = f"    - {{job_name: two, static_configs: [{{targets: ['{address}']}}]}}\n"
        write(file, scrape(job))
        server = make_server(arguments=["--config", str(file)]).start()
        write(folder / "backup.prom", "# TYPE backup_bytes gauge\nbackup_bytes 5\n")
        write(folder / "broken.prom", "broken{ 1\n")
        labels = {"instance": "here", "job": "textfile"}
        wait_until(lambda: vector(server.url, "backup_bytes") == {series("backup_bytes", **labels): 5}, 30, "the file")
        assert list(vector(server.url, "node_textfile_scrape_error").values()) == [1]
        (found,) = answer(server.url, "query", query="node_textfile_mtime_seconds")["result"]
        assert found["metric"]["file"] == str(folder / "backup.prom")
        assert abs(float(found["value"][1]) - (folder / "backup.prom").stat().st_mtime) < 0.001
        target = next(one for one in answer(server.url, "targets")["activeTargets"] if one["scrapePool"] == "textfile")
        assert f"{folder / 'broken.prom'}: line 1, column 9" in target["lastError"]

        wait_until(lambda: vector(server.url, 'page_value{job="one"}'), 30, "the page")
        write(file, scrape(job, other))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: vector(server.url, 'page_value{job="two"}'), 30, "the new job")
        write(file, scrape(other, "    - {job_name: 5, intervall: 1s}\n"))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: metric(server, "axonize_scrape_config_last_reload_successful") == 0, 30, "the mistake")
        mistake = f"{file}:9:21: there is no member 'intervall'"
        # A check is good for a second.
        wait_until(lambda: mistake in server.get("/readyz").json()["checks"]["metrics"], 30, "a check of it")
        assert server.get("/readyz").status_code == 200
        check = server.run("config", "check", "--config", str(file), check=False)
        assert check.returncode == 2 and f"{file}:9:21" in check.stderr
        # It is looked at without a signal, too.
        write(file, scrape(other))
        (folder / "backup.prom").unlink()
        wait_until(lambda: vector(server.url, 'page_value{job="one"}') == {}, 30, "the end of the first job")
        assert vector(server.url, 'page_value{job="two"}') != {}
        assert metric(server, "axonize_scrape_config_last_reload_successful") == 1
        wait_until(lambda: vector(server.url, "backup_bytes") == {}, 30, "the end of the file")
        assert server.stop() == 0


def test_the_output_of_node_exporter_is_read_from_a_file(make_server, tmp_path):
    if not CORPUS.exists():
        pytest.skip(f"{CORPUS} is not there")
    text = CORPUS.read_text()
    # It has the two series of the folder itself.
    lines = [line for line in text.split("\n") if "node_textfile_" not in line]
    (tmp_path / "node.prom").write_text("\n".join(lines) + "\n")
    environment = {
        "AXONIZE_METRICS_TEXTFILE_DIRECTORY": str(tmp_path), "AXONIZE_METRICS_TEXTFILE_INTERVAL": "1s",
        "AXONIZE_METRICS_TEXTFILE_INSTANCE": "here",
    }  # fmt: skip
    server = make_server(environment=environment).start()
    samples = sum(not line.startswith("#") and line != "" for line in lines)
    query = 'count({job="textfile", __name__!~"up|scrape_.*|node_textfile_.*"})'
    wait_until(lambda: list(vector(server.url, query).values()) == [samples], 30, "every series of the file")
    assert list(vector(server.url, "node_textfile_scrape_error").values()) == [0]
    assert ask(server.url, "metadata", metric="node_cpu_seconds_total").json()["data"]
    assert server.stop() == 0
