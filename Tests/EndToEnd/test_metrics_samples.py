"""Samples of all kinds by remote write: late, twice, wrong, of several tenants, too many, and after a restart."""

import json
import math
import time

import pytest
import requests
from support.prometheus_api import answer, ask, now, points, vector
from support.remote_write import HEADERS_2, STALE, compress, message, message_2, write
from test_keys import create_key

COUNTER, GAUGE = 1, 2


# Tenants


def test_tenants_see_their_own_series_only(make_server):
    server = make_server(environment={"AXONIZE_REQUIRE_KEYS": "true"})
    keys = {}
    for tenant in ("one", "two"):
        server.run("tenants", "create", tenant, "--data-dir", str(server.data_dir))
        keys[tenant], _ = create_key(server, tenant=tenant)
    server.start()
    time_ = now()
    for tenant, value in [("one", 1), ("two", 2)]:
        series = [
            ({"__name__": "shared", "job": "same"}, [(time_, value)]),
            ({"__name__": f"only_{tenant}", f"label_{tenant}": tenant}, [(time_, value)]),
        ]
        described = [(GAUGE, "shared", f"help of {tenant}", ""), (COUNTER, f"only_{tenant}", tenant, "")]
        assert write(server, series, metadata=described, key=keys[tenant]).status_code == 204
    assert write(server, [({"__name__": "x"}, [(time_, 1)])]).status_code == 401
    assert ask(server.url, "query", query="shared").status_code == 401
    for tenant, other, value in [("one", "two", 1.0), ("two", "one", 2.0)]:
        key = keys[tenant]
        shared = json.dumps({"__name__": "shared", "job": "same"})
        assert vector(server.url, "shared", key=key) == {shared: value}
        everything = vector(server.url, '{__name__=~".+"}', key=key)
        assert len(everything) == 2 and set(everything.values()) == {value}
        assert vector(server.url, f"only_{other}", key=key) == {}
        (one,) = answer(
            server.url, "query_range", query="sum(shared)", start=time_ / 1000, end=time_ / 1000, step=1, key=key
        )["result"]
        assert float(one["values"][0][1]) == value
        names = [one["__name__"] for one in answer(server.url, "series", key=key, **{"match[]": '{__name__=~".+"}'})]
        assert sorted(names) == [f"only_{tenant}", "shared"]
        assert answer(server.url, "labels", key=key) == ["__name__", "job", f"label_{tenant}"]
        assert answer(server.url, "label/__name__/values", key=key) == [f"only_{tenant}", "shared"]
        assert answer(server.url, f"label/label_{other}/values", key=key) == []
        metadata = answer(server.url, "metadata", key=key)
        assert sorted(metadata) == [f"only_{tenant}", "shared"]
        assert metadata["shared"][0]["help"] == f"help of {tenant}"
    assert server.stop() == 0


# Samples of all kinds


def test_a_request_that_comes_again_is_stored_once(server):
    def rows() -> float:
        (line,) = [
            line for line in server.get("/metrics").text.splitlines()
            if line.startswith('axonize_ingest_rows_stored_total{signal="samples"}')
        ]  # fmt: skip
        return float(line.split()[1])

    time_ = now()
    series = [({"__name__": "sent_again"}, [(time_ - step * 1000, step) for step in range(10)])]
    before = rows()
    for _ in range(3):
        assert write(server, series).status_code == 204
        assert vector(server.url, "count_over_time(sent_again[1m])") == {"{}": 10}
    assert rows() - before == 10


def test_samples_may_be_late_out_of_order_and_twice(server):
    time_ = now() // 1000 * 1000
    name = {"__name__": "unordered"}
    sent = [(time_ - 1000, 1), (time_ - 5000, 5), (time_, 0), (time_ - 3000, 3), (time_ - 86_400_000, 86)]
    for one in sent:
        assert write(server, [(name, [one])]).status_code == 204
    assert write(server, [(name, [(time_ - 2000, 2), (time_ - 4000, 4), (time_ - 4000, 4)])]).status_code == 204
    # Of one time the greatest value counts, NaN the least.
    for value in (7, 9, 8, math.nan, STALE):
        assert write(server, [(name, [(time_ - 6000, value)])]).status_code == 204
    seconds = time_ / 1000
    expected = [(time_ - step * 1000, float(step)) for step in (5, 4, 3, 2, 1, 0)]
    assert points(server.url, "unordered[1m]", time=seconds) == [(time_ - 6000, 9.0), *expected]
    assert points(server.url, "unordered[2d]", time=seconds)[0] == (time_ - 86_400_000, 86.0)


