"""The questions that are asked of a day: five million spans, one client, a different question each time."""

import json
import pathlib
import random

import figures
from support.server import Server

HOUR = 3600
DAY = 86_400
SERVICES = 20
CUSTOMERS = 10_000
# The 95th percentile in milliseconds that each is to reach on a machine half as fast as that of docs/benchmarks.md.
TARGETS = {
    "latency by model, 24 h": 200,
    "throughput by model, 24 h": 150,
    "slowest 20 traces, 24 h": 300,
    "slowest 20 traces, 1 h": 90,
    "rare attribute value, 24 h": 120,
    "numeric attribute above a limit, 1 h": 120,
    "overview by service, 24 h": 80,
    "overview by model, 24 h": 80,
    "overview by GPU, 24 h": 100,
    "trace by id": 35,
    "newest 50 traces": 50,
    "services, 24 h": 25,
    "values of an attribute": 50,
    "Jaeger search, 1 h": 70,
    "Tempo search, 1 h": 70,
}


def questions(stored: dict, ids: list[str], chance: random.Random) -> dict:
    """Each question by its name: a function of its number that answers a path and its parameters."""
    first, last = stored["first_unix_seconds"], stored["last_unix_seconds"]

    def whole() -> dict:
        """The whole day, its ends at another second each time."""
        return {"start": figures.instant(first + chance.random() * 600), "end": figures.instant(last)}

    def hour() -> tuple[float, float]:
        start = first + chance.random() * (last - first - HOUR)
        return start, start + HOUR

    def within_hour() -> dict:
        start, end = hour()
        return {"start": figures.instant(start), "end": figures.instant(end)}

    def jaeger() -> dict:
        start, end = hour()
        return {"start": int(start * 1e6), "end": int(end * 1e6), "service": service(), "limit": 20}

    def tempo() -> dict:
        start, end = hour()
        query = f'{{ resource.service.name = "{service()}" && duration > 100ms }}'
        return {"start": int(start), "end": int(end), "q": query, "limit": 20}

    def service() -> str:
        return f"inference-{chance.randrange(SERVICES)}"

    def customer() -> str:
        return f"customer-{chance.randrange(CUSTOMERS):05d}"

    def limit() -> dict:
        return {**within_hour(), "q": f"{{ span.scheduler.queue_ms > {4_990 + chance.random() * 9:.3f} }}", "limit": 20}

    traces, analytics = "/api/v1/traces", "/api/v1/analytics"
    return {
        "latency by model, 24 h": lambda _: (f"{analytics}/latency", {**whole(), "group_by": "model"}),
        "throughput by model, 24 h": lambda _: (f"{analytics}/throughput", {**whole(), "group_by": "model"}),
        "slowest 20 traces, 24 h": lambda _: (traces, {**whole(), "sort": "-duration", "limit": 20}),
        "slowest 20 traces, 1 h": lambda _: (traces, {**within_hour(), "sort": "-duration", "limit": 20}),
        "rare attribute value, 24 h": lambda _: (traces, {**whole(), "attr.app.customer.id": customer(), "limit": 20}),
        "numeric attribute above a limit, 1 h": lambda _: (traces, limit()),
        "overview by service, 24 h": lambda _: (f"{analytics}/overview", {**whole(), "group_by": "service"}),
        "overview by model, 24 h": lambda _: (f"{analytics}/overview", {**whole(), "group_by": "model"}),
        "overview by GPU, 24 h": lambda _: (f"{analytics}/overview", {**whole(), "group_by": "gpu"}),
        "trace by id": lambda index: (f"{traces}/{ids[index % len(ids)]}", {}),
        "newest 50 traces": lambda _: (traces, {"start": figures.instant(last - HOUR), "limit": 50}),
        "services, 24 h": lambda _: ("/api/v1/services", whole()),
        "values of an attribute": lambda _: ("/api/v1/attributes/app.customer.id/values", within_hour()),
        "Jaeger search, 1 h": lambda _: ("/jaeger/api/traces", jaeger()),
        "Tempo search, 1 h": lambda _: ("/tempo/api/search", tempo()),
    }


def ask(server: Server, stored: dict, repeats: int, only: str = "") -> dict:
    """The times of every question whose name holds `only`."""
    chance = random.Random(1)
    asker = figures.Asker(server)
    ids = []
    for _ in range(20):
        start = stored["first_unix_seconds"] + chance.random() * (DAY - HOUR)
        window = {"start": figures.instant(start), "end": figures.instant(start + HOUR)}
        ids += [row["trace_id"] for row in asker.ask("/api/v1/traces", **window, limit=20)[1]]
    return {
        name: asker.timed(repeats, question)
        for name, question in questions(stored, ids, chance).items()
        if only in name
    }


def fill(server: Server, folder: pathlib.Path, spans: int, quiet_seconds_max: float) -> dict:
    """Stores a day of spans, and notes what they are beside them; once."""
    note = folder / "day.json"
    if note.exists():
        return json.loads(note.read_text())
    stored = figures.fill(server, spans, quiet_seconds_max, gpu_key="gpu.uuid")
    note.write_text(json.dumps(stored))
    return stored


def table(results: dict) -> list[str]:
    """The times as lines of a Markdown table, beside what they are to reach."""
    lines = ["| question of a day | p50 | p95 | to reach |", "|---|---|---|---|"]
    for name, taken in results.items():
        lines.append(f"| {name} | {taken['p50_ms']:.0f} ms | {taken['p95_ms']:.0f} ms | {TARGETS[name]} ms |")
    return lines
