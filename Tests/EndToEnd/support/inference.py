"""Telemetry of a made-up inference service: the same at every run, but for its times, which end now."""

import random
import time

MODELS = ("llama-3.1-70b-instruct", "llama-3.1-8b-instruct", "qwen2.5-coder-32b-instruct")
SYSTEM = "You answer questions about observability in two sentences."
QUESTIONS = (
    "What is a span, and how does it differ from a log record?",
    "Why is my p95 latency three times my median?",
    "트레이스와 스팬의 차이를 설명해 주십시오.",
    "How do I find the GPU that throttles?",
)
ANSWER = (
    "A span is a named, timed operation with a parent, so spans of one request form a tree. A log record is a moment."
)


def attribute(key: str, value) -> dict:
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    return {"key": key, "value": {"stringValue": value}}


class Inference:
    """Traces of a gateway, a chat service, retrieval and a model server, with logs, machines and series."""

    def __init__(self, seed: int = 7, end: float | None = None):
        self.random = random.Random(seed)
        self.end = time.time() if end is None else end
        self.spans: dict[str, list[dict]] = {}
        self.logs: dict[str, list[dict]] = {}

    def identifier(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def span(self, service, trace, parent, name, start, seconds, attributes=None, **more) -> str:
        identifier = self.identifier(16)
        begin = int(start * 1e9)
        self.spans.setdefault(service, []).append(
            {
                "traceId": trace,
                "spanId": identifier,
                "parentSpanId": parent or "",
                "name": name,
                "kind": more.get("kind", 1),
                "startTimeUnixNano": str(begin),
                "endTimeUnixNano": str(begin + int(seconds * 1e9)),
                "attributes": [attribute(key, value) for key, value in (attributes or {}).items()],
                "status": {"code": 2, "message": more["error"]} if more.get("error") else {},
                "events": more.get("events", []),
            }
        )
        return identifier

    def log(self, service, at, severity, text, trace="", span=""):
        names = {9: "INFO", 13: "WARN", 17: "ERROR"}
        self.logs.setdefault(service, []).append(
            {
                "timeUnixNano": str(int(at * 1e9)),
                "severityNumber": severity,
                "severityText": names[severity],
                "body": {"stringValue": text},
                "traceId": trace,
                "spanId": span,
            }
        )

    def chat(self, at: float, *, is_slow=False, fails=False) -> str:
        """One question and its answer, with documents that are looked up first."""
        pick = self.random
        trace = self.identifier(32)
        model = pick.choice(MODELS)
        wait = pick.uniform(0.9, 2.4) if is_slow else pick.uniform(0.01, 0.05)
        first = wait + pick.uniform(0.08, 0.2)
        tokens = pick.randint(60, 420)
        generating = tokens * pick.uniform(0.004, 0.009)
        retrieval = pick.uniform(0.02, 0.09)
        model_seconds = first + (0.02 if fails else generating)
        total = retrieval + model_seconds + 0.03
        question = pick.choice(QUESTIONS)
        user, session = f"user-{pick.randint(1, 9)}", f"session-{pick.randint(1, 24)}"
        error = "429: the queue of the model is full" if fails else None
        root = self.span(
            "gateway", trace, None, "POST /v1/chat/completions", at, total, kind=2, error=error,
            attributes={"http.request.method": "POST", "url.path": "/v1/chat/completions",
                        "http.response.status_code": 429 if fails else 200, "user.id": user},
        )  # fmt: skip
        handler = self.span("chat", trace, root, "answer question", at + 0.004, total - 0.008,
                            attributes={"session.id": session, "user.id": user}, error=error)  # fmt: skip
        lookup = self.span("chat", trace, handler, "retrieve documents", at + 0.01, retrieval)
        self.span("retrieval", trace, lookup, "embed question", at + 0.012, retrieval * 0.4, kind=3,
                  attributes={"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "bge-m3",
                              "gen_ai.usage.input_tokens": 24})  # fmt: skip
        query = {"db.system.name": "postgresql", "db.query.text": "SELECT id, text FROM documents LIMIT 8"}
        self.span(
            "retrieval",
            trace,
            lookup,
            "SELECT documents",
            at + 0.012 + retrieval * 0.42,
            retrieval * 0.5,
            query,
            kind=3,
        )
        messages = (
            f'[{{"role":"system","parts":[{{"type":"text","content":"{SYSTEM}"}}]}},'
            f'{{"role":"user","parts":[{{"type":"text","content":"{question}"}}]}}]'
        )
        answer = f'[{{"role":"assistant","parts":[{{"type":"text","content":"{ANSWER}"}}],"finish_reason":"stop"}}]'
        begin = at + 0.015 + retrieval
        llm = self.span(
            "model-server", trace, handler, f"chat {model}", begin, model_seconds, kind=3, error=error,
            attributes={
                "gen_ai.provider.name": "vllm", "gen_ai.operation.name": "chat", "gen_ai.request.model": model,
                "gen_ai.response.model": model, "gen_ai.usage.input_tokens": pick.randint(200, 2400),
                "gen_ai.usage.output_tokens": 0 if fails else tokens, "gen_ai.conversation.id": session,
                "gen_ai.request.temperature": 0.7, "gen_ai.input.messages": messages,
                **({} if fails else {"gen_ai.output.messages": answer,
                                     "gen_ai.response.time_to_first_chunk": first}),
                "hw.id": f"GPU-{pick.randint(0, 3)}-5f2c",
            },
            events=[] if fails else [{"name": "first_token", "timeUnixNano": str(int((begin + first) * 1e9))}],
        )  # fmt: skip
        self.span("model-server", trace, llm, "queue", begin, wait)
        if not fails:
            self.span("model-server", trace, llm, "prefill", begin + wait, first - wait)
            self.span("model-server", trace, llm, "decode", begin + first, generating)
        if fails:
            self.log("model-server", begin + wait, 17, f"the queue of {model} is full", trace, llm)
        elif is_slow:
            self.log("model-server", begin + wait, 13, f"a request waited {wait:.2f} s for a place", trace, llm)
        else:
            self.log("chat", at + total, 9, f"answered {session} in {total:.2f} s", trace, handler)
        return trace

    def hour(self, count: int = 400, *, hours: float = 1.0):
        """Traces over the last hours, with an incident in the last quarter."""
        for index in range(count):
            share = index / count
            at = self.end - hours * 3600 * (1 - share) - 20 - self.random.random() * 8
            is_incident = 0.78 < share < 0.9
            self.chat(
                at,
                is_slow=self.random.random() < (0.5 if is_incident else 0.04),
                fails=self.random.random() < (0.22 if is_incident else 0.01),
            )
        return self

    def requests(self) -> list[tuple[str, dict]]:
        """Paths and bodies in OTLP's JSON."""

        def resource(service: str) -> dict:
            attributes = {"service.name": service, "deployment.environment.name": "production", "host.name": "node-a"}
            return {"attributes": [attribute(key, value) for key, value in attributes.items()]}

        traces = [
            {"resource": resource(service), "scopeSpans": [{"scope": {"name": "inference"}, "spans": spans}]}
            for service, spans in self.spans.items()
        ]
        logs = [
            {"resource": resource(service), "scopeLogs": [{"scope": {"name": "inference"}, "logRecords": records}]}
            for service, records in self.logs.items()
        ]
        return [("/v1/traces", {"resourceSpans": traces}), ("/v1/logs", {"resourceLogs": logs})]

    def machines(self) -> list[dict]:
        """Reports of three machines: one whose GPU throttles, one that is divided, one without GPUs."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.end))

        def gpu(node: int, index: int, *, share: float, divided=False, condition="up") -> dict:
            def reading(metric, value=None, **more):
                base = {"metric": f"axonize_gpu_{metric}"}
                return base | ({"value": value, "source": "nvml", "time": now} if value is not None else {}) | more

            total = 141 * 2**30
            readings = [
                reading("utilization_ratio", **({"unavailable": "mig_mode"} if divided else {"value": share})),
                reading("memory_used_bytes", int(total * (0.3 + share / 2))),
                reading("power_watts", 120 + 560 * share),
                reading("temperature_celsius", 38 + 40 * share),
                reading("sm_clock_hertz", 1.98e9 if share < 0.95 else 1.2e9),
                reading("fan_speed_ratio", unavailable="not_supported"),
            ]
            slices = [
                {"uuid": f"MIG-{node}{index}{part}", "profile": "3g.71gb", "gpu_instance": part, "generation": 1}
                for part in (1, 2)
            ]
            if divided:
                readings += [reading("memory_used_bytes", int(30e9 * part), gpu_instance=part) for part in (1, 2)]
            return {
                "uuid": f"GPU-{index}-5f2c" if node == 0 else f"GPU-{node}{index}-77aa",
                "vendor": "nvidia",
                "index": index,
                "condition": condition,
                **({"problem": "fell off the bus (XID 79)"} if condition == "lost" else {}),
                "model": "NVIDIA H200",
                "driver_version": "580.82",
                "cuda_version": "13.0",
                "pci_bus_id": f"0000:{8 + index:02x}:00.0",
                "memory_bytes": total,
                "divided": divided,
                "resources": slices if divided else [],
                "processes": [{"pid": 4200 + index, "name": "vllm", "memory_bytes": int(total * share / 2)}],
                "peers": [{"index": other, "distance": "NODE", "nvlink": True} for other in range(4) if other != index],
                "readings": [] if condition == "lost" else readings,
            }

        return [
            {
                "name": "node-a", "version": "0.9.0", "labels": {"rack": "7"}, "drivers": [{"vendor": "nvidia"}],
                "gpus": [gpu(0, index, share=share) for index, share in enumerate((0.97, 0.62, 0.08, 0.55))],
                "events": [
                    {"time": now, "kind": "throttle", "source": "driver", "pci_bus_id": "0000:08:00.0",
                     "message": "clocks are held back by power"},
                ],
            },
            {
                "name": "node-b", "version": "0.9.0", "labels": {"rack": "8"}, "drivers": [{"vendor": "nvidia"}],
                "gpus": [gpu(1, 0, share=0.4, divided=True), gpu(1, 1, share=0.7, condition="lost")],
                "events": [{"time": now, "kind": "xid", "source": "driver", "xid": 79, "pci_bus_id": "0000:09:00.0"}],
            },
            {
                "name": "node-c", "version": "0.8.2", "labels": {}, "gpus": [], "events": [],
                "drivers": [{"vendor": "nvidia", "unavailable": "no device of this vendor"}],
            },
        ]  # fmt: skip

    def series(self) -> list[dict]:
        """Samples of the GPUs over the last hour, and of a machine's processors.

        They are a minute apart, and those of the first three GPUs a second apart in the last quarter, with their
        energy, as an agent sends them. Nothing measures the energy of the fourth.
        """
        samples = []
        joules = [0.0] * 4

        def gpu(index: int, at: float, load: float, seconds: int):
            labels = {"gpu": str(index), "uuid": f"GPU-{index}-5f2c", "instance": "node-a", "model": "NVIDIA H200"}
            share = max(0.0, min(1.0, 0.25 * index + 0.4 + 0.2 * self.random.random() - load))
            joules[index] += (120 + 560 * share) * seconds
            values = {
                "utilization_ratio": share,
                "power_watts": 120 + 560 * share,
                "temperature_celsius": 38 + 40 * share,
                "memory_used_bytes": (0.3 + share / 2) * 141 * 2**30,
            }
            if seconds == 1:
                values |= {"energy_joules_total": joules[index], "sm_clock_hertz": 1.98e9 if share < 0.95 else 1.2e9}
                info = labels | {"resource_uuid": labels["uuid"]}
                samples.append(sample("axonize_gpu_resource_info", info, at, 1))
            for name, value in values.items():
                samples.append(sample(f"axonize_gpu_{name}", labels, at, value))

        def sample(name: str, labels: dict, at: float, value: float) -> dict:
            kind = "counter" if name.endswith("_total") else "gauge"
            return {"name": name, "labels": labels, "value": value, "time": int(at * 1000), "type": kind}

        for minute in range(60):
            at = self.end - 60 * (60 - minute)
            for index in range(4):
                load = 0.3 if minute < 20 else 0
                if minute < 45 or index == 3:
                    gpu(index, at, load, 60)
                    continue
                for second in range(60):
                    gpu(index, at + second, load, 1)
            samples.append(sample("node_load1", {"instance": "node-a"}, at, 4 + 3 * self.random.random()))
        return samples