def reads_from_memory(server) -> float:
    lines = requests.get(f"{server.url}/metrics", timeout=30).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("axonize_recent_reads_total"))


def test_the_newest_minutes_in_memory_are_what_is_stored(server):
    time_ = now() // 1000 * 1000
    name = {"__name__": "watched"}
    before = reads_from_memory(server)
    steps = [(0, 1.0), (-5_000, 2.0), (-90_000, 3.0), (-5_000, 4.0), (-2_000, STALE), (-250_000, 6.0), (500, 7.0)]
    for shift, value in steps:
        assert write(server, [(name, [(time_ + shift, value)])]).status_code == 204
        # The longer range is read from the engine.
        recent, whole = (points(server.url, f"watched[{range_}]", time=time_ / 1000 + 1) for range_ in ("5m", "30m"))
        assert recent == whole
    assert recent == [
        (time_ - 250_000, 6.0),
        (time_ - 90_000, 3.0),
        (time_ - 5_000, 4.0),
        (time_, 1.0),
        (time_ + 500, 7.0),
    ]
    assert reads_from_memory(server) - before >= len(steps) - 1


def test_stale_markers_nan_and_infinities(server):
    time_ = now() // 1000 * 1000
    name = {"__name__": "special"}
    values = [math.inf, -math.inf, math.nan, STALE, 5e-324, -0.0, 1.7976931348623157e308]
    samples = [(time_ - (len(values) - index) * 1000, value) for index, value in enumerate(values)]
    assert write(server, [(name, samples)]).status_code == 204
    found = points(server.url, "special[1m]", time=time_ / 1000)
    expected = [sample for sample, value in zip(samples, values, strict=True) if value is not STALE]
    assert [moment for moment, _ in found] == [moment for moment, _ in expected]
    assert [repr(value) for _, value in found] == [repr(value) for _, value in expected]
    stale = samples[3][0] / 1000
    assert vector(server.url, "special", time=stale) == {}
    assert vector(server.url, "special", time=stale + 0.9) == {}, "the series has ended"
    assert math.isnan(*vector(server.url, "special", time=stale - 0.1).values())
    assert list(vector(server.url, "special", time=stale + 1).values()) == [5e-324]


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31"),
        (4_102_444_800_000, "2100-01-01T00:00:00Z"),
        (2**63 - 1, "too far in the future"),
        (-(2**63), "metrics.retention"),
    ],
)
def test_samples_of_other_times_are_refused_alone(server, moment, reason):
    time_ = now()
    name = f"times_{abs(moment)}_{moment < 0}"
    series = [
        ({"__name__": name}, [(moment, 1), (time_, 2)]),
        ({"__name__": f"{name}_other"}, [(time_, 3)]),
    ]
    response = write(server, series)
    assert response.status_code == 400
    assert response.text.startswith("1 sample was refused: ") and reason in response.text
    assert ("metrics.retention" if moment < time_ else "ingest.time_ahead") in response.text
    assert points(server.url, f"{name}[1h]") == [(time_, 2.0)]
    assert points(server.url, f"{name}_other[1h]") == [(time_, 3.0)]


def test_remote_write_2_says_what_it_wrote(server):
    """Prometheus takes samples for lost whose response does not have the number, also when they were sent before."""
    time_ = now()
    name = "version_2"
    good = [({"__name__": name, "n": str(n)}, [(time_ - 1000, n), (time_, n)]) for n in range(5)]
    wrong = [({"__name__": name, "n": "wrong"}, [(0, 1), (time_, 1)])]

    def send(series) -> tuple[int, str | None]:
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(
                f"{server.url}/api/v1/write", data=compress(message_2(series)), headers=HEADERS_2, timeout=30
            )
        kinds = ("samples", "histograms", "exemplars")
        written = [response.headers[f"x-prometheus-remote-write-{kind}-written"] for kind in kinds]
        assert written[1:] == ["0", "0"]
        return response.status_code, written[0]

    for _ in range(3):
        assert send(good) == (204, "10")
        assert vector(server.url, "sum(count_over_time(version_2[1m]))") == {"{}": 10}
    for _ in range(2):
        assert send(good + wrong) == (400, "11")
    assert send([({"__name__": name}, [(0, 1)])]) == (400, "0")
    # A request of 1.0 under the name of 2.0 is an empty one, by the design of 2.0; its sender is told so.
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            f"{server.url}/api/v1/write", data=compress(message(good)), headers=HEADERS_2, timeout=30
        )
    assert response.headers["x-prometheus-remote-write-samples-written"] == "0"


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({"job": "no name"}, "has no label __name__"),
        ({"__name__": ""}, "__name__"),
    ],
)
def test_series_without_a_name_are_refused_alone(server, labels, reason):
    series = [(labels, [(now(), 1)]), ({"__name__": "beside_a_fault"}, [(now(), 2)])]
    response = write(server, series)
    assert response.status_code == 400 and reason in response.text
    assert list(vector(server.url, "beside_a_fault").values()) == [2.0]


