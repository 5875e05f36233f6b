"""Makes the seeds of the areas otlp, otlpjson, json, samples, otlpmetrics, otlpmetricsjson, spool and amdmetrics.

Most are made from the fixtures of OTLPDecodingTests, without long values.

Run with opentelemetry-proto installed (Tests/EndToEnd/requirements.txt): python make_seeds.py
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "Tests/Unit/OTLPDecodingTests/Fixtures"))
sys.path.insert(0, str(HERE.parents[1] / "Tests/EndToEnd"))
import make_fixtures  # noqa: E402
from support.remote_write import message, message_2  # noqa: E402

# An input is cut at 4,096 bytes by the fuzzer, so values that only take room are left out.
for key in ("string.long", "bytes"):
    del make_fixtures.EVERY_TYPE[key]
keys = list(make_fixtures.EVERY_TYPE)
for area in ("otlp", "otlpjson", "json"):
    (HERE / area).mkdir(exist_ok=True)
for part in range(3):
    every = dict(make_fixtures.EVERY_TYPE)
    make_fixtures.EVERY_TYPE = {key: every[key] for key in keys[part::3]}
    for signal, (name, request) in enumerate(make_fixtures.requests().items()):
        (HERE / "otlp" / f"{name}-{part}").write_bytes(bytes([signal]) + request.SerializeToString(deterministic=True))
        text = json.dumps(make_fixtures.otlp_json(request), ensure_ascii=False, separators=(",", ":")).encode()
        (HERE / "otlpjson" / f"{name}-{part}").write_bytes(bytes([signal]) + text)
        (HERE / "json" / f"{name}-{part}").write_bytes(text)
    make_fixtures.EVERY_TYPE = every

# Spans whose attributes typed columns hold, among others, and with a key repeated.
request = make_fixtures.trace_request()
spans = [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans][:1]
del request.resource_spans[1:]
del request.resource_spans[0].scope_spans[1:]
del request.resource_spans[0].scope_spans[0].spans[:]
texts = ["provider.name", "operation.name", "request.model", "response.model", "conversation.id"]
numbers = ["input_tokens", "output_tokens", "cache_read.input_tokens", "reasoning.output_tokens"]
pairs = {f"gen_ai.{key}": "x" for key in texts} | {f"gen_ai.usage.{key}": 7 for key in numbers}
pairs |= {"other": "y", "user.id": "u", "error.type": "e"}
for span in spans:
    for field in ("attributes", "events", "links"):
        span.ClearField(field)
    for part in (dict(list(pairs.items())[:5]), dict(list(pairs.items())[5:])):
        copy = request.resource_spans[0].scope_spans[0].spans.add()
        copy.CopyFrom(span)
        copy.attributes.extend(make_fixtures.attributes(part | {"user.id": "u"}))
        copy.attributes.extend(make_fixtures.attributes({"user.id": "u"}))
(HERE / "otlp" / "traces-promoted").write_bytes(b"\0" + request.SerializeToString(deterministic=True))
text = json.dumps(make_fixtures.otlp_json(request), separators=(",", ":")).encode()
(HERE / "otlpjson" / "traces-promoted").write_bytes(b"\0" + text)

# Requests with samples and exemplars; the first byte chooses the form.
(HERE / "samples").mkdir(exist_ok=True)
moment = make_fixtures.START // 1_000_000
labels = {"__name__": "call_seconds_bucket", "le": "0.5"}
own = [{"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}, {"user": "\u00e9"}]
series = [(labels, [(moment, 3.0)])]
exemplars = [(labels, each, moment, 0.25) for each in own]
page = f"""# TYPE call_seconds histogram
call_seconds_bucket{{le="0.5"}} 3 # {{trace_id="{own[0]["trace_id"]}",user="\u00e9"}} 0.25 {moment / 1000}
call_seconds_bucket{{le="+Inf"}} 4 {moment / 1000} # {{}} 7
# EOF
"""
seeds = {
    "remote-write-1": b"\0" + message(series, exemplars=exemplars),
    "remote-write-2": b"\1" + message_2(series, exemplars),
    "text": b"\2" + b"# TYPE up gauge\nup 1\n",
    "openmetrics": b"\3" + page.encode(),
}
for part in range(3):
    for number, area in ((4, "otlp"), (5, "otlpjson")):
        seeds[f"{area}-{part}"] = bytes([number]) + (HERE / area / f"metrics-{part}").read_bytes()[1:]
for name, seed in seeds.items():
    (HERE / "samples" / name).write_bytes(seed)

# Metrics on their way to samples: those above, and series that come as deltas twice, with exemplars.
deltas = make_fixtures.metric_request()
groups = deltas.resource_metrics
del groups[1:]
del groups[0].scope_metrics[1:]
del groups[0].scope_metrics[0].metrics[:]
groups[0].resource.ClearField("attributes")
groups[0].resource.attributes.extend(make_fixtures.attributes({"service.name": "s"}))
for kind in ("sum", "histogram", "exponential_histogram"):
    metric = groups[0].scope_metrics[0].metrics.add(name=f"a.{kind}", unit="s")
    data = getattr(metric, kind)
    data.aggregation_temporality = 1
    for number in (1, 2):
        point = data.data_points.add(time_unix_nano=make_fixtures.START + number * 1_000_000)
        point.attributes.extend(make_fixtures.attributes({"k": "v"}))
        point.exemplars.add(as_double=number / 2, trace_id=bytes(range(16)), span_id=bytes(range(8)))
        if kind == "sum":
            data.is_monotonic = True
            point.as_int = number
        else:
            point.count, point.sum = 3, number
        if kind == "histogram":
            point.explicit_bounds.extend([0.5])
            point.bucket_counts.extend([1, 2])
        if kind == "exponential_histogram":
            point.scale, point.positive.offset = number, -1
            point.positive.bucket_counts.extend([1, 1])
            point.zero_count = 1
bodies = {f"metrics-{part}": (HERE / "otlp" / f"metrics-{part}").read_bytes()[1:] for part in range(3)}
texts = {f"metrics-{part}": (HERE / "otlpjson" / f"metrics-{part}").read_bytes()[1:] for part in range(3)}
bodies["deltas"] = deltas.SerializeToString(deterministic=True)
texts["deltas"] = json.dumps(make_fixtures.otlp_json(deltas), separators=(",", ":")).encode()
for area, contents in (("otlpmetrics", bodies), ("otlpmetricsjson", texts)):
    (HERE / area).mkdir(exist_ok=True)
    for name, content in contents.items():
        (HERE / area / name).write_bytes(content)

# Records of a journal: kind, flags (2: JSON), length, body.
(HERE / "spool").mkdir(exist_ok=True)
for area, flags in (("otlp", 0), ("otlpjson", 2)):
    for part in range(3):
        records = b""
        for name in ("traces", "metrics", "logs"):
            seed = (HERE / area / f"{name}-{part}").read_bytes()
            records += bytes([seed[0], flags | part << 2]) + (len(seed) - 1).to_bytes(2, "little") + seed[1:]
        (HERE / "spool" / f"{area}-{part}").write_bytes(records)

# Tables of AMD's GPUs: the size, the version, then bytes that are all different numbers.
(HERE / "amdmetrics").mkdir(exist_ok=True)
for name, size in {"1.3": 120, "1.4": 288, "1.6": 1664, "1.8": 3872, "2.4": 168, "3.0": 264}.items():
    table = size.to_bytes(2, "little") + bytes(int(part) for part in name.split("."))
    table += bytes(index % 101 for index in range(4, size))
    (HERE / "amdmetrics" / f"v{name}").write_bytes(table)
