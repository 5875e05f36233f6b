"""The answer to an export."""

from axonize._encoding.wire import fields


def partial_success(body: bytes) -> tuple[int, str]:
    """Rejected records and the message of an Export…ServiceResponse (partial_success 1: rejected 1, message 2).

    0 and "" for an answer that is empty or is none.
    """
    try:
        for number, value in fields(body):
            if number == 1 and isinstance(value, bytes):
                inner = dict(fields(value))
                rejected, message = inner.get(1, 0), inner.get(2, b"")
                return (
                    rejected if isinstance(rejected, int) and rejected < 1 << 63 else 0,
                    message.decode("utf-8", "replace") if isinstance(message, bytes) else "",
                )
    except ValueError:
        # Receivers may answer 200 with a text; the spans were taken.
        return 0, ""
    return 0, ""
