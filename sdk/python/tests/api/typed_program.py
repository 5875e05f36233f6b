"""A program that uses the package; mypy and pyright check it as strictly as the package itself. Nothing runs it."""

from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from typing import Any

import axonize
from axonize.integrations.fastapi import Application, AxonizeMiddleware, Receive, Send
from axonize.integrations.torch import trace_module
from axonize.testing import Recorder, record

axonize.init(endpoint="http://localhost:4317", service_name="chat", sample_ratio=0.5)


@axonize.trace()
def answer(q: str, k: int = 3) -> str:
    with axonize.span("retrieve", kind="client") as s:
        s.set_attribute("k", k)
        s.set_gpus(["cuda:0"])
        s.add_event("cache.miss")
        s.set_status("error", "x")
    with axonize.llm_span("generate", model="m", provider="vllm") as llm:
        llm.record_token()
        llm.set_usage(input_tokens=1, output_tokens=2, cached_tokens=3)
        llm.set_prompt([{"role": "user", "content": "x"}])
        llm.set_completion("x", finish_reason="stop")
        llm.set_response(model="x")
    return q


@axonize.trace("a", kind="server")
async def work(a: int) -> int:
    return a


@axonize.trace
def items() -> Iterator[int]:
    yield 1


@axonize.trace()
async def stream() -> AsyncIterator[int]:
    yield 1


x: str = answer("q", k=1)
same: Callable[[str], str] = answer
made: Iterator[int] = items()
propagated: str = axonize.propagate(answer)("q", k=2)
with axonize.ThreadPoolExecutor(2) as pool:
    y: str = pool.submit(answer, "q").result()
ctx = axonize.extract({"traceparent": "x"})
with axonize.attach(ctx), axonize.tracer("x").span("y", parent=ctx) as z:
    state: str = z.trace_state
instrumented: list[str] = axonize.instrument("openai", provider="vllm")
with trace_module(object(), "ranker", submodules=lambda path, module: path == "head") as traced:
    traced.remove()


async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})


middleware: Application = AxonizeMiddleware(application, exclude=["/health"])
put_back: list[str] = axonize.uninstrument()
print(axonize.stats()["exported"], axonize.current_span())


def check(axonize_spans: Recorder) -> int:
    with record() as recorder:
        return len(recorder.one("x").attributes) + len(axonize_spans)
