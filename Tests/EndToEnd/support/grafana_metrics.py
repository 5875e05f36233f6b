"""The requests that Grafana's Prometheus data source sends, and the substitution of a dashboard's variables.

Written after the sources of Grafana 10 to 12: queries go as forms with POST; lists go with POST first where the data
source has that method, again with GET when the response is 400 or 405; some paths only with GET.
"""

import json
import pathlib
import re
from urllib.parse import urlencode

from support.grafana import check

FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Dashboard-Uid": "axonize-inference"}
SERIES_LISTS = {"matrix": "values", "vector": "value"}


class PrometheusSource:
    """Grafana's Prometheus data source with one URL, and POST as its method."""

    def __init__(self, server, prefix: str):
        self.server = server
        self.prefix = prefix

    def _read(self, response, form):
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        assert response.headers["content-type"].startswith("application/json")
        answer = response.json()
        check(answer, {"status": str, "data": form, "warnings?": [str], "infos?": [str]})
        assert answer["status"] == "success"
        return answer["data"]

    def _post(self, path: str, **parameters):
        return self.server.session.post(
            f"{self.server.url}{self.prefix}/api/v1/{path}",
            urlencode(parameters, doseq=True),
            headers=FORM,
            timeout=30,
        )

    def _get(self, path: str, form, **parameters):
        return self._read(self.server.get(f"{self.prefix}/api/v1/{path}", **parameters), form)

    def _list(self, path: str, form, **parameters):
        """As resources are asked for: with POST, then with GET where that is refused."""
        response = self._post(path, **parameters)
        if response.status_code in (400, 405):
            response = self.server.get(f"{self.prefix}/api/v1/{path}", **parameters)
        return self._read(response, form)

    def _results(self, data: dict) -> list[dict]:
        check(data, {"resultType": str, "result": list})
        member = SERIES_LISTS[data["resultType"]]
        for one in data["result"]:
            check(one, {"metric": {str: str}, member: list})
            for time, value in one[member] if member == "values" else [one[member]]:
                assert type(time) in (int, float), time
                assert type(value) is str, value
        return data["result"]

    def health(self) -> float:
        """The query of "Save & test", whose time is 1970, and its answer."""
        data = self._read(self._post("query", query="1+1", time="4"), {"resultType": str, "result": list})
        assert data["resultType"] == "scalar"
        return float(data["result"][1])

    def build_info(self) -> dict:
        texts = ("version", "revision", "branch", "buildUser", "buildDate", "goVersion")
        return self._get("status/buildinfo", dict.fromkeys(texts, str))

    def instant(self, query: str, time: int) -> list[dict]:
        return self._results(self._read(self._post("query", query=query, time=str(time)), None))

    def range(self, query: str, start: int, end: int, step: float) -> list[dict]:
        return self._results(
            self._read(self._post("query_range", query=query, start=str(start), end=str(end), step=f"{step:g}"), None)
        )

    def exemplars(self, query: str, start: int, end: int) -> list[dict]:
        form = [{"seriesLabels": {str: str}, "exemplars": [{"labels": {str: str}, "value": str, "timestamp": None}]}]
        return self._read(self._post("query_exemplars", query=query, start=str(start), end=str(end)), form)

    def label_names(self, start: int, end: int, **parameters) -> list[str]:
        return self._list("labels", [str], start=start, end=end, limit=40000, **parameters)

    def label_values(self, label: str, start: int, end: int, *matches: str) -> list[str]:
        parameters = {"match[]": list(matches)} if matches else {}
        return self._get(f"label/{label}/values", [str], start=start, end=end, limit=40000, **parameters)

    def series(self, match: str, start: int, end: int) -> list[dict]:
        return self._list("series", [{str: str}], **{"match[]": match}, start=start, end=end, limit=40000)

    def metadata(self) -> dict:
        return self._get("metadata", {str: [{"type": str, "help": str, "unit": str}]}, limit=40000)

    def rules(self) -> list[dict]:
        return self._list("rules", {"groups": list})["groups"]


class Dashboard:
    """A dashboard of deploy/grafana, and what its variables stand for."""

    def __init__(self, path: pathlib.Path):
        self.content = json.loads(path.read_text())

    def variables(self) -> dict[str, tuple[str, str]]:
        """Metric and label of each variable of the form `label_values(metric, label)`."""
        found = {}
        for variable in self.content["templating"]["list"]:
            if variable["type"] == "query":
                match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
                assert match, variable["query"]
                found[variable["name"]] = (match[1], match[2])
        return found

    def targets(self) -> list[tuple[str, dict]]:
        """Title of the panel, and each of its queries."""
        return [
            (panel["title"], target)
            for panel in self.content["panels"]
            if panel["type"] != "row"
            for target in panel["targets"]
        ]

    @staticmethod
    def substituted(expression: str, chosen: dict[str, list[str]], *, interval: str, range_: str) -> str:
        """The query as it is sent: several values of a variable become a pattern, each value escaped."""
        values = {"__rate_interval": interval, "__interval": interval, "__range": range_}
        for name, texts in chosen.items():
            # In a string of PromQL a backslash is two.
            escaped = [re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1", text) for text in texts]
            values[name] = f"({'|'.join(escaped)})" if len(texts) > 1 else "".join(escaped)
        return re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)
