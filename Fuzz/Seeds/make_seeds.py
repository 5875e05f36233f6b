"""Makes the seeds of the areas otlp, otlpjson, json and spool from the fixtures of OTLPDecodingTests, without long values.

Run with opentelemetry-proto installed (Tests/EndToEnd/requirements.txt): python make_seeds.py
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "Tests/Unit/OTLPDecodingTests/Fixtures"))
import make_fixtures  # noqa: E402

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

# Records of a journal: kind, flags (2: JSON), length, body.
(HERE / "spool").mkdir(exist_ok=True)
for area, flags in (("otlp", 0), ("otlpjson", 2)):
    for part in range(3):
        records = b""
        for name in ("traces", "metrics", "logs"):
            seed = (HERE / area / f"{name}-{part}").read_bytes()
            records += bytes([seed[0], flags | part << 2]) + (len(seed) - 1).to_bytes(2, "little") + seed[1:]
        (HERE / "spool" / f"{area}-{part}").write_bytes(records)
