"""Named scopes: kept over restarts of the core, which forgets them."""

from threading import Lock

from axonize import _core

_lock = Lock()
_scopes: dict[tuple[str, str, str, bytes], int] = {}


def scope_number(name: str, version: str = "", schema_url: str = "", attributes: bytes = b"") -> int:
    """The core's number of a scope, the same for as long as the process lives."""
    key = (name, version, schema_url, attributes)
    with _lock:
        number = _scopes.get(key)
        if number is None:
            # The core numbers in the order of registration, from 1 on; 1023 are the most it keeps.
            number = len(_scopes) + 1 if len(_scopes) < 1023 else 0
            if number:
                _scopes[key] = number
                _core.register_scope(*key)
        return number


def forked() -> None:
    """In a forked child: the lock may have been held by a thread that is not there."""
    global _lock
    _lock = Lock()


def register_again() -> None:
    """After a start of the core."""
    with _lock:
        for key in _scopes:
            _core.register_scope(*key)
