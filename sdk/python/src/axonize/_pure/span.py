"""The span."""

from types import TracebackType
from typing import Any

from axonize._encoding.values import (
    Encoded,
    attributes,
    cut_text,
    items_of,
    limits,
    prepare,
    utf8,
    warn_bad_key,
)
from axonize._encoding.wire import field, fixed32, fixed64, varint
from axonize._pure.exceptions import message_of, stack_trace_of, type_name
from axonize._pure.identity import ENTERED, LEFT, OUTSIDE, Parent, current_variable, identity_of, not_left, shorten
from axonize._pure.runtime import runtime
from axonize._warn import warn_once

_NEW, _LIVE, _ENDED = 0, 1, 2
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 63) - 1
_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_STATUSES = {"unset": 0, "ok": 1, "error": 2}

_get_current = current_variable.get
_set_current = current_variable.set
_reset_current = current_variable.reset


class Given:
    """What a span was given beyond name and attributes, until it starts."""

    __slots__ = ("links", "parent", "root", "start_time")

    def __init__(self, links: Any, parent: Any, start_time: Any, root: bool) -> None:
        self.links = links
        self.parent = parent
        self.start_time = start_time
        self.root = root


class Extra:
    """What few spans have: events, links, a status, things dropped, and the size of all that."""

    __slots__ = (
        "dropped_attributes",
        "dropped_events",
        "dropped_links",
        "event_count",
        "fields",
        "link_count",
        "message",
        "size",
        "status",
    )

    def __init__(self) -> None:
        self.fields: list[bytes] = []
        self.size = 0
        self.event_count = 0
        self.link_count = 0
        self.dropped_attributes = 0
        self.dropped_events = 0
        self.dropped_links = 0
        self.status = 0
        self.message = b""


