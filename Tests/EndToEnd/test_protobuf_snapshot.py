"""The protobuf that Tempo's clients read, checked with OpenTelemetry's own message classes. Needs no server."""

import base64
import json
import pathlib

from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

SNAPSHOTS = pathlib.Path(__file__).resolve().parents[1] / "Unit/TraceInterchangeTests/Snapshots"


def message() -> TracesData:
    return TracesData.FromString(bytes.fromhex((SNAPSHOTS / "trace-protobuf.hex").read_text()))


def read(name: str) -> dict:
    return json.loads((SNAPSHOTS / name).read_text())


def test_protobuf_says_the_same_as_tempos_json():
    """Tempo's JSON is protobuf's own JSON mapping, so the official parser reads it."""
    assert json_format.ParseDict({"resourceSpans": read("trace-tempo.json")["batches"]}, TracesData()) == message()


def test_protobuf_says_the_same_as_otlp_json():
    """OTLP/JSON differs from protobuf's mapping in its hexadecimal ids only; numbers of enumerations are in both."""

    def base64_ids(value):
        if isinstance(value, list):
            return [base64_ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        ids = {"traceId", "spanId", "parentSpanId"}
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode() if key in ids else base64_ids(item)
            for key, item in value.items()
        }

    assert json_format.ParseDict(base64_ids(read("trace-otlp.json")), TracesData()) == message()


def test_nothing_is_lost():
    root = message().resource_spans[0].scope_spans[0].spans[0]
    assert root.trace_id.hex() == "0102030405060708090a0b0c0d0e0f10"
    assert root.span_id.hex() == "1111111111111111"
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (1795248000000000123, 1795248002500001122)
    assert (root.flags, root.trace_state) == (0x101, "vendor=1")
    values = {item.key: item.value for item in root.attributes}
    assert values["large"].int_value == 2**63 - 1
    assert values["raw"].bytes_value == b"\x00\xff\x01"
    assert values["unbounded"].double_value == float("inf")
    assert values["nothing"].WhichOneof("value") is None
    assert [item.WhichOneof("value") for item in values["list"].array_value.values] == ["int_value", "string_value"]
    counts = (root.dropped_attributes_count, root.dropped_events_count, root.dropped_links_count)
    assert counts == (3, 5, 7)
