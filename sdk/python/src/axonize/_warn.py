"""Warnings of the package, each given once a process through the logger "axonize"."""

from axonize._pure.warn import warn_once

__all__ = ["warn_once"]
