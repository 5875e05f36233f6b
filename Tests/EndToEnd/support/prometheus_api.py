"""Asks a server that has Prometheus' query API."""

import json
import time

import requests


def now() -> int:
    """The time in milliseconds, as samples have it."""
    return time.time_ns() // 1_000_000


def ask(url: str, path: str, *, key: str | None = None, **parameters) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(
            f"{url}/api/v1/{path}", params=parameters, timeout=30,
            headers={"authorization": f"Bearer {key}"} if key else {},
        )  # fmt: skip


def answer(url: str, path: str, **parameters):
    """The data of a response that went well."""
    response = ask(url, path, **parameters)
    assert response.status_code == 200, f"{parameters}: {response.text}"
    return response.json()["data"]


def vector(url: str, query: str, **parameters) -> dict[str, float]:
    """The values of an instant query by labels."""
    found = answer(url, "query", query=query, **parameters)
    assert found["resultType"] == "vector"
    return {json.dumps(one["metric"], sort_keys=True): float(one["value"][1]) for one in found["result"]}


def points(url: str, selector: str, **parameters) -> list[tuple[int, float]]:
    """The samples of the one series that a range selector finds, with times in milliseconds."""
    found = answer(url, "query", query=selector, **parameters)
    assert found["resultType"] == "matrix"
    if not found["result"]:
        return []
    (one,) = found["result"]
    return [(round(float(moment) * 1000), float(value)) for moment, value in one["values"]]