class Span:
    """A span; see ``_core.pyi``."""

    __slots__ = (
        "_attributes",
        "_end",
        "_extra",
        "_generation",
        "_given",
        "_is_remote",
        "_place",
        "_previous",
        "_recording",
        "_sampled",
        "_start",
        "_state",
        "_tick",
        "_token",
        "kind",
        "name",
        "parent_span_id",
        "scope",
        "span_id",
        "trace_id",
        "trace_state",
    )

    def __init__(
        self,
        name: str,
        kind: Any = "internal",
        scope: int = 0,
        attributes: Any = None,
        links: Any = None,
        parent: Any = None,
        start_time: int | None = None,
        root: bool = False,
    ) -> None:
        self.name = name
        self.kind = kind
        self.scope = scope
        # Not their truth: an array has none, and an object of somebody else may fail to say.
        has_more = links is not None or parent is not None or start_time is not None or root
        self._given = Given(links, parent, start_time, root) if has_more else None
        self._attributes: Any = attributes
        self._state = _NEW
        self._place = OUTSIDE
        self._recording = False
        self._extra: Extra | None = None

    # MARK: Life

    def __enter__(self) -> "Span":
        previous = _get_current()
        if previous.__class__ in _TYPES and previous._place == LEFT:
            previous = not_left(previous)
        if self._state == _NEW:
            self._begin(previous)
        if self._place != ENTERED:
            self._previous = previous
            self._place = ENTERED
            self._token: Any = _set_current(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is not None:
            self._leave_with(error)
        self.end()
        if self._place == ENTERED:
            if _get_current() is self:
                try:
                    _reset_current(self._token)
                    self._place = OUTSIDE
                    self._previous = None
                    return
                except ValueError:
                    # A copy of the context that the span was entered in.
                    pass
            # What is current here stays, and where this span still is current it is passed over.
            self._place = LEFT
            self._token = None
            shorten(self)

    def start(self) -> "Span":
        """Start the span without making it current."""
        if self._state == _NEW:
            self._begin(not_left(_get_current()))
        return self

    def _begin(self, parent: Any) -> None:
        given = self._given
        found: Any
        if given is not None:
            if given.root:
                parent = None
            elif given.parent is not None:
                parent = given.parent
        if parent is None:
            found = None
        elif parent.__class__ in _TYPES:
            found = parent if parent._state != _NEW else None
        else:
            found = identity_of(parent)
        if found is None:
            self.trace_id = trace_id = runtime.random_id(128) if runtime.fixed_id else runtime.random_bits(128) or 1
            self.parent_span_id: int | None = None
            self.trace_state = ""
            self._is_remote = False
            sampler = runtime.sampler
            sampled = sampler == "always_on" or (sampler == "traceidratio" and runtime.root_is_sampled(trace_id))
        else:
            self.trace_id = found.trace_id
            self.parent_span_id = found.span_id
            self.trace_state = found.trace_state
            self._is_remote = found.__class__ is Parent and found.is_remote
            sampled = found.is_sampled if runtime.parent_based else runtime.root_is_sampled(found.trace_id)
        self.span_id = runtime.random_id(64) if runtime.fixed_id else runtime.random_bits(64) or 1
        self._sampled = sampled
        self._tick = tick = runtime.monotonic()
        self._start = tick + runtime.offset
        self._generation = runtime.generation
        self._state = _LIVE
        attributes = self._attributes
        self._attributes = None
        if sampled:
            self._attributes = {}
            self._recording = True
            runtime.started.add()
            if attributes is not None:
                self.set_attributes(attributes)
        if given is not None:
            self._take(given)

    def _take(self, given: Given) -> None:
        self._given = None
        if given.start_time is not None:
            start = _time(given.start_time)
            if start is not None:
                self._start = start
                self._tick = 0
        if self._recording and given.links is not None:
            try:
                links = list(given.links)
            except Exception:
                warn_once("links", "links are a sequence, not %s; they are left out", given.links)
                return
            for link in links:
                if link.__class__ is tuple and len(link) == 2:
                    self.add_link(link[0], link[1])
                elif not isinstance(link, Span) and hasattr(link, "context"):
                    self.add_link(link.context, getattr(link, "attributes", None))
                else:
                    self.add_link(link)

    def end(self, end_time: int | None = None) -> None:
        """End the span and queue it."""
        if self._state != _LIVE:
            return
        self._state = _ENDED
        given = None if end_time is None else _time(end_time)
        if given is not None:
            self._end = given
        elif self._tick:
            self._end = self._start + runtime.monotonic() - self._tick
        else:
            self._end = runtime.unix_time()
        if self._recording:
            self._recording = False
            runtime.enqueue(self)

    # MARK: Attributes

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute."""
        if not self._recording:
            return
        kept = self._attributes
        kind = value.__class__
        # What needs neither a copy nor a cut.
        is_short = (
            (kind is int and _INT_MIN <= value <= _INT_MAX)
            or (kind is str and len(value) <= limits.short_text)
            or kind is float
            or kind is bool
        )
        if is_short and key.__class__ is str and (len(kept) < runtime.attribute_limit or key in kept) and key:
            kept[key] = value
            return
        self._set_slowly(key, value)

    def _set_slowly(self, key: Any, value: Any) -> None:
        kept = self._attributes
        if not isinstance(key, str) or not key:
            warn_bad_key(key)
            return
        if key not in kept and len(kept) >= runtime.attribute_limit:
            self._drop_attribute()
            return
        try:
            value = prepare(value)
        except Exception:
            # A container of somebody else whose methods fail.
            self._drop_attribute()
            return
        if value.__class__ is Encoded:
            extra = self._more()
            old = kept.get(key)
            growth = len(value) - len(old) if isinstance(old, Encoded) else len(value) + len(key)
            if extra.size + growth > runtime.span_bytes:
                self._drop_attribute()
                return
            extra.size += growth
        kept[key] = value

    def set_attributes(self, attributes: Any) -> None:
        """Set every item of a mapping."""
        if not self._recording:
            return
        for key, value in attributes.items() if attributes.__class__ is dict else items_of(attributes):
            self.set_attribute(key, value)

    def _more(self) -> Extra:
        extra = self._extra
        if extra is None:
            extra = self._extra = Extra()
        return extra

    def _drop_attribute(self) -> None:
        self._more().dropped_attributes += 1
        runtime.tally.add("dropped_attributes")

    # MARK: Events, links, status

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        """Add an event."""
        if not self._recording:
            return
        if not isinstance(name, str):
            warn_once("name", "a name is a str, not %s; the event is left out", name)
            return
        time = None if timestamp is None else _time(timestamp)
        self._add_event(name, attributes, runtime.unix_time() if time is None else time)

    def _add_event(self, name: str, given: Any, time: int) -> None:
        encoded, dropped = attributes(b"\x1a", given, runtime.event_attribute_limit)
        content = b"".join((b"\x09", fixed64(time), field(b"\x12", utf8(name)), encoded, _count(b"\x20", dropped)))
        extra = self._more()
        if extra.event_count >= runtime.event_limit or not self._add_field(field(b"\x5a", content)):
            extra.dropped_events += 1
            runtime.tally.add("dropped_events")
        else:
            extra.event_count += 1

    def add_link(self, context: Any, attributes: Any = None) -> None:
        """Add a link."""
        if not self._recording:
            return
        target = None if isinstance(context, Span) and context._state == _NEW else identity_of(context)
        if target is None:
            warn_once("link", "a link leads to a span or a span context, not %s; it is left out", context)
            return
        self._add_link(target, attributes)

    def _add_link(self, target: Parent, given: Any) -> None:
        encoded, dropped = attributes(b"\x22", given, runtime.link_attribute_limit)
        flags = int(target.is_sampled) | 0x100 | (0x200 if target.is_remote else 0)
        content = b"".join(
            (
                b"\x0a\x10",
                target.trace_id.to_bytes(16, "big"),
                b"\x12\x08",
                target.span_id.to_bytes(8, "big"),
                field(b"\x1a", utf8(target.trace_state)) if target.trace_state else b"",
                encoded,
                _count(b"\x28", dropped),
                b"\x35",
                fixed32(flags),
            )
        )
        extra = self._more()
        if extra.link_count >= runtime.link_limit or not self._add_field(field(b"\x6a", content)):
            extra.dropped_links += 1
            runtime.tally.add("dropped_links")
        else:
            extra.link_count += 1

    def _add_field(self, content: bytes) -> bool:
        extra = self._more()
        if extra.size + len(content) > runtime.span_bytes:
            return False
        extra.size += len(content)
        extra.fields.append(content)
        return True

    def record_exception(
        self,
        exception: BaseException,
        attributes: Any = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an event for an exception (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/)."""
        if not self._recording or not isinstance(exception, BaseException):
            return
        fields: dict[Any, Any] = {
            "exception.type": type_name(exception),
            "exception.message": message_of(exception),
            "exception.stacktrace": stack_trace_of(exception),
            "exception.escaped": "True" if escaped else "False",
        }
        fields.update(items_of(attributes))
        time = None if timestamp is None else _time(timestamp)
        self._add_event("exception", fields, runtime.unix_time() if time is None else time)

    def _leave_with(self, error: BaseException | None) -> None:
        """Record what leaves the span; leaving a generator or a program is no error of what it measures."""
        if self._state != _LIVE or not isinstance(error, Exception):
            return
        self._note_error(error)
        if not self._recording:
            return
        self.record_exception(error, None, None, True)
        if "error.type" not in self._attributes:
            self.set_attribute("error.type", type_name(error))
        if self._extra is None or self._extra.status == 0:
            self.set_status(2, f"{type(error).__name__}: {message_of(error)}")

    def _note_error(self, error: Exception) -> None:
        """For spans that hand their outcome on."""

    def set_status(self, status: Any, description: str | None = None) -> None:
        """Set the status (https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)."""
        if not self._recording:
            return
        if hasattr(status, "status_code"):
            description = getattr(status, "description", None) if description is None else description
            status = status.status_code
        code = _STATUSES.get(status.lower(), -1) if isinstance(status, str) else getattr(status, "value", status)
        if type(code) is not int or not 0 <= code <= 2:
            warn_once("status", 'a status is "unset", "ok" or "error", not %s; it is left as it was', status)
            return
        extra = self._more()
        if code == 0 or extra.status == 1:
            return
        extra.status = code
        extra.message = cut_text(description) if code == 2 and isinstance(description, str) else b""

    def update_name(self, name: str) -> None:
        """Rename the span."""
        if self._state == _ENDED:
            return
        if isinstance(name, str):
            self.name = name
        else:
            warn_once("name", "a name is a str, not %s; it is left as it was", name)

    # MARK: Reading

    def is_recording(self) -> bool:
        """Started, not ended and sampled."""
        return self._recording and self._generation == runtime.generation

    @property
    def is_sampled(self) -> bool:
        """Whether the span is recorded."""
        return self._state != _NEW and self._sampled

    @property
    def has_remote_parent(self) -> bool:
        """Whether the parent is of another process."""
        return self._state != _NEW and self._is_remote

    @property
    def start_time(self) -> int | None:
        """Nanoseconds since 1970; None before the start."""
        return self._start if self._state != _NEW else None

    @property
    def end_time(self) -> int | None:
        """Nanoseconds since 1970; None before the end."""
        return self._end if self._state == _ENDED else None

    @property
    def trace_id_hex(self) -> str:
        """32 hexadecimal digits."""
        return f"{self.trace_id:032x}" if self._state != _NEW else "0" * 32

    @property
    def span_id_hex(self) -> str:
        """16 hexadecimal digits."""
        return f"{self.span_id:016x}" if self._state != _NEW else "0" * 16

    def __getattr__(self, name: str) -> Any:
        # Slots that a span has from its start on.
        if name in ("trace_id", "span_id"):
            return 0
        if name == "parent_span_id":
            return None
        if name == "trace_state":
            return ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


_TYPES: set[Any] = {Span}


def span_type(kind: type[Span]) -> None:
    """Let a subclass be found as a span quickly."""
    _TYPES.add(kind)


# Made as the function of the same name is called.
span = Span


def _count(tag: bytes, number: int) -> bytes:
    return tag + varint(number) if number else b""


def _time(time: Any) -> int | None:
    if isinstance(time, int) and 0 < time < 1 << 64:
        return int(time)
    if time != 0:
        warn_once("time", "a time is an int of nanoseconds since 1970, not %s; the present time is used", time)
    return None


def kind_number(kind: Any) -> int:
    """OTLP's number of a kind."""
    if isinstance(kind, int) and 1 <= kind <= 5:
        return int(kind)
    name = kind if isinstance(kind, str) else getattr(kind, "name", None)
    number = _KINDS.get(name.lower()) if isinstance(name, str) else None
    if number is None:
        warn_once("kind", "a kind is internal, server, client, producer or consumer, not %s", kind)
        return 1
    return number
