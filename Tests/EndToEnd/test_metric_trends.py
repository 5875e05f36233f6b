"""Series that come by remote write are read, exported and forecast over HTTP, and compared with numpy."""

import contextlib
import csv
import datetime
import io
import json
import re
import subprocess
import time

import numpy
import pytest
import requests
from support.remote_write import Sender, Series, Template

HOSTS = ("a", "b")
STEP = 30_000
COUNT = 240
SERIES = [Series((("__name__", "disk_free_bytes"), ("host", host), ("note", '=HYPERLINK("x"),"y"'))) for host in HOSTS]


@pytest.fixture(scope="module")
def filled(server):
    """Two hours of samples each 30 s of this day and of the one before; their times, and the values by host."""
    end = int(time.time()) // 3600 * 3600 * 1000
    random = numpy.random.default_rng(11)
    times = end - (COUNT - numpy.arange(COUNT)) * STEP
    values = numpy.stack([1e6 - 700.0 * numpy.arange(COUNT) + random.normal(0, 50, COUNT), random.random(COUNT)])
    template = Template(SERIES)
    sender = Sender(server.url.removeprefix("http://"), "/api/v1/write")
    for shift, factor in ((86_400_000, 0.5), (0, 1.0)):
        for index, milliseconds in enumerate(times - shift):
            sender.send(template.request(int(milliseconds), values[:, index] * factor))
    sender.close()
    return server, end, times, values


