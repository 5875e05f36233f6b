"""The proxy that requests go through: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``.

The rules are those of curl and of Python's urllib, with one of Go's: what runs on this machine is never reached through
a proxy.
"""

import base64
import os
import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from axonize._warn import warn_first


@dataclass(frozen=True)
class Proxy:
    """A proxy of HTTP."""

    host: str
    port: int
    # The value of Proxy-Authorization; None without one. It is a secret.
    authorization: str | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What the proxy alone is told."""
        return {} if self.authorization is None else {"Proxy-Authorization": self.authorization}

    @property
    def url(self) -> str:
        """With the user's name and password, as grpcio takes it."""
        if self.authorization is None:
            return f"http://{self.authority}"
        user, _, password = base64.b64decode(self.authorization.partition(" ")[2]).decode().partition(":")
        return f"http://{quote(user, safe='')}:{quote(password, safe='')}@{self.authority}"


def headers_of_lines(lines: str | None) -> dict[str, str]:
    """The headers that a core's settings have as lines of "Name: value"."""
    pairs = (line.partition(":") for line in (lines or "").split("\r\n"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def proxy_of_settings(settings: Any) -> Proxy | None:
    """The proxy of a core's settings."""
    if not settings.proxy_host:
        return None
    headers = headers_of_lines(settings.proxy_headers)
    return Proxy(settings.proxy_host, settings.proxy_port or 80, headers.get("Proxy-Authorization"))


def proxy_for(host: str, port: int, is_tls: bool, protocol: str) -> Proxy | None:
    """The proxy for a receiver; None where there is none.

    gRPC makes a tunnel, as TLS does, and has the names of grpc's own: ``grpc_proxy`` first, then that of https.
    """
    if is_loopback(host):
        return None
    names: tuple[str, ...] = ("https_proxy" if is_tls else "http_proxy", "all_proxy")
    exceptions: tuple[str, ...] = ("no_proxy",)
    if protocol == "grpc":
        names, exceptions = ("grpc_proxy", "https_proxy", "http_proxy", "all_proxy"), ("no_grpc_proxy", "no_proxy")
    name, text = _first(names)
    if not text or is_excepted(host, port, _first(exceptions)[1]):
        return None
    proxy = _read(text)
    if proxy is None:
        warn_first(name, "%s: it is not a URL such as http://host:port, and no proxy is used", name)
    return proxy


def _first(names: tuple[str, ...]) -> tuple[str, str]:
    for lower in names:
        for name in (lower, lower.upper()):
            if name == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ:
                # In a CGI program this is a header of the request (https://httpoxy.org).
                continue
            text = os.environ.get(name, "").strip()
            if text:
                return name, text
    return names[0], ""


def _read(text: str) -> Proxy | None:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or not host or not host.isprintable() or " " in host or port == 0:
        return None
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(host, port or 80, authorization)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    if address is None:
        return False
    # An address of IPv4 may be written as one of IPv6.
    mapped = address[12:] if len(address) == 16 and address[:12] == bytes(10) + b"\xff\xff" else address
    return mapped[0] == 127 if len(mapped) == 4 else address == bytes(15) + b"\x01"


def is_excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether ``NO_PROXY`` names a host: its name, a domain above it, its address or a network; a port counts too."""
    name = host.lower().strip("[]").rstrip(".")
    address = _address(name)
    for item in exceptions.replace(",", " ").lower().split():
        if item == "*":
            return True
        pattern, wanted = _split_port(item)
        if wanted is not None and wanted != port:
            continue
        if address is not None:
            if _is_in(address, pattern):
                return True
            continue
        pattern = pattern.removeprefix("*").lstrip(".").rstrip(".")
        if pattern and (name == pattern or name.endswith(f".{pattern}")):
            return True
    return False


def _split_port(item: str) -> tuple[str, int | None]:
    host, colon, digits = item.rpartition(":")
    # An address of IPv6 has colons of its own; with a port it stands in brackets.
    if colon and digits.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(digits)
    return item.strip("[]"), None


def _address(text: str) -> bytes | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, text)
        except (OSError, ValueError):
            # Not of this family.
            continue
    return None


def _is_in(address: bytes, pattern: str) -> bool:
    text, slash, digits = pattern.strip("[]").partition("/")
    network = _address(text.strip("[]"))
    if network is None or len(network) != len(address):
        return False
    if not slash:
        return network == address
    bits = 8 * len(address)
    if not digits.isdigit() or int(digits) > bits:
        return False
    shift = bits - int(digits)
    return int.from_bytes(network, "big") >> shift == int.from_bytes(address, "big") >> shift
