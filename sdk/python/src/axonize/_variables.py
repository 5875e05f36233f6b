"""The variables ``AXONIZE_*``: the SDK's own, those of Axonize's other programs, and mistakes in either."""

import os
import re

from axonize._warn import warn_first

# Of the SDK for Python; docs/sdk/python.md tells what each is for.
NAMES = frozenset(
    {
        "AXONIZE_API_KEY",
        "AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX",
        "AXONIZE_BATCH_SIZE",
        "AXONIZE_CA_FILE",
        "AXONIZE_CAPTURE_CONTENT",
        "AXONIZE_COMPRESSION",
        "AXONIZE_CONTENT_MAX_LENGTH",
        "AXONIZE_CORE",
        "AXONIZE_ENABLED",
        "AXONIZE_ENDPOINT",
        "AXONIZE_GPU_SNAPSHOT_INTERVAL_MS",
        "AXONIZE_HEADERS",
        "AXONIZE_INTERVAL",
        "AXONIZE_METRICS",
        "AXONIZE_METRICS_INTERVAL",
        "AXONIZE_NODE_ID",
        "AXONIZE_OTEL",
        "AXONIZE_PROTOCOL",
        "AXONIZE_QUEUE_SIZE",
        "AXONIZE_RESOURCE_ATTRIBUTES",
        "AXONIZE_SAMPLER",
        "AXONIZE_SAMPLER_ARG",
        "AXONIZE_SERVICE_NAME",
        "AXONIZE_TIMEOUT",
    }
)
# Of the server and the commands (docs/configuration.md), and of the build of this package: legal in the same
# environment. A server of a later version has more settings in these sections.
_OTHERS = re.compile(
    "AXONIZE_("
    "ALLOWED_HOSTS|ALLOW_PUBLIC|BUILD|CONFIG|DATA_DIR|EVENT_LOOPS|HTTP|METRICS_PUBLIC|REQUIRE_KEYS|SANITIZE|SERVER|SWIFTC"
    "|TAKE_OVER|METRICS_RETENTION|METRICS_(DELTA|EXEMPLARS|OTLP|QUERY|RECENT|RETENTION|SCRAPE|SERIES|TEXTFILE)_.+"
    "|(DASHBOARD|DISK|ENGINE|FLEET|HTTP|INGEST|LIMITS|LOG|OTLP|QUERY|RETENTION|STORE|TLS)_.+)"
)
# What Kubernetes and Docker tell of services and containers whose names begin with "axonize"
# (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
_SERVICES = re.compile(r"AXONIZE_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?)")
_WARNINGS_MAX = 10


def unknown() -> list[str]:
    """The variables that are set and that nobody reads."""
    return sorted(
        name
        for name in os.environ
        if name.startswith("AXONIZE_")
        and name not in NAMES
        and not _OTHERS.fullmatch(name)
        and not _SERVICES.fullmatch(name)
    )


def meant(name: str) -> str | None:
    """The variable of the SDK that a mistaken name probably means: a word of it, or one that looks alike."""
    # Only who has made a mistake pays for the import.
    from difflib import get_close_matches

    part = name.removeprefix("AXONIZE_")
    parts = [known.removeprefix("AXONIZE_") for known in sorted(NAMES)]
    near = [known for known in parts if part in known.split("_")] or get_close_matches(part, parts, 1, 0.7)
    return f"AXONIZE_{near[0]}" if near else None


def warn_of_unknown() -> None:
    """Warn of variables that nobody reads, with the name that was probably meant."""
    for name in unknown()[:_WARNINGS_MAX]:
        near = meant(name)
        hint = "" if near is None else f"; did you mean {near}?"
        warn_first(name, "the variable %s is not known and has no effect%s", name, hint)
