"""Real FastAPI applications through its TestClient and through uvicorn."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

import axonize
from axonize.testing import Recorder

fastapi = pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi import BackgroundTasks, FastAPI, HTTPException, WebSocket, WebSocketDisconnect  # noqa: E402
from fastapi.responses import StreamingResponse  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.responses import PlainTextResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from axonize.integrations.fastapi import AxonizeMiddleware  # noqa: E402

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def application() -> Any:
    app = FastAPI()

    @app.get("/items/{item_id}")
    async def item(item_id: int) -> dict[str, int]:
        with axonize.span("work"):
            return {"item": item_id}

    @app.get("/sync/{name}")
    def sync(name: str) -> str:
        with axonize.span("in a thread"):
            return name

    @app.post("/refused")
    async def refused() -> None:
        raise HTTPException(409, "no")

    @app.get("/broken")
    async def broken() -> None:
        raise ValueError("why")

    @app.get("/unavailable")
    async def unavailable() -> None:
        raise HTTPException(503)

    @app.get("/baggage")
    async def baggage() -> dict[str, str]:
        return dict(axonize.get_baggage())

    return app


@pytest.fixture(params=["middleware", "instrument"])
def client(request: pytest.FixtureRequest) -> Any:
    app = application()
    if request.param == "middleware":
        app.add_middleware(AxonizeMiddleware)
    else:
        assert axonize.instrument("fastapi") == ["fastapi"]
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def test_request(client: Any, spans: Recorder) -> None:
    answer = client.get("/items/7?key=secret", headers={"traceparent": PARENT, "user-agent": "test"})
    assert answer.json() == {"item": 7}
    span = spans.one("GET /items/{item_id}")
    assert (span.kind, span.status, span.scope) == ("server", "unset", "axonize.asgi")
    assert (span.trace_id, span.parent_span_id) == (TRACE, "b7ad6b7169203331")
    assert span.attributes == {
        "http.request.method": "GET",
        "url.path": "/items/7",
        "url.scheme": "http",
        "server.address": "testserver",
        "server.port": 80,
        "client.address": "testclient",
        "network.protocol.version": "1.1",
        "user_agent.original": "test",
        "http.route": "/items/{item_id}",
        "http.response.status_code": 200,
        "http.response.body.size": len(answer.content),
    }
    assert spans.one("work").parent_span_id == span.span_id


def test_without_parent_each_request_is_a_trace(client: Any, spans: Recorder) -> None:
    client.get("/items/1")
    client.get("/items/2", headers=[("traceparent", PARENT), ("traceparent", PARENT)])
    first, second = spans.named("GET /items/{item_id}")
    assert first.parent_span_id is None
    # Two parents are none.
    assert second.parent_span_id is None
    assert first.trace_id != second.trace_id
    assert axonize.current_span() is None


def test_a_handler_in_a_thread_has_its_request_as_parent(client: Any, spans: Recorder) -> None:
    client.get("/sync/a")
    assert spans.one("in a thread").parent_span_id == spans.one("GET /sync/{name}").span_id


def test_baggage(client: Any, spans: Recorder) -> None:
    headers = [("baggage", "a=1"), ("baggage", "b=2")]
    assert client.get("/baggage", headers=headers).json() == {"a": "1", "b": "2"}
    assert axonize.get_baggage() == {}
    assert spans.one("GET /baggage").parent_span_id is None


@pytest.mark.parametrize(
    ("method", "path", "name", "code", "status", "error"),
    [
        ("POST", "/refused", "POST /refused", 409, "unset", None),
        ("GET", "/nowhere", "GET", 404, "unset", None),
        ("PUT", "/refused", "PUT /refused", 405, "unset", None),
        ("GET", "/items/x", "GET /items/{item_id}", 422, "unset", None),
        ("GET", "/unavailable", "GET /unavailable", 503, "error", "503"),
        ("GET", "/broken", "GET /broken", 500, "error", "ValueError"),
    ],
)
def test_status(
    client: Any, spans: Recorder, method: str, path: str, name: str, code: int, status: str, error: str | None
) -> None:
    assert client.request(method, path).status_code == code
    span = spans.one(name)
    assert (span.status, span.attributes["http.response.status_code"]) == (status, code)
    assert span.attributes.get("error.type") == error
    assert [event.name for event in span.events] == (["exception"] if error == "ValueError" else [])


def test_the_applications_exceptions_pass(spans: Recorder) -> None:
    app = application()
    app.add_middleware(AxonizeMiddleware)
    with TestClient(app) as client, pytest.raises(ValueError, match="why"):
        client.get("/broken")
    assert spans.one("GET /broken").status_description == "ValueError: why"


def test_streamed_answer_and_work_after_it(spans: Recorder) -> None:
    app = FastAPI()

    @app.get("/stream")
    async def stream(tasks: BackgroundTasks) -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            spans.clock.advance(0.5)
            for _ in range(4):
                yield b"token "
                spans.clock.advance(0.25)
            with axonize.span("while it streams"):
                pass

        def later() -> None:
            spans.clock.advance(60)
            with axonize.span("afterwards"):
                pass

        tasks.add_task(later)
        return StreamingResponse(chunks(), background=tasks)

    app.add_middleware(AxonizeMiddleware)
    with TestClient(app) as client:
        assert client.get("/stream").text == "token " * 4
    span = spans.one("GET /stream")
    assert span.duration == 1.5
    first = span.event("http.response.first_chunk")
    assert (first.time - span.start_time) / 1e9 == 0.5
    assert span.attributes["http.response.body.size"] == 24
    for name in ("while it streams", "afterwards"):
        assert spans.one(name).parent_span_id == span.span_id


def test_stream_that_fails_midway(spans: Recorder) -> None:
    app = FastAPI()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"token "
            raise RuntimeError("out of memory")

        return StreamingResponse(chunks())

    app.add_middleware(AxonizeMiddleware)
    with TestClient(app) as client, pytest.raises(RuntimeError, match="out of memory"):
        client.get("/stream")
    span = spans.one("GET /stream")
    assert (span.status, span.status_description) == ("error", "RuntimeError: out of memory")
    assert span.attributes["http.response.status_code"] == 200


def test_client_that_leaves(spans: Recorder) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        raise asyncio.CancelledError

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(AxonizeMiddleware(app)(scope, receive, send))  # type: ignore[arg-type]
    span = spans.one("GET")
    assert span.attributes["axonize.http.client_disconnected"] is True
    assert span.status == "unset"


def test_baggage_ends_with_its_request(spans: Recorder) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(axonize.get_baggage())

    async def nothing(*_: Any) -> Any:
        return None

    async def work() -> None:
        # On one task, as on a connection that is kept.
        for headers in ([(b"baggage", b"a=1")], []):
            scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
            await AxonizeMiddleware(app)(scope, nothing, nothing)

    asyncio.run(work())
    assert seen == [{"a": "1"}, {}]


def test_websocket(spans: Recorder) -> None:
    app = FastAPI()

    @app.websocket("/chat/{room}")
    async def chat(socket: WebSocket, room: str) -> None:
        await socket.accept()
        for _ in range(2):
            await socket.send_text(await socket.receive_text() + room)
        with axonize.span("work"):
            await socket.close(1001)

    app.add_middleware(AxonizeMiddleware)
    with TestClient(app) as client, client.websocket_connect("/chat/a") as socket:
        for _ in range(2):
            socket.send_text("hello ")
            assert socket.receive_text() == "hello a"
        with pytest.raises(WebSocketDisconnect) as raised:
            socket.receive_text()
        assert raised.value.code == 1001
    span = spans.one("websocket /chat/{room}")
    found = {key: value for key, value in span.attributes.items() if "websocket" in key or key == "http.route"}
    assert found == {
        "http.route": "/chat/{room}",
        "axonize.websocket.close_code": 1001,
        "axonize.websocket.messages.received": 2,
        "axonize.websocket.messages.sent": 2,
    }
    assert spans.one("work").parent_span_id == span.span_id


def test_mounted_and_included(spans: Recorder) -> None:
    axonize.instrument("fastapi")
    app, inner = FastAPI(), FastAPI()
    router = fastapi.APIRouter(prefix="/v1")

    @router.get("/a/{x}")
    async def included(x: str) -> str:
        return x

    @inner.get("/b/{x}")
    async def mounted(x: str) -> str:
        return x

    app.include_router(router)
    app.mount("/inner", inner)
    # Of the applications and the middleware, only the outermost makes a span.
    app.add_middleware(AxonizeMiddleware)
    with TestClient(app) as client:
        client.get("/v1/a/1")
        client.get("/inner/b/2")
    assert spans.names() == ["GET /v1/a/{x}", "GET /inner/b/{x}"]


def test_other_asgi_applications(spans: Recorder) -> None:
    async def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.path_params["name"])

    app = Starlette(routes=[Route("/hello/{name}", hello)], middleware=[Middleware(AxonizeMiddleware)])
    with TestClient(app) as client:
        client.get("/hello/a")
    assert spans.one("GET /hello/{name}").attributes["http.response.status_code"] == 200


def test_excluded(spans: Recorder) -> None:
    axonize.instrument("fastapi", exclude=["/items/7", "/sync*"])
    with TestClient(application()) as client:
        for path in ("/items/7", "/items/8", "/sync/a"):
            assert client.get(path).status_code == 200
    assert [span.attributes["url.path"] for span in spans.named("GET /items/{item_id}")] == ["/items/8"]
    assert spans.named("GET /sync/{name}") == []


def test_uninstrument(spans: Recorder) -> None:
    axonize.instrument("fastapi")
    with TestClient(application()) as client:
        client.get("/items/1")
        axonize.uninstrument("fastapi")
        client.get("/items/2")
    with TestClient(application()) as client:
        client.get("/items/3")
    assert [span.attributes["url.path"] for span in spans.named("GET /items/{item_id}")] == ["/items/1"]


SERVER = """
import json, sys, threading
import axonize
axonize.instrument("fastapi")
import uvicorn
from fastapi import FastAPI
from axonize.testing import record
app = FastAPI()

@app.get("/items/{item_id}")
async def item(item_id: int) -> int:
    return item_id

@app.get("/stop")
async def stop() -> None:
    server.should_exit = True

with record() as spans:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    started = server.startup
    async def startup(sockets=None):
        await started(sockets)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    server.startup = startup
    server.run()
    print(json.dumps([[span.name, span.attributes] for span in spans.spans]))
"""


def test_uvicorn() -> None:
    import httpx

    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert client.get("/items/7").text == "7"
            client.get("/stop")
        spans = dict(json.loads(process.stdout.read()))
        assert process.wait(30) == 0
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    found = spans["GET /items/{item_id}"]
    assert found.pop("user_agent.original").startswith("python-httpx")
    assert found == {
        "http.request.method": "GET",
        "url.path": "/items/7",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": port,
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "http.route": "/items/{item_id}",
        "http.response.status_code": 200,
        "http.response.body.size": 1,
    }
    assert spans["GET /stop"]["http.response.status_code"] == 200
