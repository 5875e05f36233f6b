"""The requests that Grafana's Jaeger and Tempo data sources send, and readers of the answers as strict as theirs.

Written after the sources of Grafana 10 to 12: which paths they call, with which parameters and headers, and into which
types they parse what comes back. A value of another type, which Go's decoder would refuse, fails here too.
"""

from urllib.parse import quote

from google.protobuf.message import Message
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

PROTOBUF = {"Accept": "application/protobuf"}


def check(value, form, place="$"):
    """Fails unless a JSON value has a form: a type, a list with the form of its elements, or a dictionary of forms.

    A name that ends in `?` may be missing; `None` as a form takes anything; `{str: form}` is an object of any names.
    """
    match form:
        case None:
            return
        case list():
            assert isinstance(value, list), f"{place}: {value!r} is no list"
            for index, item in enumerate(value):
                check(item, form[0], f"{place}[{index}]")
        case dict() if set(form) == {str}:
            assert isinstance(value, dict), f"{place}: {value!r} is no object"
            for name, item in value.items():
                check(item, form[str], f"{place}.{name}")
        case dict():
            assert isinstance(value, dict), f"{place}: {value!r} is no object"
            for name, inner in form.items():
                if name.endswith("?") and name[:-1] not in value:
                    continue
                assert name.rstrip("?") in value, f"{place}: no {name}"
                check(value[name.rstrip("?")], inner, f"{place}.{name}")
        case tuple():
            assert type(value) in form, f"{place}: {value!r} is none of {form}"
        case type():
            assert type(value) is form, f"{place}: {value!r} is no {form.__name__}"


NULL = type(None)
TAG = {"key": str, "type": str, "value": None}
JAEGER_TRACE = {
    "traceID": str,
    "processes": {str: {"serviceName": str, "tags": [TAG]}},
    "warnings": (list, NULL),
    "spans": [
        {
            "traceID": str,
            "spanID": str,
            "processID": str,
            "operationName": str,
            "startTime": int,
            "duration": int,
            "flags?": int,
            "logs": [{"timestamp": int, "fields": [TAG]}],
            "references": [{"refType": str, "traceID": str, "spanID": str}],
            "tags": [TAG],
            "warnings": (list, NULL),
        }
    ],
}


class Jaeger:
    """Grafana's Jaeger data source with one URL."""

    def __init__(self, server, prefix: str):
        self.server = server
        self.prefix = prefix

    def _data(self, path: str, form, **parameters):
        response = self.server.get(f"{self.prefix}{path}", **parameters)
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        assert response.headers["content-type"].startswith("application/json")
        answer = response.json()
        check(answer, {"data": form, "errors": None, "total": int, "limit": int, "offset": int})
        return answer["data"]

    def services(self) -> list[str]:
        return self._data("/api/services", [str])

    def operations(self, service: str) -> list[str]:
        return self._data(f"/api/services/{quote(service, safe='')}/operations", [str])

    def search(self, **parameters) -> list[dict]:
        return self._data("/api/traces", [JAEGER_TRACE], **parameters)

    def trace(self, trace_id: str, **parameters) -> dict:
        traces = self._data(f"/api/traces/{trace_id}", [JAEGER_TRACE], **parameters)
        assert len(traces) == 1
        return traces[0]

    def dependencies(self, end_ms: int, lookback_ms: int) -> list[dict]:
        form = [{"parent": str, "child": str, "callCount": int}]
        return self._data("/api/dependencies", form, endTs=end_ms, lookback=lookback_ms)


SPAN_SET = {
    "spans": [
        {
            "spanID": str,
            "name?": str,
            "startTimeUnixNano": str,
            "durationNanos": str,
            "attributes?": [{"key": str, "value": {str: None}}],
        }
    ],
    "matched": int,
}
SEARCH = {
    "traces": [
        {
            "traceID": str,
            "rootServiceName": str,
            "rootTraceName": str,
            "startTimeUnixNano": str,
            "durationMs": int,
            "spanSet?": SPAN_SET,
            "spanSets?": [SPAN_SET],
            "serviceStats?": {str: {"spanCount": int, "errorCount?": int}},
        }
    ]
}


class Tempo:
    """Grafana's Tempo data source with one URL."""

    def __init__(self, server, prefix: str):
        self.server = server
        self.prefix = prefix

    def _json(self, path: str, form, **parameters):
        response = self.server.get(f"{self.prefix}{path}", headers={"Accept": "application/json"}, **parameters)
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        assert response.headers["content-type"].startswith("application/json")
        check(response.json(), form)
        return response.json()

    def health(self) -> str:
        response = self.server.get(f"{self.prefix}/api/echo")
        assert response.status_code == 200
        return response.text

    def version(self) -> str:
        return self._json("/api/status/buildinfo", {"version": str})["version"]

    def search(self, query: str, **parameters) -> list[dict]:
        return self._json("/api/search", SEARCH, q=query, **parameters)["traces"]

    def search_tags(self, tags: str, **parameters) -> list[dict]:
        return self._json("/api/search", SEARCH, tags=tags, **parameters)["traces"]

    def tags(self, **parameters) -> dict[str, list[str]]:
        answer = self._json("/api/v2/search/tags", {"scopes": [{"name": str, "tags": [str]}]}, **parameters)
        return {scope["name"]: scope["tags"] for scope in answer["scopes"]}

    def values(self, tag: str, **parameters) -> list[tuple[str, str]]:
        # Encoded twice, as the data source does.
        path = f"/api/v2/search/tag/{quote(quote(tag, safe=''), safe='')}/values"
        answer = self._json(path, {"tagValues": [{"type": str, "value": str}]}, limit=5000, **parameters)
        return [(item["type"], item["value"]) for item in answer["tagValues"]]

    def trace(self, trace_id: str, **parameters) -> TracesData | None:
        """The trace as the data source gets it: from the second version, or on 404 from the first."""
        response = self.server.get(f"{self.prefix}/api/v2/traces/{trace_id}", headers=PROTOBUF, **parameters)
        if response.status_code == 404:
            response = self.server.get(f"{self.prefix}/api/traces/{trace_id}", headers=PROTOBUF, **parameters)
            if response.status_code == 404:
                return None
            assert response.status_code == 200, response.text
            return TracesData.FromString(response.content)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/protobuf"
        return TracesData.FromString(field(response.content, 1))


def field(message: bytes, number: int) -> bytes:
    """The first field of a number of a message that is known by its bytes alone; it is a message itself."""
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        tag = varint()
        assert tag & 7 in (0, 2), f"wire type {tag & 7}"
        if tag & 7 == 0:
            varint()
            continue
        length = varint()
        if tag >> 3 == number:
            return message[position : position + length]
        position += length
    return b""


def spans_by_id(trace: Message) -> dict[str, tuple[Message, Message, Message]]:
    """The spans of a trace with their resources and scopes, by id."""
    return {
        span.span_id.hex(): (span, scope.scope, group.resource)
        for group in trace.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    }
