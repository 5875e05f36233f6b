"""TLS servers that behave and misbehave, one port each, for the tests of the HTTP client.

Run with a folder for keys and certificates. Prints the authority's file and then a line `name port` for each server;
ends when its standard input does.
"""

import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import threading

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LARGE = bytes(range(256)) * 16384


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(folder: pathlib.Path):
    openssl(
        *["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority"],
        *["-keyout", folder / "ca.key", "-out", folder / "ca.pem"],
    )


def make_certificate(folder: pathlib.Path, name: str, names: str, *, days: int = 2, is_self_signed: bool = False):
    """A key and a certificate for some names, in one file."""
    key, request, certificate = (folder / f"{name}.{suffix}" for suffix in ("key", "csr", "crt"))
    extension = folder / f"{name}.ext"
    extension.write_text(f"subjectAltName={names}\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=peer", "-keyout", key, "-out", request)
    signer = ["-signkey", key] if is_self_signed else ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key"]
    signer += [] if is_self_signed else ["-CAcreateserial"]
    openssl("x509", "-req", "-in", request, *signer, "-days", days, "-extfile", extension, "-out", certificate)
    chain = folder / f"{name}.pem"
    chain.write_text(key.read_text() + certificate.read_text())
    return chain


def context_of(chain: pathlib.Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def read_head(connection) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(4096)
        if not piece:
            return b""
        head += piece
    return head


def serve(connection):
    """Answers requests until the client closes: the number of the request on this connection, or what was asked for."""
    number = 0
    while head := read_head(connection):
        number += 1
        target = head.split(b" ")[1]
        if target == b"/large":
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(LARGE) + LARGE)
        elif target == b"/echo":
            body = head.partition(b"\r\n\r\n")[2]
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        else:
            text = b"%d" % number
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(text) + text)
    with contextlib.suppress(OSError):
        connection.unwrap()


def end_with(answer: bytes, *, is_notified: bool):
    """Sends bytes and closes, with or without the close_notify that says that this was all."""

    def behave(connection):
        read_head(connection)
        connection.sendall(answer)
        if is_notified:
            with contextlib.suppress(OSError):
                connection.unwrap()
        else:
            # The plain socket below goes away with a FIN, and TLS is not told.
            socket.socket(fileno=connection.detach()).close()

    return behave


def hold(connection):
    """Says nothing until the client gives up."""
    while connection.recv(4096):
        pass


def close_in_handshake(connection):
    connection.recv(1)


def plain(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")


def start(name: str, behave, context: ssl.SSLContext | None):
    listener = socket.create_server(("127.0.0.1", 0))

    def handle(connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(30)
            if context is None:
                behave(connection)
            else:
                with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True) as secure:
                    behave(secure)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(name, listener.getsockname()[1], flush=True)


def main(folder: pathlib.Path):
    make_authority(folder)
    local = "DNS:localhost,IP:127.0.0.1"
    good = context_of(make_certificate(folder, "good", local))
    old = context_of(folder / "good.pem")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    mutual = context_of(folder / "good.pem")
    mutual.verify_mode = ssl.CERT_REQUIRED
    mutual.load_verify_locations(folder / "ca.pem")
    make_certificate(folder, "client", "DNS:client.example")
    print(folder / "ca.pem", flush=True)
    start("good", serve, good)
    start("tls12", serve, old)
    start("mutual", serve, mutual)
    start("wrong-name", serve, context_of(make_certificate(folder, "wrong", "DNS:elsewhere.example")))
    start("expired", serve, context_of(make_certificate(folder, "expired", local, days=-1)))
    start("self-signed", serve, context_of(make_certificate(folder, "self", local, is_self_signed=True)))
    start("plain", plain, None)
    start("dead", hold, None)
    start("closing", close_in_handshake, None)
    whole = b"HTTP/1.1 200 OK\r\n\r\nuntil close"
    start("ends", end_with(whole, is_notified=True), good)
    start("cut", end_with(whole, is_notified=False), good)
    start("cut-with-length", end_with(ANSWER, is_notified=False), good)
    start("cut-short", end_with(ANSWER[:-1], is_notified=False), good)
    start("cut-head", end_with(ANSWER[:20], is_notified=False), good)
    print("ready", flush=True)
    sys.stdin.read()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
