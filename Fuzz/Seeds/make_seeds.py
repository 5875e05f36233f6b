"""Makes the seeds of FuzzOTLP, FuzzOTLPJSON and FuzzJSON from the fixtures of OTLPIngestTests, without long values.

Run with opentelemetry-proto installed (Tests/EndToEnd/requirements.txt): python make_seeds.py
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "Tests/OTLPIngestTests/Fixtures"))
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
