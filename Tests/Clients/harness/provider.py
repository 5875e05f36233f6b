"""A stand-in of the model providers' HTTP APIs: OpenAI, Anthropic, Google, Ollama.

Answers with the values of `canned.py`. A model whose name has `429` or `500` in it fails with that status; one with
`retry` in it is refused once with 429 and `Retry-After`.
"""

import http.server
import json
import threading
import time
from urllib.parse import urlsplit

from . import anthropic_api, google_api, ollama_api, openai_api

APIS = [openai_api, anthropic_api, google_api, ollama_api]


class Provider:
    """The stand-in on a free loopback port."""

    def __init__(self):
        self.requests: list[tuple[str, dict]] = []
        self.refused: set[str] = set()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                provider.answer(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                provider.answer(self, json.loads(body or b"{}"))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, handler, request: dict):
        path = urlsplit(handler.path).path
        self.requests.append((path, request))
        for api in APIS:
            model = api.model(path, request)
            if model is not None:
                return self.answer_as(api, handler, path, model, request)
        return send_json(handler, 404, {"error": {"message": f"the stand-in does not know {path}"}})

    def answer_as(self, api, handler, path: str, model: str, request: dict):
        if "429" in model or ("retry" in model and model not in self.refused):
            self.refused.add(model)
            return send_json(handler, 429, api.error(429), {"retry-after": "1"})
        if "500" in model:
            return send_json(handler, 500, api.error(500))
        answer = api.respond(path, model, request)
        if isinstance(answer, dict):
            return send_json(handler, 200, answer)
        content_type, chunks = answer
        return send_chunks(handler, content_type, chunks)


def send_json(handler, status: int, body: dict, headers=None):
    data = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {
        "content-type": "application/json",
        "content-length": str(len(data)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def send_chunks(handler, content_type: str, chunks):
    """Sends each text of `chunks`; a number is a pause in seconds."""
    handler.send_response(200)
    handler.send_header("content-type", content_type)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for chunk in chunks:
        if isinstance(chunk, float):
            time.sleep(chunk)
            continue
        data = chunk.encode()
        handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        handler.wfile.flush()
    handler.wfile.write(b"0\r\n\r\n")
