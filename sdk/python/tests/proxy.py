"""A proxy of HTTP that takes requests in absolute form and opens tunnels; every host leads to this machine."""

import base64
import contextlib
import socket
import threading


class Proxy:
    """Notes what it is asked for. `authorization` is what it wants to be told; `refuses` is a status for everything."""

    def __init__(self, user: str = "", refuses: int = 0) -> None:
        self.wanted = f"Basic {base64.b64encode(user.encode()).decode()}" if user else None
        self.refuses = refuses
        # Method and target of each request.
        self.requests: list[tuple[str, str]] = []
        self.heads: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), client.makefile("rb") as reader:
            while head := self._head(reader):
                method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
                self.requests.append((method, target))
                self.heads.append(head)
                headers = {
                    name.strip().lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:])
                }
                body = reader.read(int(headers.get("content-length", 0)))
                if self.refuses or (self.wanted and headers.get("proxy-authorization") != self.wanted):
                    client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % (self.refuses or 407))
                    continue
                if method == "CONNECT":
                    return self._tunnel(client, int(target.rpartition(":")[2]))
                self._forward(client, head, target, body)
        return None

    def _head(self, reader: object) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()  # type: ignore[attr-defined]
            if not line:
                return b""
            head += line
        return head

    def _forward(self, client: socket.socket, head: bytes, target: str, body: bytes) -> None:
        authority, _, path = target.removeprefix("http://").partition("/")
        lines = [line for line in head.split(b"\r\n")[1:] if line and not line.lower().startswith(b"proxy-")]
        with socket.create_connection(("127.0.0.1", int(authority.rpartition(":")[2]))) as server:
            request = [f"POST /{path} HTTP/1.1".encode(), *lines, b"Connection: close", b"", body]
            server.sendall(b"\r\n".join(request))
            answer = b""
            while chunk := server.recv(65536):
                answer += chunk
        client.sendall(answer)

    def _tunnel(self, client: socket.socket, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            # In two pieces, and the second may come together with what the receiver says first.
            client.sendall(b"HTTP/1.1 200 Connection esta")
            client.sendall(b"blished\r\nX-Proxy: 1\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
