"""One call that traces libraries; what it does is loaded when it is called."""

from typing import Any


def instrument(*names: str, **options: Any) -> list[str]:
    """Trace libraries from now on; what a program did with them before is not undone, and a second call does nothing.

    A library that is not imported yet is instrumented when it is, so this loads none. It may be called before or after
    ``init``. A library that does not look as it should is warned of and left alone.

    Args:
        names: ``"openai"``, ``"ollama"``, ``"fastapi"``, ``"transformers"``, ``"diffusers"``, ``"vllm"``. Default:
            those that are installed.
        options: Settings of the integrations that are named: ``provider`` and ``propagate`` of openai, ``exclude`` of
            fastapi.

    Returns:
        The names of those that are instrumented, or will be as soon as they are imported.

    Raises:
        ValueError: a name that is not known.
        TypeError: an option that none of the named integrations has.

    """
    from axonize.integrations import _registry

    return _registry.instrument(names, options)


def uninstrument(*names: str) -> list[str]:
    """Put the libraries back as they were.

    Args:
        names: As for ``instrument``. Default: all that are instrumented.

    Returns:
        The names of those that were instrumented.

    Raises:
        ValueError: a name that is not known.

    """
    from axonize.integrations import _registry

    return _registry.uninstrument(names)
