"""Warnings of the package, through the logger "axonize"; each begins with the package's name."""

from axonize._pure.warn import warn, warn_first, warn_once

__all__ = ["warn", "warn_first", "warn_once"]
