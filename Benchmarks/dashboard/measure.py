"""Measures the dashboard in headless Chromium: the first page, traces of 10,000 and 100,000 spans, a long list.

    .venv/bin/python Benchmarks/dashboard/measure.py [--spans 10000,100000] [--runs 3]

A server is started with spans sent by OTLP. Of each figure the median and the worst of some runs is printed. Headless
Chromium draws in software, so a machine with a graphics card is faster.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from support.browser import chromium  # noqa: E402
from support.inference import Inference  # noqa: E402
from support.server import Server  # noqa: E402

CHUNK = 5_000
# What runs in the page: tasks that block it, and the time between frames while something moves.
OBSERVE = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
"""
# How far each frame scrolls, in pixels.
SCROLL = """
(selector) => new Promise((resolve) => {
  const element = document.querySelector(selector);
  const frames = [];
  window.longTasks.length = 0;
  let before = performance.now();
  const step = (now) => {
    frames.push(now - before);
    before = now;
    element.scrollTop += 400;
    if (frames.length < 120) requestAnimationFrame(step);
    else resolve({ frames: frames.slice(1), longest: Math.max(0, ...window.longTasks) });
  };
  requestAnimationFrame(step);
})
"""


def many(count: int) -> tuple[str, list[Inference]]:
    """One trace of so many spans: steps below 200 parents, in requests that a server takes."""
    made = Inference(seed=count)
    trace, at = made.identifier(32), made.end - 120
    root = made.span("load", trace, None, f"root of {count}", at, 100)
    parents, batches, current = [root], [made], made
    for index in range(count - 1):
        if index % CHUNK == CHUNK - 1:
            current = Inference(seed=count + index, end=made.end)
            batches.append(current)
        start = at + index * 90 / count
        span = current.span(
            f"service-{index % 7}", trace, parents[index % len(parents)], f"step {index % 400}", start, 0.01,
            {"text": "a value of usual length", "index": index}, error="failed" if index % 997 == 0 else None,
        )  # fmt: skip
        if index % 7 == 0 and len(parents) < 200:
            parents.append(span)
    return trace, batches


def send(server: Server, batches: list[Inference]) -> None:
    for made in batches:
        for path, body in made.requests():
            response = requests.post(f"{server.url}{path}", json=body, timeout=120)
            assert response.status_code == 200, response.text


def opened(browser, url: str, selector: str):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.add_init_script(OBSERVE)
    page.goto(url, wait_until="commit")
    page.wait_for_selector(selector)
    return page, page.evaluate("performance.now()")


def measured(browser, server: Server, path: str, ready: str, scrolled: str | None, runs: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}

    def note(name: str, value: float):
        found.setdefault(name, []).append(value)

    for _ in range(runs):
        page, shown = opened(browser, f"{server.url}{path}", ready)
        note("shown, ms", shown)
        note("longest task until then, ms", page.evaluate("Math.max(0, ...window.longTasks)"))
        if scrolled is not None:
            result = page.evaluate(SCROLL, scrolled)
            note("frames/s while scrolling", 1000 / statistics.mean(result["frames"]))
            note("p95 of a frame, ms", statistics.quantiles(result["frames"], n=20)[18])
            note("longest task while scrolling, ms", result["longest"])
        note("elements", page.evaluate("document.querySelectorAll('*').length"))
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Runtime.getHeapUsage")
        note("heap, MB", metrics["usedSize"] / 1e6)
        page.close()
    return found


def told(title: str, figures: dict[str, list[float]]) -> None:
    print(f"\n{title}")
    for name, values in figures.items():
        worst = min(values) if name.startswith("frames/s") else max(values)
        print(f"  {name:36} {statistics.median(values):10.1f} {worst:10.1f}")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", default="10000,100000", help="sizes of traces")
    parser.add_argument("--traces", type=int, default=2_000, help="traces of the list")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder) / "data").start()
        try:
            send(server, [Inference().hour(options.traces)])
            traces = []
            for count in map(int, options.spans.split(",")):
                trace, batches = many(count)
                send(server, batches)
                server.wait_for_trace(trace, count)
                traces.append((count, trace))
            print(f"{'':38} {'median':>10} {'worst':>10}")
            with chromium() as browser:
                row = "[role=grid] [role=row]:has([role=gridcell])"
                told("first page", measured(browser, server, "/", ".tile", None, options.runs))
                told("list of traces", measured(browser, server, "/traces?start=-3h", row, ".rows", options.runs))
                for count, trace in traces:
                    for mode, ready, scrolled in (
                        ("timeline", "[role=treegrid] [role=row][aria-level]", ".span-list"),
                        ("flame", ".flame-box canvas", None),
                        ("table", ".group-list [role=row][aria-level]", ".group-list"),
                        ("graph", ".party", None),
                    ):
                        path = f"/traces/{trace}?as={mode}"
                        told(f"{count} spans, {mode}", measured(browser, server, path, ready, scrolled, options.runs))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
