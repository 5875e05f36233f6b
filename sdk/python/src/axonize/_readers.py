"""What the texts of settings mean. None of them is logged here: each may have been given a secret by mistake."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from axonize._warn import warn_first, warn_once

T = TypeVar("T")

# RFC 9110, 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Unfit(ValueError):
    """A value that a setting does not take; the text says what it takes, to follow "is not"."""


class Malformed(ValueError):
    """A value that may be a secret, or hold one; the text says what is wrong with it and nothing of it."""


@dataclass(frozen=True)
class Endpoint:
    """Where telemetry goes."""

    is_tls: bool
    host: str
    port: int
    # Without the signal's name, such as "" or "/otlp".
    base: str
    # Overrides the path of traces; from OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which is used as it is.
    traces_path: str | None = None
    # Whether a path was given, as receivers of HTTP have one.
    has_path: bool = False
    # Whether the URL had a user's name or password, which are not sent.
    has_user: bool = False

    @property
    def path(self) -> str:
        """The path of traces."""
        return self.traces_path if self.traces_path is not None else f"{self.base}/v1/traces"

    @property
    def metrics_path(self) -> str:
        """The path of metrics."""
        return f"{self.base}/v1/metrics"

    @property
    def authority(self) -> str:
        """Host and port, with an address of IPv6 in brackets (RFC 3986, 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def from_environment(names: tuple[str, ...], read: Callable[[str], T]) -> T | None:
    """The first variable that is set and can be read; one that cannot is warned of and passed over."""
    for name in names:
        text = os.environ.get(name, "").strip()
        if not text:
            continue
        try:
            return read(text)
        except ValueError as error:
            _warn_of(name, name, text, error)
    return None


def from_argument(name: str, value: Any, read: Callable[[str], T]) -> T | None:
    """An argument of ``init`` that has the form of a variable; None, with a warning, when it cannot be read."""
    if value is None:
        return None
    try:
        return read(str(value))
    except ValueError as error:
        _warn_of(f"init.{name}", f"init({name}=)", value, error)
        return None


def _warn_of(kind: str, place: str, value: object, error: ValueError) -> None:
    if isinstance(error, Unfit):
        warn_once(kind, f"{place}: %s is not {error}; it is not used", value)
    else:
        problem = str(error) if isinstance(error, Malformed) else "it cannot be read"
        warn_first(kind, "%s: %s; it is not used", place, problem)


def choose(given: T | None, names: tuple[str, ...], read: Callable[[str], T], otherwise: T) -> T:
    """What was given, else what the first of the variables says that can be read, else the default."""
    if given is not None:
        return given
    found = from_environment(names, read)
    return otherwise if found is None else found


# MARK: Numbers and words


def read_bool(text: str) -> bool:
    """A truth value as people write them."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise Unfit("true or false")


def read_count(text: str) -> int:
    """A whole number of at least 0."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise Unfit("a whole number of at least 0")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_seconds(text: str) -> float:
    """A time of less than a day."""
    number = _number(text)
    if not 0 < number < 86400:
        raise Unfit("a number of seconds, above 0 and below 86400")
    return number


def read_milliseconds(text: str) -> float:
    """The same in milliseconds; returns seconds."""
    number = _number(text) / 1000
    if not 0 < number < 86400:
        raise Unfit("a number of milliseconds, above 0 and below 86400000")
    return number


def read_otel_timeout(text: str) -> float:
    """Milliseconds by the specification, seconds in opentelemetry-python: both are written in practice."""
    return read_milliseconds(text) if _number(text) >= 1000 else read_seconds(text)


def read_ratio(text: str) -> float:
    """A share, 0 to 1."""
    number = _number(text)
    if not 0 <= number <= 1:
        raise Unfit("a number from 0 to 1")
    return number


def read_protocol(text: str) -> str:
    """What is spoken to the receiver."""
    known = {"http/protobuf": "http/protobuf", "http": "http/protobuf", "grpc": "grpc"}
    if text.lower() not in known:
        raise Unfit("http/protobuf or grpc")
    return known[text.lower()]


def read_compression(text: str) -> str:
    """How bodies are compressed."""
    if text.lower() not in ("none", "gzip", "zstd"):
        raise Unfit("none, gzip or zstd")
    return text.lower()


_SAMPLERS = {
    "always_on": ("always_on", False),
    "always_off": ("always_off", False),
    "traceidratio": ("traceidratio", False),
    "parentbased_always_on": ("always_on", True),
    "parentbased_always_off": ("always_off", True),
    "parentbased_traceidratio": ("traceidratio", True),
}


def read_sampler(text: str) -> tuple[str, bool]:
    """What decides at the root, and whether a parent is followed."""
    found = _SAMPLERS.get(text.lower())
    if found is None:
        raise Unfit(f"one of {', '.join(_SAMPLERS)}")
    return found


# MARK: Pairs


def split_pairs(text: str) -> tuple[list[tuple[int, str, str]], list[int]]:
    """``a=b,c=d`` with percent-encoding: place, name and value of each entry, and the places of those that are none."""
    pairs: list[tuple[int, str, str]] = []
    malformed: list[int] = []
    for place, item in enumerate(text.split(","), 1):
        if not item.strip():
            continue
        key, separator, value = item.partition("=")
        if separator and key.strip():
            pairs.append((place, unquote(key.strip()), unquote(value.strip())))
        else:
            malformed.append(place)
    return pairs, malformed


def read_pairs(text: str) -> dict[str, str]:
    """Pairs as in OTEL_RESOURCE_ATTRIBUTES, of which one that is none spoils all."""
    pairs, malformed = split_pairs(text)
    if malformed:
        raise Malformed(f"entry {malformed[0]} is not name=value")
    return {key: value for _, key, value in pairs}


def is_header_name(name: str) -> bool:
    """Whether HTTP allows the name of a header."""
    return _TOKEN.fullmatch(name) is not None


def is_header_value(value: str) -> bool:
    """Whether a header may have the value: without line breaks, and without characters that some receivers refuse."""
    return value.isascii() and value.isprintable()


# MARK: Endpoints


def read_endpoint(text: str) -> Endpoint:
    """A URL, or ``host:port``; raises ValueError for what is neither."""
    text = text.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Its text holds parts of the URL.
        raise Malformed("it is not a URL such as http://localhost:4318") from None
    if parts.scheme not in ("http", "https"):
        raise Malformed("its scheme is not http or https")
    if not host or not host.isprintable() or " " in host:
        raise Malformed("it names no host, as http://localhost:4318 does")
    if port == 0:
        raise Malformed("its port is not from 1 to 65535")
    if not (parts.path.isascii() and parts.path.isprintable()) or " " in parts.path:
        raise Malformed("its path has characters that a URL does not allow")
    base = parts.path.rstrip("/")
    has_path = bool(base)
    # People paste the whole path; the signal's name belongs to us.
    base = base.removesuffix("/v1/traces")
    is_tls = parts.scheme == "https"
    return Endpoint(
        is_tls, host, port or (443 if is_tls else 4318), base, has_path=has_path, has_user="@" in parts.netloc
    )


def read_traces_endpoint(text: str) -> Endpoint:
    """A URL whose path is used as it is."""
    endpoint = read_endpoint(text)
    text = text.strip()
    return replace(endpoint, traces_path=urlsplit(text if "://" in text else f"http://{text}").path or "/")