# Limits and restarts


DAY = 86_400_000


@pytest.mark.parametrize(
    ("day", "other"), [(0, -DAY), (-DAY, 0), (0, DAY - 1_000)], ids=["today", "yesterday", "after one of tomorrow"]
)
def test_series_beyond_the_limit_are_refused_and_the_label_named(make_server, day, other):
    server = make_server(arguments=["--metrics-series-max=1000"]).start()
    time_ = now() + day
    # A series of another day does not count, and neither does it lift the limit.
    assert write(server, [({"__name__": "of_another_day"}, [(now() + other, 1)])]).status_code == 204

    def send(name: str, first: int, count: int, of: int = time_) -> requests.Response:
        series = [
            ({"__name__": name, "job": "cardinality", "request": f"r-{index}"}, [(of, index)])
            for index in range(first, first + count)
        ]
        return write(server, series)

    def count() -> dict[str, float]:
        return vector(server.url, 'count(last_over_time({job="cardinality"}[2h]))', time=time_ / 1000)

    assert send("busy", 0, 990).status_code == 204
    assert count() == {"{}": 990}
    response = send("busy", 980, 30)
    assert response.status_code == 400
    assert response.text.startswith("10 samples were refused: there are 1000 series")
    assert "metrics.series_max" in response.text and "request has the most values" in response.text
    assert count() == {"{}": 1000}
    response = send("other", 0, 1)
    assert response.status_code == 400 and "metrics.series_max" in response.text
    # What is there goes on.
    assert send("busy", 0, 990, time_ + 1000).status_code == 204
    assert server.stop() == 0
    server.start()
    assert send("busy", 0, 990, time_ + 2000).status_code == 204
    assert send("other", 0, 1).status_code == 400, "the limit holds after a restart"
    assert server.stop() == 0


def test_series_and_samples_are_there_after_a_restart(make_server):
    server = make_server().start()
    time_ = now() // 1000 * 1000
    for step in range(10):
        series = [({"__name__": "kept", "n": str(n)}, [(time_ - step * 1000, n * step)]) for n in range(300)]
        assert write(server, series, metadata=[(COUNTER, "kept", "Kept", "")]).status_code == 204
        # Acknowledged, so a question sees it.
        assert vector(server.url, "sum(count_over_time(kept[1h]))") == {"{}": 300 * (step + 1)}

    def told() -> tuple:
        return (
            vector(server.url, "sum_over_time(kept[1h])", time=time_ / 1000),
            sorted(map(str, answer(server.url, "series", **{"match[]": "kept"}))),
            answer(server.url, "label/n/values"),
            answer(server.url, "metadata"),
            [line for line in server.get("/metrics").text.splitlines() if line.startswith("axonize_series ")],
        )

    before = told()
    assert before[-1] == ["axonize_series 300"]
    assert server.stop() == 0
    server.start()
    assert told() == before
    assert write(server, [({"__name__": "kept", "n": "7"}, [(time_ + 1, 1)])]).status_code == 204
    assert told()[-1] == before[-1], "a series that is known is not a new one"
    assert server.stop() == 0


def test_what_is_acknowledged_is_seen_at_once_by_everyone(server):
    for index in range(30):
        name = f"at_once_{index}"
        assert write(server, [({"__name__": name, "at_once": str(index)}, [(now(), index)])]).status_code == 204
        match index % 4:
            case 0:
                assert list(vector(server.url, name).values()) == [index]
            case 1:
                assert len(answer(server.url, "series", **{"match[]": name})) == 1
            case 2:
                assert str(index) in answer(server.url, "label/at_once/values")
            case 3:
                assert answer(
                    server.url, "query_range", query=name, start=time.time() - 1, end=time.time() + 1, step=1
                )["result"]
