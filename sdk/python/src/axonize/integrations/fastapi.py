"""Requests that a FastAPI, Starlette or other ASGI application answers.

``axonize.instrument("fastapi")`` traces every FastAPI application that has not answered a request yet; ``exclude`` are
paths that are not traced. ``app.add_middleware(AxonizeMiddleware)`` traces one application, of any ASGI framework.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from importlib import import_module
from typing import Any

from axonize._propagation import baggage_variable, extract
from axonize._spans import tracer
from axonize.integrations._asgi import Connection, Request
from axonize.integrations._calls import Current
from axonize.integrations._wrapping import Patches, failed, require

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Where a scope tells that an outer middleware traces it.
_MARK = "axonize.traced"


class AxonizeMiddleware:
    """ASGI middleware: a span of kind server for each request, a child of what its ``traceparent`` names.

    The name is ``"{method} {route}"``, as with ``GET /items/{id}``; of a WebSocket ``"websocket {route}"``. It is
    current while the application works, and ends with the last byte of the answer, or with the connection of a
    WebSocket.

    Args:
        app: The application.
        exclude: Paths that are not traced; ``"/health*"`` stands for all that begin so.

    """

    def __init__(self, app: Application, exclude: Iterable[str] = ()) -> None:
        self.app = app
        paths = [exclude] if isinstance(exclude, str) else list(exclude)
        self._excluded = {path for path in paths if not path.endswith("*")}
        self._prefixes = tuple(path[:-1] for path in paths if path.endswith("*"))
        self._tracer = tracer("axonize.asgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        exchange = None if scope.get("type") not in ("http", "websocket") else self._begin(scope)
        if exchange is None:
            await self.app(scope, receive, send)
            return
        before = baggage_variable.get()
        if exchange.baggage:
            baggage_variable.set({**(before or {}), **exchange.baggage})
        try:
            with Current(exchange.span):
                await self.app(scope, exchange.receiving(receive), exchange.sending(send))
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            baggage_variable.set(before)
            exchange.end()

    def _begin(self, scope: Scope) -> Request | Connection | None:
        try:
            path = scope.get("path", "")
            if _MARK in scope or path in self._excluded or (self._prefixes and path.startswith(self._prefixes)):
                return None
            headers: dict[bytes, list[bytes]] = {}
            for name, value in scope.get("headers", ()):
                headers.setdefault(bytes(name).lower(), []).append(value)
            parent = extract(
                {
                    name: [value.decode("latin-1") for value in headers[name.encode()]]
                    for name in ("traceparent", "tracestate", "baggage")
                    if name.encode() in headers
                }
            )
            kind = Request if scope["type"] == "http" else Connection
            exchange = kind(self._tracer, scope, headers, parent)
            scope[_MARK] = True
            return exchange
        except Exception as error:
            failed("fastapi", error)
            return None


def install(patches: Patches, exclude: Iterable[str] = ()) -> None:
    """Put the middleware into the applications that are built from now on, around their own ones.

    Args:
        patches: Where what is replaced is kept.
        exclude: As for the middleware.

    """
    owner = require(import_module("fastapi"), "FastAPI")
    entry = require(import_module("starlette.middleware"), "Middleware")
    paths = [exclude] if isinstance(exclude, str) else list(exclude)

    def make(original: Callable[[Any], Application]) -> Callable[[Any], Application]:
        def wrapper(self: Any) -> Application:
            own = getattr(self, "user_middleware", None)
            if not patches.is_active or not isinstance(own, list):
                return original(self)
            # Within what answers 500, so that the exception is seen.
            self.user_middleware = [entry(_Switched, patches=patches, exclude=paths), *own]
            try:
                return original(self)
            finally:
                self.user_middleware = own

        return wrapper

    patches.wrap(owner, "build_middleware_stack", make)


class _Switched:
    """The middleware for as long as the integration is installed."""

    def __init__(self, app: Application, patches: Patches, exclude: Iterable[str]) -> None:
        self._patches = patches
        self._plain = app
        self._traced = AxonizeMiddleware(app, exclude)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._traced if self._patches.is_active else self._plain)(scope, receive, send)