def rfc3339(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


def get(server, path: str, **parameters) -> dict:
    response = requests.get(f"{server.url}/api/v1/metrics/{path}", params=parameters, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def bounds(end: int) -> dict:
    return {"start": rfc3339(end - COUNT * STEP), "end": rfc3339(end)}


def test_steps_have_the_statistics_of_numpy(filled):
    server, end, _, values = filled
    data = get(server, "history", name="disk_free_bytes", step="5m", **bounds(end))["data"]
    assert [series["labels"]["host"] for series in sorted(data, key=lambda s: s["labels"]["host"])] == list(HOSTS)
    for series in data:
        of_host = values[HOSTS.index(series["labels"]["host"])]
        assert len(series["points"]) == COUNT // 10
        for index, point in enumerate(series["points"]):
            samples = of_host[index * 10 : index * 10 + 10]
            assert point["count"] == 10
            expected = [samples.mean(), samples.min(), samples.max(), *numpy.quantile(samples, [0.5, 0.95, 0.99])]
            got = [point[name] for name in ("mean", "min", "max", "p50", "p95", "p99")]
            numpy.testing.assert_allclose(got, expected, rtol=1e-9)


def test_a_range_is_compared_with_yesterday(filled):
    server, end, _, values = filled
    (series,) = get(server, "stats", host="b", compare="yesterday", **bounds(end))["data"]
    difference = series["comparisons"][0]["differences"]["p95"]
    numpy.testing.assert_allclose(difference["absolute"], numpy.quantile(values[1], 0.95) / 2)
    numpy.testing.assert_allclose(difference["relative"], 1)


def test_curl_gets_csv_that_python_reads(filled):
    server, end, times, values = filled
    query = "&".join(f"{name}={value}" for name, value in bounds(end).items())
    command = ["curl", "-s", "-H", "Accept: text/csv", f"{server.url}/api/v1/metrics/history?{query}&step=1m"]
    text = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2 * COUNT // 2
    rows = [row for row in rows if 'host="a"' in row["labels"]]
    assert [row["time"] for row in rows] == [rfc3339(int(milliseconds)) for milliseconds in times[::2]]
    numpy.testing.assert_allclose([float(row["max"]) for row in rows], values[0].reshape(-1, 2).max(axis=1))
    assert rows[0]["labels"].startswith("{") and "=HYPERLINK" in rows[0]["labels"]

    lines = requests.get(
        f"{server.url}/api/v1/metrics/history", params={"format": "jsonl", "step": "1m", **bounds(end)}, timeout=30
    ).text.splitlines()
    assert [len(json.loads(line)["points"]) for line in lines] == [COUNT // 2] * 2


def test_the_end_of_the_disk_is_foreseen(filled):
    server, end, times, values = filled
    (series,) = get(server, "forecast", host="a", step="30s", threshold="0", horizon="1h", **bounds(end))["data"]
    seconds = (times - times[0]) / 1000
    pairs = numpy.triu_indices(COUNT, 1)
    slopes = (values[0][pairs[1]] - values[0][pairs[0]]) / (seconds[pairs[1]] - seconds[pairs[0]])
    slope = numpy.median(slopes)
    numpy.testing.assert_allclose(series["slope_per_second"]["value"], slope)
    at = times[0] / 1000 + numpy.median(seconds) - numpy.median(values[0]) / slope
    assert abs(datetime.datetime.fromisoformat(series["crossing"]["expected"]).timestamp() - at) < 1
    assert series["crossing"]["earliest"] <= series["crossing"]["expected"] <= series["crossing"]["latest"]


def test_what_is_too_new_for_a_baseline_is_not_scored(filled):
    server, end, _, _ = filled
    for series in get(server, "anomalies", step="5m", **bounds(end))["data"]:
        assert series["anomalies"] == []
        assert (series["scored_step_count"], series["unscored_step_count"]) == (0, COUNT // 10)


def test_correlation_is_that_of_numpy(filled):
    server, end, _, values = filled
    result = get(
        server,
        "correlation",
        left='disk_free_bytes{host="a"}',
        right='disk_free_bytes{host="b"}',
        step="30s",
        **bounds(end),
    )["data"]
    numpy.testing.assert_allclose(result["pearson"], numpy.corrcoef(values)[0, 1])
    ranks = values.argsort(axis=1).argsort(axis=1)
    numpy.testing.assert_allclose(result["spearman"], numpy.corrcoef(ranks)[0, 1])
    assert result["pair_count"] == COUNT


def test_functions_of_promql_have_the_numbers_of_numpy(filled):
    server, end, times, values = filled

    def value(query: str, milliseconds: int) -> float:
        parameters = {"query": query, "time": milliseconds / 1000}
        response = requests.get(f"{server.url}/api/v1/query", params=parameters, timeout=30)
        assert response.status_code == 200, response.text
        (series,) = response.json()["data"]["result"]
        assert "__name__" not in series["metric"]
        return float(series["value"][1])

    seconds = (times - end) / 1000
    pairs = numpy.triu_indices(COUNT, 1)
    slope = numpy.median((values[0][pairs[1]] - values[0][pairs[0]]) / (seconds[pairs[1]] - seconds[pairs[0]]))
    level = numpy.median(values[0]) - slope * numpy.median(seconds)
    disk = 'disk_free_bytes{host="a"}[121m]'
    numpy.testing.assert_allclose(value(f"axonize_forecast({disk}, 3600)", end), level + 3600 * slope)
    numpy.testing.assert_allclose(value(f"axonize_seconds_until({disk}, 0)", end), -level / slope)
    sides = ", ".join(f'sum(disk_free_bytes{{host="{host}"}})[2h:30s]' for host in HOSTS)
    for method, matrix in (("pearson", values), ("spearman", values.argsort(axis=1).argsort(axis=1))):
        found = value(f'axonize_correlation({sides}, "{method}")', end - STEP)
        numpy.testing.assert_allclose(found, numpy.corrcoef(matrix)[0, 1])


def test_a_wrong_call_says_where(filled):
    server, *_ = filled
    query = 'axonize_baseline(disk_free_bytes[8d], "month")'
    response = requests.get(f"{server.url}/api/v1/query", params={"query": query}, timeout=30)
    assert response.status_code == 400
    assert '1:39: parse error: expected "day" or "week" in call to function' in response.json()["error"]
    tree = requests.get(
        f"{server.url}/api/v1/parse_query", params={"query": query.replace("month", "week")}, timeout=30
    )
    function = tree.json()["data"]["func"]
    assert function["name"] == "axonize_baseline"
    assert function["argTypes"] == ["matrix", "string", "scalar"]
    assert (function["variadic"], function["returnType"]) == (1, "vector")


# Commands


def table(text: str) -> list[dict[str, str]]:
    """The rows of a table whose cells are at least two spaces apart."""
    head, *rows = (re.split(r"\s{2,}", line.strip()) for line in text.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_commands_show_what_the_api_has(filled):
    server, end, times, values = filled
    one, other = (f'disk_free_bytes{{host="{host}"}}' for host in HOSTS)
    range_ = ["--start", str((end - COUNT * STEP) // 1000), "--end", str(end // 1000)]

    (row,) = table(server.run("metrics", "history", one, *range_, "--step", "5m", "--aggregations", "max").stdout)
    greatest = values[0].reshape(-1, 10).max(axis=1)
    assert row["STEPS"] == str(COUNT // 10)
    numpy.testing.assert_allclose(float(row["LAST"].replace(",", "")), greatest[-1], rtol=1e-5)
    assert row["host"] == "a"
    assert "┤" in server.run("metrics", "history", one, *range_, "--chart").stdout

    (row,) = table(server.run("metrics", "stats", other, *range_, "--compare", "yesterday").stdout)
    numpy.testing.assert_allclose(float(row["P95"]), numpy.quantile(values[1], 0.95), rtol=1e-5)
    assert (row["COUNT"], row["VS YESTERDAY"]) == (str(COUNT), "+100 %")

    (row,) = table(server.run("metrics", "current", one, "--end", str(end // 1000)).stdout)
    numpy.testing.assert_allclose(float(row["VALUE"].replace(",", "")), values[0][-1], rtol=1e-5)
    assert row["TIME (UTC)"] == rfc3339(int(times[-1])).replace("T", " ").removesuffix("Z")

    (row,) = table(server.run("metrics", "forecast", one, *range_, "--step", "30s", "--threshold", "0").stdout)
    assert row["EARLIEST"] <= row["REACHED (UTC)"] <= row["LATEST"]

    told = server.run("metrics", "anomalies", "disk_free_bytes", *range_).stderr
    assert told.startswith("0 anomalies in 0 steps of 2 series; 48 steps have too short a past")

    result = json.loads(server.run("metrics", "correlation", one, other, *range_, "--step", "30s", "--json").stdout)[
        "data"
    ]
    numpy.testing.assert_allclose(result["pearson"], numpy.corrcoef(values)[0, 1])

    assert server.run("metrics", "history", "disk_free_bytes{", check=False).returncode == 2


def test_a_million_rows_are_exported(filled, tmp_path):
    server = filled[0]
    series_count, step_count, step, at_once = 2_000, 500, 15_000, 10
    end = int(time.time()) // 60 * 60_000
    series = [Series((("__name__", "exported"), ("n", f"{n:04}"))) for n in range(series_count)]
    template = Template(series, samples=at_once)
    with contextlib.closing(Sender(server.url.removeprefix("http://"), "/api/v1/write")) as sender:
        for first in range(0, step_count, at_once):
            steps = numpy.tile(first + numpy.arange(at_once), series_count)
            numbers = numpy.repeat(numpy.arange(series_count), at_once)
            sender.send(template.request(end - (step_count - steps) * step, numbers + steps / 1024))
    range_ = ["--start", str((end - step_count * step) // 1000), "--end", str(end // 1000), "--step", "15s"]
    file = tmp_path / "exported.csv"
    command = ["metrics", "export", "exported", *range_, "--aggregations", "mean", "-o", str(file)]
    told = server.run(*command).stderr.splitlines()
    assert len(told) > 3 and told[-1].startswith("1,000,001 lines, ")
    seen = numpy.zeros((series_count, step_count), dtype=bool)
    with file.open(newline="") as lines:
        rows = csv.reader(lines)
        assert next(rows) == ["time", "name", "type", "labels", "count", "mean"]
        for _, name, _, labels, count, mean in rows:
            number = int(labels[4:8])
            place = round((float(mean) - number) * 1024)
            assert (name, count, seen[number, place]) == ("exported", "1", False)
            seen[number, place] = True
    assert seen.all()

    refused = server.run(*command, check=False)
    assert refused.returncode == 2 and "exists already" in refused.stderr
