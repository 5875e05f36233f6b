"""A server that answers as it is told, in the wire format of the API that a test needs.

Where the real one cannot run: OpenAI's is a service, Ollama's a program of gigabytes.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Status, content type, and the body, or its pieces; None among them breaks the connection off.
Answer = tuple[int, str, "bytes | Iterator[bytes | None]"]


class StandIn:
    """Answers by path; what was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[dict[str, Any]], Answer]] = {}
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stand_in.requests.append((self.path, dict(self.headers), body))
                status, kind, content = stand_in.answers[self.path](body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if isinstance(content, bytes):
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for piece in content:
                    if piece is None:
                        self.close_connection = True
                        self.connection.close()
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                # Clients that leave, and connections that a test broke off.
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def json(self, path: str, answer: Any, status: int = 200) -> None:
        """Answer `path` with a JSON document."""
        self.answers[path] = lambda _: (status, "application/json", json.dumps(answer).encode())

    def lines(self, path: str, items: list[Any]) -> None:
        """Answer `path` with a stream of JSON lines, as Ollama does."""
        self.answers[path] = lambda _: (
            200,
            "application/x-ndjson",
            (None if item is None else json.dumps(item).encode() + b"\n" for item in items),
        )

    def events(self, path: str, items: list[Any]) -> None:
        """Answer `path` with server-sent events, as OpenAI does; a text is sent as it is."""

        def event(item: Any) -> bytes | None:
            if item is None:
                return None
            if isinstance(item, str):
                return f"data: {item}\n\n".encode()
            head = f"event: {item['type']}\n" if "type" in item else ""
            return f"{head}data: {json.dumps(item)}\n\n".encode()

        self.answers[path] = lambda _: (200, "text/event-stream", (event(item) for item in items))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
