"""One request or WebSocket of an ASGI application, as its span describes it.

Names: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from axonize._spans import Tracer
from axonize.integrations._wrapping import failed

_METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "QUERY"}
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Exchange:
    """What requests and WebSockets have in common."""

    def __init__(self, tracer: Tracer, scope: MutableMapping[str, Any], headers: Any, parent: Any) -> None:
        self._scope = scope
        self._root_path = scope.get("root_path", "")
        self._is_open = True
        self._error: BaseException | None = None
        self.baggage = getattr(parent, "baggage", None)
        self.span = tracer.span(
            self.title(None),
            kind="server",
            attributes={key: value for key, value in self.attributes(headers).items() if value},
            parent=parent if getattr(parent, "trace_id", 0) else None,
        ).start()

    def title(self, route: str | None) -> str:
        """The name of the span."""
        raise NotImplementedError

    def attributes(self, headers: Any) -> dict[str, Any]:
        """What is known at the start."""
        scope = self._scope
        host, _, port = (headers.get(b"host") or [b""])[0].decode("latin-1").rpartition(":")
        if not port.isdigit():
            # No port, or the last part of an IPv6 address.
            host, port = f"{host}:{port}" if host else port, ""
        server = scope.get("server") or (None, None)
        client = scope.get("client") or (None, None)
        return {
            # The query is left out: it may hold keys.
            "url.path": scope.get("path", ""),
            "url.scheme": scope.get("scheme", ""),
            "server.address": host.strip("[]") or server[0],
            "server.port": int(port) if port else server[1],
            "client.address": client[0],
            "network.protocol.version": scope.get("http_version"),
            "user_agent.original": b" ".join(headers.get(b"user-agent", ())).decode("latin-1"),
        }

    def route(self) -> str | None:
        """The template of the path that the application found, ``/items/{id}``; None when it has none."""
        found = self._scope.get("route") or self._route_of_endpoint()
        path = getattr(found, "path", None)
        if not isinstance(path, str):
            return None
        # The path of a mounted application, which it adds to the one that came with the request.
        mounted = str(self._scope.get("root_path", "")).removeprefix(self._root_path)
        return mounted + path if hasattr(found, "endpoint") else mounted or path

    def _route_of_endpoint(self) -> Any:
        """The route of the endpoint that answers: older versions of Starlette name the endpoint alone."""
        endpoint = self._scope.get("endpoint")
        routes = getattr(self._scope.get("app"), "routes", ()) if endpoint is not None else ()
        return next((route for route in routes if getattr(route, "endpoint", None) is endpoint), None)

    def name_route(self) -> None:
        """Name the span by its route, which is known after the application chose it."""
        route = self.route()
        if route:
            self.span.update_name(self.title(route))
            self.span.set_attribute("http.route", route)

    def pass_on(self, read: Callable[[Any], None], message: Any) -> None:
        """Read a message; what goes wrong there is not the application's."""
        try:
            read(message)
        except Exception as error:
            failed("fastapi", error)

    def receiving(self, receive: Receive) -> Receive:
        """`receive`, seen."""

        async def seen() -> Message:
            message = await receive()
            self.pass_on(self.on_received, message)
            return message

        return seen

    def sending(self, send: Send) -> Send:
        """`send`, seen. A message is read after it was sent, so that the span ends after its last byte."""

        async def seen(message: Message) -> None:
            await send(message)
            self.pass_on(self.on_sent, message)

        return seen

    def on_received(self, message: Any) -> None:
        """Read a message to the application."""

    def on_sent(self, message: Any) -> None:
        """Read a message of the application."""

    def on_end(self, error: BaseException | None) -> None:
        """Set what is known at the end."""

    def fail(self, error: BaseException) -> None:
        """End the span with what left the application."""
        self._close(error)

    def end(self) -> None:
        """End the span, unless it ended."""
        self._close(None)

    def _close(self, error: BaseException | None) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self.name_route()
            self.on_end(error)
        except Exception as problem:
            failed("fastapi", problem)
        if error is None:
            self.span.end()
        else:
            self.span.__exit__(type(error), error, error.__traceback__)


class Request(Exchange):
    """An HTTP request."""

    _status = 0
    _size = 0
    _is_streamed = False

    def title(self, route: str | None) -> str:
        method = self._scope.get("method", "")
        method = method if method in _METHODS else "HTTP"
        return f"{method} {route}" if route else method

    def attributes(self, headers: Any) -> dict[str, Any]:
        method = self._scope.get("method", "")
        size = (headers.get(b"content-length") or [b""])[0]
        return {
            "http.request.method": method if method in _METHODS else "_OTHER",
            **super().attributes(headers),
            "http.request.body.size": int(size) if size.isdigit() else None,
        }

    def on_received(self, message: Any) -> None:
        if message.get("type") == "http.disconnect" and self._is_open:
            self.span.set_attribute("axonize.http.client_disconnected", True)

    def on_sent(self, message: Any) -> None:
        kind = message.get("type")
        if kind == "http.response.start":
            self._status = int(message["status"])
        elif kind == "http.response.body":
            body = message.get("body", b"")
            has_more = message.get("more_body", False)
            if has_more and body and not self._is_streamed:
                self._is_streamed = True
                self.span.add_event("http.response.first_chunk", {"size": len(body)})
            self._size += len(body)
            if not has_more:
                # The span stays current for tasks in the background, which work on after it.
                self.end()

    def on_end(self, error: BaseException | None) -> None:
        status = self._status
        if not status and isinstance(error, Exception):
            # What servers answer to an exception.
            status = 500
        if status:
            self.span.set_attribute("http.response.status_code", status)
        if self._size:
            self.span.set_attribute("http.response.body.size", self._size)
        if status >= 500 and error is None:
            self.span.set_attribute("error.type", str(status))
            self.span.set_status("error")


class Connection(Exchange):
    """A WebSocket."""

    _received = 0
    _sent = 0

    def title(self, route: str | None) -> str:
        return f"websocket {route}" if route else "websocket"

    def on_received(self, message: Any) -> None:
        kind = message.get("type")
        if kind == "websocket.receive":
            self._received += 1
        elif kind == "websocket.disconnect":
            self.span.set_attribute("axonize.websocket.close_code", int(message.get("code", 1005)))

    def on_sent(self, message: Any) -> None:
        kind = message.get("type")
        if kind == "websocket.send":
            self._sent += 1
        elif kind == "websocket.close":
            self.span.set_attribute("axonize.websocket.close_code", int(message.get("code", 1000)))
        elif kind == "websocket.http.response.start":
            self.span.set_attribute("http.response.status_code", int(message["status"]))

    def on_end(self, error: BaseException | None) -> None:
        self.span.set_attribute("axonize.websocket.messages.received", self._received)
        self.span.set_attribute("axonize.websocket.messages.sent", self._sent)
