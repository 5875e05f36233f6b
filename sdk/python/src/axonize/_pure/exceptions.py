"""What is recorded of an exception."""

import traceback


def type_name(error: BaseException) -> str:
    """ "module.Name", without the module for what is built in."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def message_of(error: BaseException) -> str:
    """Its text; empty when that cannot be made, so that the exception still is recorded."""
    try:
        return str(error)
    except Exception:
        return ""


def stack_trace_of(error: BaseException) -> str:
    """Its traceback as Python prints it; empty when that cannot be made."""
    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:
        return ""
