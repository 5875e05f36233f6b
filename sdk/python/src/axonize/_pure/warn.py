"""Warnings that are given once a process."""

import logging

_logger = logging.getLogger("axonize")
_given: set[str] = set()


def warn_once(kind: str, message: str, value: object) -> None:
    """Log a warning with the repr of `value` unless one of the same kind was logged before."""
    if kind in _given:
        return
    _given.add(kind)
    try:
        text = repr(value)
    except Exception:
        # An object whose repr() fails must not fail its user.
        text = repr(type(value))
    _logger.warning(message, text[:200])
