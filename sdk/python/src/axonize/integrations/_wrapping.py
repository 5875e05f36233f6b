"""Functions of a library replaced by wrappers, and put back."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, cast

from axonize._warn import warn_once


class Unfit(Exception):
    """The library does not look as the integration knows it."""


def own(owner: Any, name: str) -> Any:
    """What a class or module itself has by a name; None when that is inherited or not there."""
    return cast("dict[str, Any]", vars(owner)).get(name)


class Patches:
    """What one integration replaced; wrappers ask ``is_active`` before they do anything."""

    def __init__(self) -> None:
        self.is_active = True
        # Owner, name, what was there (None: it was inherited), what is there now.
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def wrap(self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Replace the function `name` of a class or module by what `make` makes of it.

        Raises:
            Unfit: there is no such function.

        """
        original = inspect.getattr_static(owner, name, None)
        if not inspect.isroutine(original) or isinstance(original, (staticmethod, classmethod)):
            raise Unfit(f"{getattr(owner, '__name__', owner)}.{name} is not a function")
        replacement = functools.update_wrapper(make(original), original)
        self._replaced.append((owner, name, own(owner, name), replacement))
        setattr(owner, name, replacement)

    def undo(self) -> None:
        """Put back what was there. What somebody else wrapped since stays, and does nothing of ours any more."""
        self.is_active = False
        for owner, name, original, replacement in reversed(self._replaced):
            if own(owner, name) is not replacement:
                continue
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
        self._replaced.clear()


def require(owner: Any, *names: str) -> Any:
    """The attribute of an attribute ... of a module.

    Raises:
        Unfit: one is missing.

    """
    found = owner
    for name in names:
        found = getattr(found, name, None)
        if found is None:
            raise Unfit(f"{getattr(owner, '__name__', owner)} has no {'.'.join(names)}")
    return found


def failed(what: str, error: Exception) -> None:
    """Tell once that an integration could not record something; the program's own calls go on."""
    warn_once(f"integration {what}", f"a span of {what} is not complete: %s", error)
