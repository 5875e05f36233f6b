"""Warnings of the package, through the logger "axonize"; each begins with the package's name."""

import logging

_logger = logging.getLogger("axonize")
_given: set[str] = set()


def warn(message: str, *values: object) -> None:
    """Log a warning, as ``logging`` formats it."""
    _logger.warning(f"axonize: {message}", *values)


def warn_first(kind: str, message: str, *values: object) -> None:
    """Log a warning unless one of the same kind was logged before."""
    if kind in _given:
        return
    _given.add(kind)
    warn(message, *values)


def warn_once(kind: str, message: str, value: object) -> None:
    """Log a warning with the repr of `value` unless one of the same kind was logged before."""
    if kind in _given:
        return
    try:
        text = repr(value)
    except Exception:
        # An object whose repr() fails must not fail its user.
        text = repr(type(value))
    warn_first(kind, message, text[:200])
